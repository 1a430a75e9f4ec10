"""`recursor replay`: the whole tree again, offline, with a verdict."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from recursor import api
from recursor.analysis.fidelity import Divergence, Fidelity
from recursor.cli import draw, live
from recursor.cli.options import Db, Display, DisplayChoice, Json, RunRef, print_json, reading_run
from recursor.cli.run import EXIT_CODES
from recursor.cli.walk import show_walk
from recursor.export.document import run_object
from recursor.programs import first_line, safe
from recursor.types import RunEnd


def replay(
    run: RunRef = "last",
    lenient: Annotated[
        bool,
        typer.Option(
            "--lenient", help="Queries may differ in times, process numbers, temporary paths."
        ),
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first difference.")] = False,
    parallel: Annotated[
        int | None,
        typer.Option(min=1, help="Programs that run at a time.", show_default="as then"),
    ] = None,
    no_execute: Annotated[
        bool, typer.Option("--no-execute", help="Only tell what happened, in time order.")
    ] = False,
    speed: Annotated[
        float,
        typer.Option(min=0, help="Of --no-execute: 1 is as it happened, 0 without any pause."),
    ] = 1.0,
    display: Display = DisplayChoice.AUTO,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Execute a recorded run's programs again, in jails, without any model, and compare.

    Answers, denials and readings of the budget come from the record. Exit 0 if everything is as it
    was, 4 if not. The replay is recorded as a run of its own.

    Example: `recursor replay last`
    """
    if no_execute:
        with reading_run(run, db) as (store, record):
            show_walk(store, record, speed=speed, json_=json_)
        return
    with live.display(display.value, json_=json_) as shown:
        replayed = api.replay(
            run, db=db, lenient=lenient, strict=strict, parallel=parallel, watch=shown.start
        )
    if json_:
        out = {
            "run": run_object(replayed.record),
            **fidelity_object(replayed.fidelity),
        }
        print_json(out)
    else:
        draw.console().print(_drawn(replayed), soft_wrap=True)
    end = RunEnd(replayed.record.end_cause or RunEnd.FAULT)
    if end in EXIT_CODES and end is not RunEnd.MODEL:  # a failed root query replays as such
        detail = replayed.record.end_detail or "what was compared until then is recorded"
        print(f"recursor: the replay ended ({end}): {detail}", file=sys.stderr)
        raise typer.Exit(EXIT_CODES[end])
    raise typer.Exit(0 if replayed.fidelity.is_exact else EXIT_CODES[RunEnd.DIVERGED])


def fidelity_object(found: Fidelity) -> dict[str, Any]:
    """Return how far a replay agrees with its original."""
    return {
        "exact": found.is_exact,
        "fidelity": dict(found.components),
        "coverage": found.coverage,
        "counts": dict(found.counts),
        "frontier": [
            {
                "node": d.node and d.node.id,
                "original": d.original and d.original.id,
                "key": d.node and d.node.key,
                "channels": list(d.channels),
                "cause": d.cause,
                "evidence": d.evidence,
            }
            for d in found.frontier
        ],
    }


def _drawn(replayed: api.Replayed) -> Group:
    found = replayed.fidelity
    counts = found.counts
    rows = [(name, f"{share:.4g}") for name, share in found.components.items()]
    parts: list[Text | Table] = [
        draw.run_line(replayed.record).append(f"  replays {replayed.record.parent_run}"),
        draw.table(("agrees in", "share"), rows),
        Text(
            f"executed {counts['executed']} of {counts['nodes']} nodes (coverage"
            f" {found.coverage:.3g}; {counts['played']} did not end by themselves: played from the"
            " record)"
        ),
        Text(
            f"queries: {counts['hits']} served, {counts['hits_normalised']} nearly alike,"
            f" {counts['misses']} not in the record, {counts['orphans']} never asked"
        ),
        Text(f"model calls: {counts['model_calls']}"),
        *map(_divergence, found.frontier),
    ]
    verdict = "everything is as it was" if found.is_exact else "the replay diverged"
    return Group(*parts, Text(verdict, "green" if found.is_exact else "yellow"))


def _divergence(found: Divergence) -> Text:
    node = found.original or found.node
    where = f"{node.id[-6:]} {first_line(node.program)}" if node else "the operator"
    line = Text(f"{found.cause}: ", "red").append(safe(where), "bold")
    return line.append(f" ({', '.join(found.channels)}): {safe(found.evidence)}")
