"""A plan's file, expanded before the first run, or refused with one line that names the key.

It is TOML. `[run]` holds what all runs have in common, `[factors]` the values that are compared
(see `factors`); both have the names of `recursor run`'s flags.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from recursor import keys, tomlfile
from recursor.analysis.measures import MEASURES
from recursor.errors import ConfigError, ModelError, RecursorError, UsageError
from recursor.experiments import factors, goals
from recursor.experiments.factors import Factor, Level, check_names
from recursor.experiments.goals import Goal
from recursor.experiments.plan import Condition, Declared, Plan, Trial, label
from recursor.models import registry
from recursor.resources import shipped
from recursor.runs.options import Options, configure
from recursor.tomlfile import Document
from recursor.types import Language

TRIALS = 100_000
"""No experiment has more."""
_SCHEDULE = ("parallel", "warm")
_OF_A_TRIAL = ("goal", "seed", "name", "place")
_REACHABLE = (
    ("depth", "nodes"),
    ("breadth", "queries"),
    ("answer-tokens", "tokens"),
    ("program-time", "time"),
)
"""Limits of which the first can never be reached if the second is less."""
_LIMITS = {"time": "seconds", "program-time": "program_seconds"}
"""Limits whose option has another name."""


class _File(Document):
    name: Annotated[str, StringConstraints(pattern=r"^[\w-]+$")]
    """What the record calls it."""
    question: str = ""
    """What it is to answer."""
    goals: goals.Chosen
    """`[goals]`: which goals; all of `names`, `tags`, `texts` together."""
    seeds: Any
    """How many seeds, from 0, or a list of some."""
    repeats: Annotated[int, Field(ge=1)] = 1
    """How often each goal and seed is run in each condition."""
    measures: Annotated[list[str], Field(min_length=1)]
    """What is measured of each run."""
    run: dict[str, Any] = {}
    """`[run]`: what all runs have in common."""
    factors: dict[str, Any] = {}
    """`[factors]`: what is compared; every combination of values is a condition."""
    comparison: list[Declared] = []
    """`[[comparison]]`: what is compared; else each factor's first value with its others."""


def names() -> list[str]:
    """Return the names of the plans that ship."""
    return sorted(path.stem for path in (shipped("prompts") / "experiments").glob("*.toml"))


def questions() -> dict[str, str]:
    """Return what the plans that ship ask, by name; their models need not be there."""
    paths = {name: path_of(name) for name in names()}
    files = {
        name: tomlfile.validate(path, tomlfile.read(path), _File) for name, path in paths.items()
    }
    return {name: file.question for name, file in files.items()}


def path_of(name: str) -> Path:
    """Return the file of a plan. Raises UsageError for a name that is none."""
    if name.endswith(".toml"):
        return Path(name)
    if name not in names():
        there_are = ", ".join(names())
        raise UsageError(f"no plan {name!r} ships (there are: {there_are}); a file ends in .toml")
    return shipped("prompts") / "experiments" / f"{name}.toml"


def load(path: Path) -> Plan:
    """Expand a plan. Raises ConfigError with one line that names the key."""
    file = tomlfile.validate(path, tomlfile.read(path), _File)
    check_names(path, "run", file.run)
    found = factors.read(path, file.run, file.factors)
    chosen = _goals(path, file)
    digests = _Digests()
    _check_values(path, file.run, found, digests)
    conditions = [_condition(path, file.run, levels) for levels in _combinations(path, found)]
    seeds = _seeds(path, file.seeds)
    size = len(conditions) * len(chosen) * len(seeds) * file.repeats
    if size > TRIALS:
        raise ConfigError(f"{path}: {size} runs are more than an experiment can have ({TRIALS})")
    trials = tuple(_trials(conditions, chosen, seeds, file.repeats))
    _check_measures(path, "measures", file.measures)
    comparisons = _comparisons(path, file, found)
    content = {
        "name": file.name,
        "question": file.question,
        "goals": [asdict(goal) for goal in chosen],
        "seeds": seeds,
        "repeats": file.repeats,
        "run": file.run,
        "factors": file.factors,
        "measures": file.measures,
        "comparisons": [declared.model_dump() for declared in comparisons],
        "conditions": [
            {
                "label": condition.label,
                "values": condition.values,
                "pack": condition.pack.digest,
                "config": _described(condition, trials[0]),
            }
            for condition in conditions
        ],
        "packs": {c.pack.digest: c.pack.content for c in conditions},
        "models": {spec: digests[spec] for c in conditions for spec in _specs(c.chosen)},
    }
    return Plan(
        file.name, file.question, conditions, trials, file.measures, comparisons,
        json.loads(keys.canonical(content)),
    )  # fmt: skip


def _seeds(path: Path, said: Any) -> list[int]:
    """Read how many seeds there are, or which."""
    if type(said) is int and not 1 <= said <= TRIALS:
        raise ConfigError(f"{path}: seeds: from 1 to {TRIALS}, not {said}")
    seeds = list(range(said)) if type(said) is int else said
    good = isinstance(seeds, list) and all(type(seed) is int for seed in seeds)
    if not good or not seeds or len(set(seeds)) < len(seeds):
        raise ConfigError(f"{path}: seeds: how many, or a list of some, each once")
    for seed in seeds:
        if not 0 <= seed < 2**63:
            raise ConfigError(f"{path}: seeds: from 0 to 2^63 - 1, not {seed}")
    return list(seeds)


def _goals(path: Path, file: _File) -> list[Goal]:
    try:
        return goals.choose(file.goals)
    except (ValueError, ConfigError) as error:
        raise ConfigError(f"{path}: goals: {error}") from None


def _check_values(
    path: Path, run: Mapping[str, Any], found: Sequence[Factor], digests: _Digests
) -> None:
    """See that a run accepts each value by itself."""
    levels = (level for factor in found for level in factor.levels)
    said = [("run", run), *((level.place, level.options) for level in levels)]
    for place, table in said:
        for name, value in table.items():
            _check_value(path, f"{place}.{name}", name, value, digests)


def _check_value(path: Path, place: str, name: str, value: Any, digests: _Digests) -> None:
    options = _options(path, place, {name: value})
    try:
        chosen = options.chosen()
        if name in ("pack", "temperature"):
            options.prompt_pack()
        if name == "model":
            for spec in _specs(chosen):
                digests[spec]
        configure("goal", **chosen)
    except (RecursorError, ValueError) as error:  # a path with a NUL in it is a ValueError
        raise ConfigError(f"{path}: {place}: {error}") from None


def _options(path: Path, place: str, values: Mapping[str, Any]) -> Options:
    try:
        return tomlfile.validate(path, dict(values), Options)
    except ConfigError as error:
        # It names the option; a factor's stands elsewhere.
        name, _, told = str(error).removeprefix(f"{path}: ").partition(": ")
        where = place if place.endswith(f".{name}") else f"{place}: {name}"
        raise ConfigError(f"{path}: {where}: {told}") from None


def _combinations(path: Path, found: Sequence[Factor]) -> Iterator[Mapping[str, Level]]:
    if math.prod(len(factor.levels) for factor in found) > TRIALS:
        raise ConfigError(f"{path}: factors: more combinations than {TRIALS}")
    for levels in itertools.product(*(factor.levels for factor in found)):
        yield dict(zip((factor.name for factor in found), levels, strict=True))


def _condition(path: Path, run: Mapping[str, Any], levels: Mapping[str, Level]) -> Condition:
    values = {name: level.value for name, level in levels.items()}
    places = dict.fromkeys(run, "run")
    given = dict(run)
    for level in levels.values():
        given |= level.options
        places |= dict.fromkeys(level.options, level.place)
    options = _options(path, label(values), given)
    try:
        chosen = options.chosen()
        pack = options.prompt_pack()
        pack.form(chosen["language"] or Language.BASH)
        config = configure("goal", **chosen)
    except RecursorError as error:
        raise ConfigError(f"{path}: {label(values)}: {error}") from None
    reached = asdict(config.limits)
    for small, large in _REACHABLE:
        if {small, large} <= given.keys():
            names = [_LIMITS.get(name, name.replace("-", "_")) for name in (small, large)]
            if reached[names[0]] > reached[names[1]]:
                told = f"{given[small]} can never be reached with {large} = {given[large]}"
                raise ConfigError(f"{path}: {places[small]}.{small}: {told}")
    return Condition(values, chosen, pack)


def _trials(
    conditions: Sequence[Condition], chosen: Sequence[Goal], seeds: Sequence[int], repeats: int
) -> Iterator[Trial]:
    """Yield the trials, pair by pair: what comes to pass meanwhile befalls all conditions alike."""
    numbers = itertools.count()
    for repeat, seed, goal in itertools.product(range(repeats), seeds, chosen):
        pair = f"{goal.name}/{seed}" + (f"/{repeat}" if repeats > 1 else "")
        for condition in conditions:
            yield Trial(next(numbers), condition, goal, seed, pair)


def _check_measures(path: Path, place: str, names: Sequence[str]) -> None:
    for name in names:
        if name not in MEASURES:
            there_are = ", ".join(MEASURES)
            raise ConfigError(f"{path}: {place}: no measure {name!r} (there are: {there_are})")
    if len(set(names)) < len(names):
        raise ConfigError(f"{path}: {place}: a measure stands there twice")


def _comparisons(path: Path, file: _File, found: Sequence[Factor]) -> list[Declared]:
    """Return the declared comparisons, or each factor's first value against its others."""
    if not file.comparison:
        return [
            Declared(factor=factor.name, levels=[factor.values[0], other])
            for factor in found
            for other in factor.values[1:]
        ]
    values = {factor.name: factor.values for factor in found}
    for number, declared in enumerate(file.comparison, 1):
        place = f"comparison.{number}"
        if declared.factor not in values:
            raise ConfigError(f"{path}: {place}.factor: {declared.factor!r} is no factor")
        for level in declared.levels:
            if level not in values[declared.factor]:
                raise ConfigError(f"{path}: {place}.levels: {declared.factor} is never {level}")
        if declared.levels[0] == declared.levels[1]:
            raise ConfigError(f"{path}: {place}.levels: they are the same")
        _check_measures(path, f"{place}.measures", declared.measures or [])
        for name in declared.measures or []:
            if name not in file.measures:
                raise ConfigError(f"{path}: {place}.measures: {name} is not among the measures")
        if declared in file.comparison[: number - 1]:
            raise ConfigError(f"{path}: {place}: it stands there twice")
    return file.comparison


def _described(condition: Condition, trial: Trial) -> dict[str, Any]:
    """Return what decides how a condition's runs grow, except what differs from run to run.

    How many programs run at a time does not, unless it was asked for.
    """
    config = asdict(condition.config(trial, ""))
    for name in (*_OF_A_TRIAL, *_SCHEDULE):
        del config[name]
    config["files"] = {
        file["path"]: hashlib.sha256(file["data"]).hexdigest() for file in config["files"]
    }
    if "parallel" in condition.chosen:
        config["parallel"] = condition.chosen["parallel"]
    return config


def _specs(chosen: Mapping[str, Any]) -> list[str]:
    return [chosen["model"], *chosen["models"].values()]


class _Digests(dict[str, str | None]):
    """The digest of each model, made out once; None where it cannot be seen before it is asked."""

    def __missing__(self, spec: str) -> str | None:
        """Raise RecursorError if a model or its engine is not here, and cannot be fetched."""
        registry.engine_of(spec)
        try:
            self[spec] = registry.digest_of(spec)
        except OSError as error:
            raise ModelError(f"cannot read {spec}: {error.strerror}") from error
        except ModelError:
            if registry.has_weights(spec) and not spec.startswith("hf:"):
                raise
            self[spec] = None
        return self[spec]
