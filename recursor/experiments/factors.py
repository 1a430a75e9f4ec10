"""The factors of an experiment: in what its conditions differ.

A factor is an option and its values (`depth = [2, 3]`), or has levels with names, each of which is
what several options are at once, or none:

    [factors.refusal]
    none = {}
    denial = { deny-random = 0.3 }
    sham = { fail-random = 0.3 }
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recursor import keys
from recursor.errors import ConfigError
from recursor.runs.options import Options

OPTIONS = sorted(filter(None, (field.alias for field in Options.model_fields.values())))


@dataclass(frozen=True)
class Level:
    """One value of a factor."""

    value: Any
    """What it is called in results: an option's value, or a name."""
    options: Mapping[str, Any]
    place: str
    """Where its options stand in the file."""


@dataclass(frozen=True)
class Factor:
    """What is different between conditions."""

    name: str
    levels: Sequence[Level]

    @property
    def values(self) -> list[Any]:
        return [level.value for level in self.levels]

    @property
    def options(self) -> set[str]:
        """The options that it decides about."""
        return set().union(*(level.options for level in self.levels))


def read(path: Path, run: Mapping[str, Any], table: Mapping[str, Any]) -> list[Factor]:
    """Read `[factors]`, beside the options of `[run]`. Raises ConfigError that names the key."""
    factors = [_factor(path, name, said) for name, said in table.items()]
    said_at = dict.fromkeys(run, "run")
    for factor in factors:
        for option in sorted(factor.options):
            if option in said_at:
                raise ConfigError(
                    f"{path}: {said_at[option]}.{option}: the factor {factor.name} says it too"
                )
        for level in factor.levels:
            said_at |= dict.fromkeys(level.options, level.place)
    return factors


def check_names(path: Path, place: str, options: Mapping[str, Any]) -> None:
    """See that there are such options. Raises ConfigError."""
    for name in options:
        if name in ("seed", "goal"):
            raise ConfigError(f"{path}: {place}.{name}: say it with the key {name}s")
        if name not in OPTIONS:
            there_are = ", ".join(OPTIONS)
            raise ConfigError(f"{path}: {place}.{name}: no such option (there are: {there_are})")


def _factor(path: Path, name: str, said: Any) -> Factor:
    place = f"factors.{name}"
    if isinstance(said, list):
        check_names(path, "factors", {name: said})
        levels = [Level(value, {name: value}, "factors") for value in said]
    elif isinstance(said, dict) and all(isinstance(each, dict) for each in said.values()):
        _check_own(path, place, [name, *said])
        levels = [Level(level, options, f"{place}.{level}") for level, options in said.items()]
    else:
        raise ConfigError(f"{path}: {place}: neither a list of values nor a table of tables")
    for level in levels:
        check_names(path, level.place, level.options)
    if not levels:
        raise ConfigError(f"{path}: {place}: it has no values")
    try:
        different = {keys.canonical(level.options) for level in levels}
    except (TypeError, ValueError):  # what TOML can say and JSON cannot: a date, NaN
        raise ConfigError(f"{path}: {place}: a value that no option has") from None
    if len(different) < len(levels):
        raise ConfigError(f"{path}: {place}: a value stands there twice")
    return Factor(name, levels)


def _check_own(path: Path, place: str, names: Sequence[str]) -> None:
    """See that the names which the plan gives are some, and no option's."""
    for name in names:
        if not re.fullmatch(r"[\w-]+", name):
            raise ConfigError(f"{path}: {place}: {name!r} is no name: letters, digits, - and _")
    if names[0] in OPTIONS:
        raise ConfigError(f"{path}: {place}: it is an option, whose values are a list")
