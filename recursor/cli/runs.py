"""`recursor runs`: the recorded runs, and how to be rid of some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from recursor.cli import completion, draw
from recursor.cli.options import Db, DefaultGroup, Json, print_json, reading, writing
from recursor.export.document import run_object
from recursor.programs import first_line
from recursor.records import RunRecord


class _ListByDefault(DefaultGroup):
    default = "list"


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
        experiments = {each.id: each.name for each in store.experiments()}
    if json_:
        objects = [run_object(run) for run in records]
        print_json({"runs": objects})
        return
    rows = [
        (run.id, run.started_at[:19] + "Z", run.mode, run.end_cause or "living", run.model_label,
         run.pack, run.seed, run.name or _place(run, experiments), first_line(run.goal))
        for run in records
    ]  # fmt: skip
    columns = ("run", "started", "mode", "end", "model", "pack", "seed", "name", "goal")
    draw.console().print(draw.table(columns, rows))


def _place(run: RunRecord, experiments: Mapping[str, str]) -> str:
    """Return which run of which experiment it is, if it is one's."""
    return f"{experiments.get(run.experiment, '?')}/{run.trial}" if run.experiment else ""


@app.command()
def rm(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN",
            autocompletion=completion.runs,
            help="Runs: ids, unique prefixes, names, `last`, `last~1`.",
        ),
    ],
    db: Db = None,
) -> None:
    """Delete runs with everything that was recorded of them; all that are named, or none.

    A living run is refused. What other runs hold too is kept.

    Example: `recursor runs rm last~1`
    """
    with reading(db) as store:
        chosen = dict.fromkeys(store.run(run).id for run in runs)
    with writing(db) as store:
        store.remove(chosen)
    for run in chosen:
        print(f"{run} is deleted")
