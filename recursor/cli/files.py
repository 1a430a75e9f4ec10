"""`recursor export` and `recursor import`: runs as files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from recursor.cli.options import Db, RunRef, reading_run, writing
from recursor.errors import UsageError
from recursor.export import recording


class Format(StrEnum):
    """What a run can be exported to."""

    RECURSOR = "recursor"


def export(
    run: RunRef,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The file; it must not exist.")
    ],
    format_: Annotated[
        Format, typer.Option("-f", "--format", help="`recursor`: everything, to be imported again.")
    ] = Format.RECURSOR,
    db: Db = None,
) -> None:
    """Write a run to a file of its own: every row and all content of it, and nothing else.

    Example: `recursor export last -f recursor -o otter.recursor`
    """
    if output.suffix != recording.SUFFIX:
        raise UsageError(f"a recording's name ends with {recording.SUFFIX}, unlike {output}")
    with reading_run(run, db) as (store, record):
        recording.write(store, record, output)
    print(f"{output}: {record.id}, {output.stat().st_size} bytes")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording.")],
    db: Db = None,
) -> None:
    """Add the run of a recording to the record; nothing of it is believed unchecked.

    Every reading command also reads a recording as it is: `recursor tree FILE.recursor`.

    Example: `recursor import otter.recursor`
    """
    with recording.opened(file) as source, writing(db) as store:
        run = source.run("last").id
        is_new = store.take(source, run)
    print(f"{run} is recorded" if is_new else f"{run} was there already, the same")
