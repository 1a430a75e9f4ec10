"""The gallery: scenarios that ship, each beside the recording of a run of it.

`runs/gallery/NAME.toml` says what a scenario shows and how it is run; `NAME.recursor` is that run.
A model that was scripted for it is `stub:NAME`, whose answers are in `NAME.stub.toml`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from recursor import tomlfile
from recursor.errors import ConfigError, UsageError
from recursor.resources import shipped
from recursor.runs.options import Options, configure
from recursor.tomlfile import Document

_Line = Annotated[str, StringConstraints(pattern=r"^.+$")]


class Scenario(Document):
    """What a file of the gallery says."""

    shows: _Line
    """In one line."""
    look: _Line
    """What to look at afterwards: words for `recursor`, NODE being the first program."""
    nodes: Annotated[int, Field(ge=0)]
    """How many the recorded run has."""
    goal: _Line
    questions: list[_Line] = []
    """What the operator asks after the goal, in a dialogue."""
    run: Options

    @property
    def model(self) -> str:
        return str(self.run.chosen()["model"])

    def options(self) -> dict[str, Any]:
        """Return what `api.run` takes beside the goal."""
        chosen = self.run.chosen()
        del chosen["models"]
        return chosen | {"model": self.run.model, "temperature": self.run.temperature}


def names() -> list[str]:
    """Return the names of the scenarios."""
    stems = (path.name.removesuffix(".toml") for path in _gallery().glob("*.toml"))
    return sorted(stem for stem in stems if not stem.endswith(".stub"))


def load(name: str) -> Scenario:
    """Read a scenario. Raises UsageError for a name that is none, or ConfigError."""
    if name not in names():
        raise UsageError(f"there is no scenario {name!r}; there are: {', '.join(names())}")
    return read(_gallery() / f"{name}.toml")


def read(path: Path) -> Scenario:
    """Read a scenario's file. Raises ConfigError with one line that names the key."""
    scenario = tomlfile.validate(path, tomlfile.read(path), Scenario)
    try:
        configure(scenario.goal, **scenario.run.chosen())
    except UsageError as error:
        raise ConfigError(f"{path}: run: {error}") from None
    return scenario


def recording(name: str) -> Path:
    """Return the recording of a scenario that there is."""
    return _gallery() / f"{name}.recursor"


def _gallery() -> Path:
    return shipped("runs") / "gallery"
