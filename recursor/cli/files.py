"""`recursor export` and `recursor import`: runs as files."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from recursor.cli.options import Db, RunRefs, reading_run, writing
from recursor.errors import UsageError
from recursor.export import recording
from recursor.models.registry import is_installed
from recursor.resources import installing


class Format(StrEnum):
    """What runs can be exported to."""

    RECURSOR = "recursor"
    JSONL = "jsonl"
    PARQUET = "parquet"
    CSV = "csv"
    GRAPHML = "graphml"
    ALIFE = "alife"


def export(
    runs: RunRefs,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="The file (of csv and parquet the folder); it must not exist.",
        ),
    ],
    format_: Annotated[
        Format,
        typer.Option(
            "-f",
            "--format",
            help="`recursor`: one run, everything, to be imported again; `jsonl`: everything, an"
            " object a line; `parquet`, `csv`: a folder of tables (runs, nodes, queries, events);"
            " `graphml`: the trees as a graph; `alife`: who descends from whom, in the ALife data"
            " standard.",
        ),
    ] = Format.RECURSOR,
    db: Db = None,
) -> None:
    """Write runs in a format of ours or of others: `recursor` to pass a run on, the rest to read.

    Nothing that exists is replaced, and what fails leaves nothing behind. In all formats but
    `recursor`, bytes of a program's output that are no UTF-8 are escaped with a backslash.

    Examples: `recursor export last -o otter.recursor`,
    `recursor export last~1 last -f parquet -o tables`
    """  # fmt: skip
    if format_ is Format.RECURSOR:
        _record(runs, output, db)
        return
    if format_ is Format.PARQUET and not is_installed("pyarrow"):
        raise UsageError(f"pyarrow is not installed; run: {installing('analysis')}")
    with ExitStack() as opened:
        found = [opened.enter_context(reading_run(run, db)) for run in dict.fromkeys(runs)]
        chosen = {record.id: (store, record) for store, record in found}
        import_module(f"recursor.export.{format_}").write(list(chosen.values()), output)
    print(f"{output}: {len(chosen)} {'run' if len(chosen) == 1 else 'runs'}")


def _record(runs: list[str], output: Path, db: str | None) -> None:
    if len(runs) != 1:
        raise UsageError(f"a recording holds one run, not {len(runs)}; export each to its own file")
    if output.suffix != recording.SUFFIX:
        raise UsageError(f"a recording's name ends with {recording.SUFFIX}, unlike {output}")
    with reading_run(runs[0], db) as (store, record):
        recording.write(store, record, output)
    print(f"{output}: {record.id}, {output.stat().st_size} bytes")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording.")],
    db: Db = None,
) -> None:
    """Add the run of a recording to the record; nothing of it is believed unchecked.

    Every reading command also reads a recording as it is: `recursor tree FILE.recursor`.

    Example: `recursor import otter.recursor` (as `recursor export last -o otter.recursor` wrote it)
    """
    with recording.opened(file) as source, writing(db) as store:
        run = source.run("last").id
        is_new = store.take(source, run)
    print(f"{run} is recorded" if is_new else f"{run} was there already, the same")
