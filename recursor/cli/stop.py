"""`recursor stop`: end a living run, or a part of it, from another terminal."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from recursor.cli.options import Db, Json, RunRef, print_json, reading, where
from recursor.errors import UsageError
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
    answer: dict[str, Any] = {}
    with reading(db) as store:
        record = store.run(run)
        if record.end_cause is None:
            began = time.perf_counter()
            try:
                answer = control.stop(store.control(record.id), node)
            except UsageError:
                record = store.run(record.id)
                if record.end_cause is None:
                    raise  # else it ended while it was asked
    if not answer:
        if json_:
            ended = {"stopped": 0, "end_cause": record.end_cause}
            print_json({"run": record.id, "node": node, **ended})
        else:
            print(f"{record.id} has ended already ({record.end_cause}): there is nothing to stop")
        return
    answer["seconds"] = round(time.perf_counter() - began, 3)
    if json_:
        print_json({"run": record.id, "node": node, **answer})
    else:
        print(
            f"stopped {answer['stopped']} living nodes of {record.id} in {answer['seconds']:.2f} s:"
            f" living processes {answer['living_processes']}, doors open {answer['doors_open']}"
        )
        print(f"everything is kept: `recursor tree {record.id}{where(store.url)}`")
    if answer["living_processes"] or answer["doors_open"]:
        raise typer.Exit(1)
