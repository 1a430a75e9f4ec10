"""`recursor stop`: end a living run, or a part of it, from another terminal."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from recursor.cli.options import Db, Json, RunRef, reading
from recursor.export.document import SCHEMA_VERSION
from recursor.runs import control


def stop(
    run: RunRef = "last",
    node: Annotated[
        str | None,
        typer.Option(metavar="N", help="Only this node and everything below it (id or its end)."),
    ] = None,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Stop a living run, or one of its nodes with everything below: dead in under a second.

    Every program, answer and file is kept. The command returns with a proof: no process of it
    lives, no door is open, and nothing of it is written any more.

    Example: `recursor stop last`
    """
    with reading(db) as store:
        record = store.run(run)
        path = store.control(record.id)
    if record.end_cause is not None:
        typer.echo(f"{record.id} has ended already ({record.end_cause}): there is nothing to stop")
        return
    began = time.perf_counter()
    answer = control.stop(path, node)
    answer["seconds"] = round(time.perf_counter() - began, 3)
    if json_:
        answer = {"schema_version": SCHEMA_VERSION, "run": record.id, "node": node, **answer}
        print(json.dumps(answer, indent=2))
    else:
        print(
            f"stopped {answer['stopped']} living nodes of {record.id} in {answer['seconds']:.2f} s:"
            f" living processes {answer['living_processes']}, doors open {answer['doors_open']}"
        )
        print(f"everything is kept: `recursor tree {record.id}`")
    if answer["living_processes"] or answer["doors_open"]:
        raise typer.Exit(1)
