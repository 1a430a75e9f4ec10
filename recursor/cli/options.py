"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from recursor import api, config, quantities
from recursor.cli import completion
from recursor.errors import UsageError
from recursor.export.document import SCHEMA_VERSION
from recursor.records import RunRecord
from recursor.store import Store, place

if TYPE_CHECKING:
    from recursor.analysis.record import Frames


def duration(text: Any) -> float:
    """Read a time; return seconds."""
    return float(_read(quantities.duration, text))


def size(text: Any) -> int:
    """Read a size; return bytes."""
    return int(_read(quantities.size, text))


def _read(read: Callable[[Any], float], text: Any) -> float:
    try:
        return read(text)
    except UsageError as error:
        raise typer.BadParameter(str(error)) from None


class DefaultGroup(TyperGroup):
    """Commands, one of which is meant where none is named, with whatever flags."""

    default: str

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else [self.default, *args])


Db = Annotated[
    str | None,
    typer.Option("--db", envvar="RECURSOR_DB", help="The database: a path or SQLAlchemy URL."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON (with its schema_version).")]
RunRef = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        autocompletion=completion.runs,
        help="A run: its id, a unique prefix, its name, `last`, `last~1` (the one before);"
        " or a recording's file.",
    ),
]


RunRefs = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN...",
        autocompletion=completion.runs,
        help="Runs: ids, unique prefixes, names or `last`; or recordings' files.",
    ),
]
LAST = ["last"]
"""The runs that are meant where none is named; typer copies it."""
Mixed = Annotated[
    bool, typer.Option("--mixed", help="Mix models whose behaviour was planted with others.")
]


class DisplayChoice(StrEnum):
    """How a growing run is shown."""

    AUTO = "auto"
    TREE = "tree"
    PLAIN = "plain"
    NONE = "none"


Display = Annotated[DisplayChoice, typer.Option(help="How the growing run is shown on stderr.")]
Parallel = Annotated[
    int | None, typer.Option(min=1, help="Programs that run at a time.", show_default="2 x cores")
]


def reading(db: str | None) -> Store:
    """Open the record for reading."""
    return Store(config.database_url(db))


def writing(db: str | None) -> Store:
    """Open the record for writing."""
    return Store(config.database_url(db), write=True)


def where(url: str) -> str:
    """Return the option that names a database in a command, if it is not meant without."""
    return "" if url == config.default_database() else f" --db {shlex.quote(place(url))}"


@contextmanager
def reading_run(run: str, db: str | None) -> Iterator[tuple[Store, RunRecord]]:
    """Open a run for reading: one of the record, or one that is a file of its own."""
    with api.place_of(run, db) as (url, reference), Store(url) as store:
        yield store, store.run(reference)


def read_frames(runs: Sequence[str], db: str | None, *, mixed: bool = False) -> Frames:
    """Read some runs as frames. Raises UsageError if their models are of more than one kind.

    They may be, if that is wanted (`mixed`).
    """
    from recursor.analysis.frames import check_provenance

    frames = api.frames(*runs, db=db)
    if not mixed:
        check_provenance(frames.runs["model_provenance"])
    return frames


def print_json(value: Mapping[str, Any]) -> None:
    """Print a JSON document, with its `schema_version`."""
    print(json.dumps({"schema_version": SCHEMA_VERSION, **value}, indent=2))
