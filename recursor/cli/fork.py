"""`recursor fork`: branch off a recorded run at a node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from recursor import api
from recursor.cli import completion, live
from recursor.cli.options import Db, Display, DisplayChoice, Json, RunRef, duration, reading
from recursor.cli.person import Person
from recursor.cli.run import report
from recursor.errors import UsageError
from recursor.runs.fork import Outside
from recursor.runs.options import program_in
from recursor.types import RunEnd

_LIMITS: dict[str, Any] = {"rich_help_panel": "Another budget", "show_default": "the run's"}


def fork(
    run: RunRef,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="NODE",
            help="Where the run branches: a node's id, its end or its place (1.3); else at the"
            " first program.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Another seed there.")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "-m",
            "--model",
            metavar="SPEC",
            autocompletion=completion.models,
            help="Another model there.",
        ),
    ] = None,
    program: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A program of yours in the node's place."),
    ] = None,
    pack: Annotated[
        str | None, typer.Option(autocompletion=completion.packs, help="Another prompt pack there.")
    ] = None,
    flip_decision: Annotated[
        str | None,
        typer.Option(metavar="QUERY", help="Deny this query of the node, or grant it."),
    ] = None,
    null: Annotated[
        bool,
        typer.Option("--null", help="Nothing is different but the seed: the noise of a fork."),
    ] = False,
    repeats: Annotated[
        int, typer.Option(min=1, help="So many forks, each with the next seed.")
    ] = 1,
    outside: Annotated[
        Outside, typer.Option(help="What becomes of the tree elsewhere.")
    ] = Outside.FROZEN,
    depth: Annotated[
        int | None, typer.Option(min=1, help="Programs on a path from you.", **_LIMITS)
    ] = None,
    breadth: Annotated[
        int | None,
        typer.Option(min=1, help="Queries, and child programs, of one program.", **_LIMITS),
    ] = None,
    nodes: Annotated[int | None, typer.Option(min=1, help="Executed programs.", **_LIMITS)] = None,
    queries: Annotated[int | None, typer.Option(min=1, help="Granted queries.", **_LIMITS)] = None,
    tokens: Annotated[
        int | None,
        typer.Option(min=1, help="Prompt and answer tokens.", **_LIMITS),
    ] = None,
    answer_tokens: Annotated[
        int | None, typer.Option(min=1, help="Tokens of one answer.", **_LIMITS)
    ] = None,
    time: Annotated[
        float | None,
        typer.Option(parser=duration, metavar="TIME", help="Wall clock of the run.", **_LIMITS),
    ] = None,
    program_time: Annotated[
        float | None,
        typer.Option(
            parser=duration, metavar="TIME", help="Running time of one program.", **_LIMITS
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="A name for the new run.")] = None,
    display: Display = DisplayChoice.AUTO,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Branch off a recorded run at a node: what would have become of it, if ...

    The node's subtree grows live. The programs above it are executed again and are told what the
    record knows; the rest of the tree is played from the record. The new run names its origin.

    Example: `recursor fork last --seed 7`
    """
    limits: dict[str, Any] = {
        "depth": depth, "breadth": breadth, "nodes": nodes, "queries": queries, "tokens": tokens,
        "answer_tokens": answer_tokens, "seconds": time, "program_seconds": program_time,
    }  # fmt: skip
    limits = {name: value for name, value in limits.items() if value is not None}
    other = {"model": model, "pack": pack, "flip": flip_decision}
    edits = [seed, program, *other.values(), *limits.values()]
    if null == any(value is not None for value in edits):
        raise UsageError("say what is different there (see --help), or --null if nothing is")
    first = seed
    if null or (repeats > 1 and seed is None):
        with reading(db) as store:
            first = store.run(run).seed + null
    own = program_in(program) if program else None
    code, person = 0, Person()
    for number in range(repeats):
        with live.display(display.value, json_=json_) as person.display:
            grown = api.fork(
                run,
                at,
                db=db,
                program=own,
                seed=None if first is None else first + number,
                outside=outside.value,
                name=name,
                watch=person.display.start,
                ask=person.approves,
                **other,
                **limits,
            )
        code = max(code, report(grown, json_=json_, fail_on_limit=False))
        if grown.record.end_cause == RunEnd.INTERRUPTED:
            break
    raise typer.Exit(code)
