"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from recursor import config
from recursor.errors import UsageError
from recursor.export import recording
from recursor.records import RunRecord
from recursor.store import Store

_SECONDS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


def duration(text: Any) -> float:
    """Read `90`, `500ms`, `30s`, `10m`, `2h` or `1d`; return seconds, more than 0."""
    return _quantity(str(text), _SECONDS, "a time such as 30s, 10m or 2h")


def size(text: Any) -> int:
    """Read `1000`, `64K`, `512M` or `2G`; return bytes, 1 or more."""
    return max(1, int(_quantity(str(text), _BYTES, "a size such as 64K, 512M or 2G")))


def _quantity(text: str, units: dict[str, Any], what: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)", text.strip())
    if match is None or match[2] not in units or float(match[1]) <= 0:
        raise typer.BadParameter(f"{text!r} is not {what}, more than 0")
    return float(match[1]) * float(units[match[2]])


Db = Annotated[
    str | None,
    typer.Option("--db", envvar="RECURSOR_DB", help="The database: a path or SQLAlchemy URL."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON (with its schema_version).")]
RunRef = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run: its id, a unique prefix, its name, or `last`; or a recording's file.",
    ),
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
    return Store(database(db))


def writing(db: str | None) -> Store:
    """Open the record for writing."""
    return Store(database(db), write=True)


def database(db: str | None) -> str:
    """Return the URL of the database that is meant."""
    return config.database_url(db) if db else config.default_database()


@contextmanager
def reading_run(run: str, db: str | None) -> Iterator[tuple[Store, RunRecord]]:
    """Open a run for reading: one of the record, or one that is a file of its own."""
    if run.endswith(recording.SUFFIX):
        if not Path(run).is_file():
            raise UsageError(f"there is no recording {run}")
        with recording.opened(Path(run)) as store:
            yield store, store.run("last")
    else:
        with reading(db) as store:
            yield store, store.run(run)
