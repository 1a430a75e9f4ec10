"""`recursor resume` and `rerun`: go on with a run, or grow its like afresh."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from recursor import api
from recursor.cli import live
from recursor.cli.options import Db, Display, DisplayChoice, Json, RunRef
from recursor.cli.person import Person
from recursor.cli.run import report


def resume(
    run: RunRef = "last",
    display: Display = DisplayChoice.AUTO,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Go on with a run that was broken off (Ctrl-C, `kill -9`, a power cut), as a new run.

    Programs that had ended are taken from the record, those that had not start anew.

    Example: `recursor resume last`
    """
    with live.display(display.value, json_=json_) as shown:
        grown = api.resume(run, db=db, watch=shown.start, ask=Person(shown).approves)
    raise typer.Exit(report(grown, json_=json_, fail_on_limit=False))


def rerun(
    run: RunRef = "last",
    seed: Annotated[
        int | None, typer.Option(min=0, show_default="the run's own", help="Another seed.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="A name for the new run.")] = None,
    display: Display = DisplayChoice.AUTO,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Grow a tree afresh with the configuration of a recorded run.

    Example: `recursor rerun last --seed 7`
    """
    options: dict[str, Any] = {} if seed is None else {"seed": seed}
    with live.display(display.value, json_=json_) as shown:
        grown = api.rerun(
            run, db=db, watch=shown.start, ask=Person(shown).approves, name=name, **options
        )
    raise typer.Exit(report(grown, json_=json_, fail_on_limit=False))
