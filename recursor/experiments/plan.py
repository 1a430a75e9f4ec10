"""The plan of an experiment: factors x goals x seeds x repeats.

Every combination of the factors' values is a condition. Each goal, seed and repeat is a *pair*: it
is run once in every condition. The plan's digest is that of all that decides about its runs: the
words of packs and goals, files' contents, models' digests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from recursor import keys
from recursor.experiments.goals import Goal
from recursor.prompts import Pack
from recursor.runs.options import configure
from recursor.tomlfile import Document
from recursor.types import Place, RunConfig


class Declared(Document):
    """A declared comparison: of two values of a factor, the others being equal."""

    factor: str
    """Whose values are compared."""
    levels: Annotated[list[Any], Field(min_length=2, max_length=2)]
    """Two of them: the difference is second minus first."""
    measures: list[str] | None = None
    """Of which measures; all of the plan's without it."""
    detect: Annotated[float, Field(gt=0)] | None = None
    """The difference that one wants to be able to see."""


@dataclass(frozen=True)
class Condition:
    """One combination of the factors' values."""

    values: Mapping[str, Any]
    chosen: Mapping[str, Any]
    """What `configure` takes."""
    pack: Pack

    @property
    def label(self) -> str:
        return label(self.values)

    def config(self, trial: Trial, experiment: str) -> RunConfig:
        """Return the configuration of a run."""
        place = Place(experiment, trial.number, self.values, trial.pair)
        return configure(trial.goal.text, seed=trial.seed, place=place, **self.chosen)


@dataclass(frozen=True)
class Trial:
    """A run that is planned."""

    number: int
    condition: Condition
    goal: Goal
    seed: int
    pair: str


@dataclass(frozen=True)
class Plan:
    """An experiment's plan."""

    name: str
    question: str
    conditions: Sequence[Condition]
    trials: Sequence[Trial]
    measures: Sequence[str]
    comparisons: Sequence[Declared]
    content: Mapping[str, Any]
    """All of it, as JSON can hold it."""

    @property
    def digest(self) -> str:
        return keys.digest(self.content)

    @property
    def pairs(self) -> int:
        """How many trials each condition has."""
        return len(self.trials) // len(self.conditions)

    @property
    def independent(self) -> int:
        """How many goals and seeds there are: what a comparison is of, whatever is repeated."""
        return len({(trial.goal.name, trial.seed) for trial in self.trials})


def label(values: Mapping[str, Any]) -> str:
    """Return what a condition is called in tables."""
    return ", ".join(f"{name} {shown(value)}" for name, value in values.items()) or "all"


def shown(value: Any) -> str:
    """Return a factor's value as tables show it."""
    return keys.canonical(value).decode() if isinstance(value, dict | list) else str(value)
