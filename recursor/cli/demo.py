"""`recursor demo`: the scenarios of the gallery, grown live or replayed."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from recursor import api
from recursor.cli import completion, draw, live
from recursor.cli.chat import ended
from recursor.cli.options import Db, Display, DisplayChoice, Json, print_json, where
from recursor.cli.replay import replay as replay_run
from recursor.cli.run import report
from recursor.errors import UsageError
from recursor.programs import safe
from recursor.runs import scenarios
from recursor.runs.chat import Chat
from recursor.runs.grow import Growth
from recursor.runs.scenarios import Scenario
from recursor.store import Store
from recursor.types import RunEnd


def demo(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            autocompletion=completion.scenarios,
            help="A scenario; without one they are listed.",
        ),
    ] = "",
    replay: Annotated[
        bool, typer.Option("--replay", help="Replay its recording; that needs no model.")
    ] = False,
    display: Display = DisplayChoice.AUTO,
    json_: Json = False,
    db: Db = None,
) -> None:
    """List the scenarios that ship, grow one live, or replay its recording.

    A live one is recorded as a run of the scenario's name; exit codes are those of `run`. A replay
    is not kept; it exits with 0 if everything is as it was, else 4.

    Example: `recursor demo quine`
    """
    if replay and not name:
        raise UsageError(f"which one? there are: {', '.join(scenarios.names())}")
    if not name:
        _list(json_=json_)
        return
    scenario = scenarios.load(name)
    if replay:
        replay_run(str(scenarios.recording(name)), display=display, json_=json_, db=db)
    raise typer.Exit(_grow(name, scenario, display, json_=json_, db=db))


def _list(*, json_: bool) -> None:
    found = {name: scenarios.load(name) for name in scenarios.names()}
    if json_:
        rows = [
            {"name": name, "shows": each.shows, "model": each.model, "nodes": each.nodes,
             "goal": each.goal, "recording": str(scenarios.recording(name))}
            for name, each in found.items()
        ]  # fmt: skip
        print_json({"scenarios": rows})
        return
    columns = ("scenario", "shows", "model", "nodes")
    told = [(name, each.shows, each.model, each.nodes) for name, each in found.items()]
    console = draw.console()
    console.print(draw.table(columns, told))
    console.print("`recursor demo NAME` grows one, `--replay` replays its recording", style="dim")


def _grow(
    name: str, scenario: Scenario, display: DisplayChoice, *, json_: bool, db: str | None
) -> int:
    """Grow a scenario, print what came of it and what to look at; return the exit code."""
    with live.display(display.value, json_=json_) as shown:
        grown = api.run(
            scenario.goal, db=db, name=name, watch=shown.start, course=_course(scenario),
            **scenario.options(),
        )  # fmt: skip
    code = report(grown, json_=json_, fail_on_limit=False)
    if not (json_ or code):
        with Store(grown.url) as store:
            first = next((node.id[-6:] for node in store.nodes(grown.id)), "")
        look = scenario.look.replace("NODE", first)
        print(f"look at it: `recursor {look}{where(grown.url)}`")
    return code


def _course(scenario: Scenario) -> Callable[[Growth], Awaitable[RunEnd]] | None:
    """Return how the operator asks one question after the other; None if there is but a goal."""
    if not scenario.questions:
        return None
    questions = iter(scenario.questions)

    async def listen() -> str | None:
        question = next(questions, None)
        if question is not None:
            _tell(f"Q: {question}\n")
        return question

    def say(answer: str) -> None:
        _tell(f"A: {answer}\n")

    def sink(_: str, output: bytes) -> None:
        _tell(output.decode("utf-8", "backslashreplace"))

    _tell(f"Q: {scenario.goal}\n")
    return Chat(scenario.goal, 1 + len(scenario.questions), listen, say, sink, ended).course


def _tell(text: str) -> None:
    print(safe(text), end="", file=sys.stderr, flush=True)
