"""Goals that ship as data, and those of a file of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints, model_validator

from recursor import prompts, tomlfile
from recursor.resources import shipped
from recursor.tomlfile import Document


@dataclass(frozen=True)
class Goal:
    """What a tree is grown for."""

    name: str
    text: str
    tags: tuple[str, ...] = ()


_Text = Annotated[str, StringConstraints(pattern=r"\S")]


class _Row(Document):
    name: Annotated[str, StringConstraints(pattern=r"^[\w-]+$")]
    """What results call it."""
    text: _Text
    """What the tree is grown for."""
    tags: list[str] = []
    """Words to choose it by."""


class _File(Document):
    goal: list[_Row]

    @model_validator(mode="after")
    def _names_are_names(self) -> _File:
        names = [row.name for row in self.goal]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two goals are called {min(twice)!r}")
        return self


class Chosen(Document):
    """Which goals an experiment has: all that are named, or have one of the tags, or stand here."""

    names: list[str] = []
    """Goals that ship, by name."""
    tags: list[str] = []
    """Those that ship and have one of these tags."""
    texts: list[_Text] = []
    """Goals, word for word."""
    file: str | None = None
    """A file of goals instead of the one that ships."""


def load(path: Path | None = None) -> list[Goal]:
    """Return the goals of a file, or those that ship. Raises ConfigError."""
    path = path or shipped("prompts") / prompts.GOALS
    file = tomlfile.validate(path, tomlfile.read(path), _File)
    return [Goal(row.name, row.text, tuple(row.tags)) for row in file.goal]


def choose(chosen: Chosen) -> list[Goal]:
    """Return the goals that are meant, each once. Raises ValueError, or ConfigError of a file."""
    if not (chosen.names or chosen.tags or chosen.texts or chosen.file):
        raise ValueError("say which: names, tags, texts or file")
    known: Sequence[Goal] = load(Path(chosen.file) if chosen.file else None)
    for name in chosen.names:
        if name not in {goal.name for goal in known}:
            raise ValueError(f"there is no goal {name!r}; `recursor prompts goals` lists them")
    tags = {tag for goal in known for tag in goal.tags}
    for tag in chosen.tags:
        if tag not in tags:
            raise ValueError(f"no goal has the tag {tag!r} (there are: {', '.join(sorted(tags))})")
    every = chosen.file is not None and not (chosen.names or chosen.tags)
    found = [
        goal
        for goal in known
        if every or goal.name in chosen.names or set(goal.tags) & set(chosen.tags)
    ]
    named = {goal.name for goal in found}
    found += [Goal(f"text-{number}", text) for number, text in enumerate(chosen.texts, 1)]
    if len(found) > len(named | {goal.name for goal in found}):
        raise ValueError(f"a goal of {chosen.file} has the name of a text: text-1, text-2, ...")
    texts = [goal.text for goal in found]
    if twice := [goal.name for goal in found if texts.count(goal.text) > 1]:
        raise ValueError(f"{twice[0]} and {twice[1]} are the same text")
    return found
