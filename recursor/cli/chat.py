"""`recursor chat`: the story's dialogue."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from recursor import api
from recursor.cli import completion, draw, live
from recursor.cli.options import Db, where
from recursor.cli.person import Person
from recursor.programs import safe
from recursor.runs.chat import Chat
from recursor.types import Approval, Denial, Outcome, RunEnd

PACK = "qa"
QUESTION = "Q: "


def chat(
    model: Annotated[
        str | None,
        typer.Option(
            "-m",
            "--model",
            metavar="SPEC",
            autocompletion=completion.models,
            help="As for `recursor run`.",
        ),
    ] = None,
    pack: Annotated[
        str,
        typer.Option(
            autocompletion=completion.packs, help="The prompt pack that begins the dialogue."
        ),
    ] = PACK,
    seed: Annotated[int, typer.Option(min=0, help="Decides every answer.")] = 0,
    turns: Annotated[int, typer.Option(min=1, help="Questions at most.")] = 20,
    depth: Annotated[int, typer.Option(min=1, help="Programs on a path from you.")] = 4,
    breadth: Annotated[int, typer.Option(min=1, help="Queries of one program.")] = 6,
    answer_tokens: Annotated[int, typer.Option(min=1, help="Tokens of one answer.")] = 256,
    name: Annotated[
        str | None,
        typer.Option(help="A name for the run; of several runs that have it the latest is meant."),
    ] = None,
    db: Db = None,
) -> None:
    """Ask one thing after the other; a program in an answer is executed only if you say yes.

    An empty line is asked again; the end of input (Ctrl-D) ends the dialogue. Everything is
    recorded as a run.

    Example: `recursor chat -m stub:paperclip`
    """
    person = Person()

    async def listen() -> str | None:
        while (line := await person.line(QUESTION)) is not None:
            if line.strip():
                return line.strip()
        return None

    first = asyncio.run(listen())
    if first is None:
        raise typer.Exit(0)
    course = Chat(first, turns, listen, _say, _print, ended).course
    run = api.run(
        first, model=model, db=db, watch=live.FirstLine().start, ask=person.approves,
        course=course, approve=Approval.ROOT, pack=pack, seed=seed, depth=depth,
        breadth=max(breadth, turns), answer_tokens=answer_tokens, name=name, seconds=24 * 3600.0,
    )  # fmt: skip
    end = RunEnd(run.record.end_cause or RunEnd.FAULT)
    told = f"recorded as {run.id}; `recursor show {run.id}{where(run.url)}` tells more"
    draw.console().print(told, soft_wrap=True)
    if end not in (RunEnd.COMPLETED, RunEnd.BUDGET):
        print(
            f"recursor: the dialogue ended ({end}): {run.record.end_detail or ''}", file=sys.stderr
        )
        raise typer.Exit(130 if end in (RunEnd.INTERRUPTED, RunEnd.STOPPED) else 1)


def _say(answer: str) -> None:
    print(f"A: {safe(answer)}", flush=True)


def _print(stream: str, data: bytes) -> None:
    file = sys.stdout if stream == "stdout" else sys.stderr
    print(safe(data.decode("utf-8", "backslashreplace")), end="", file=file, flush=True)


def ended(outcome: Outcome | Denial) -> None:
    """Print on stderr how a program ended."""
    if isinstance(outcome, Denial):
        print("(not executed)" if outcome.limit == "approval" else f"({outcome})", file=sys.stderr)
    else:
        code = "" if outcome.exit_code is None else f" {outcome.exit_code}"
        print(f"(executed: {outcome.end_cause}{code})", file=sys.stderr)
