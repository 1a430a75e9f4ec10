"""`recursor runs`: the recorded runs, and how to be rid of some."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from recursor.cli import draw
from recursor.cli.options import Db, Json, reading, writing
from recursor.export.document import SCHEMA_VERSION, run_object
from recursor.programs import first_line


class _ListByDefault(TyperGroup):
    """Without the name of a command it is `list` that is meant, with whatever flags."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["list", *args])


app = typer.Typer(
    name="runs",
    cls=_ListByDefault,
    help="The recorded runs; `recursor runs` lists them.\n\nExample: `recursor runs --json`",
)


@app.command("list")
def list_(json_: Json = False, db: Db = None) -> None:
    """List the recorded runs, the latest last.

    Example: `recursor runs list`
    """
    with reading(db) as store:
        records = store.runs()
    if json_:
        objects = [run_object(run) for run in records]
        print(json.dumps({"schema_version": SCHEMA_VERSION, "runs": objects}, indent=2))
        return
    rows = [
        (run.id, run.started_at[:19] + "Z", run.end_cause or "living", run.model, run.pack,
         run.seed, run.name or "", first_line(run.goal))
        for run in records
    ]  # fmt: skip
    columns = ("run", "started", "end", "model", "pack", "seed", "name", "goal")
    draw.console().print(draw.table(columns, rows))


@app.command()
def rm(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN", help="Runs: ids, unique prefixes, names or `last`."),
    ],
    db: Db = None,
) -> None:
    """Delete runs with everything that was recorded of them; all that are named, or none.

    A living run is refused. What other runs hold too is kept.

    Example: `recursor runs rm otter 01K0A`
    """
    with reading(db) as store:
        chosen = dict.fromkeys(store.run(run).id for run in runs)
    with writing(db) as store:
        store.remove(chosen)
    for run in chosen:
        print(f"{run} is deleted")
