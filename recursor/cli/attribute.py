"""`recursor attribute`: whose words made these programs, in bits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from recursor import api
from recursor.api import Attribution
from recursor.cli import draw
from recursor.cli.options import Db, Json, print_json
from recursor.cli.read import RunOrNode, parts
from recursor.export.document import facts_of
from recursor.programs import safe

_COLOURS = {
    "pack": "blue", "pack example": "cyan", "goal": "green", "guest": "green",
    "answer": "magenta", "memory": "yellow", "denial": "red",
}  # fmt: skip
WARM, HOT = 1.0, 4.0
"""Bits from which a token is coloured, and from which its background is: a source that made it
twice, and sixteen times, as likely."""


def attribute(reference: RunOrNode = "last", json_: Json = False, db: Db = None) -> None:
    """Say whose words made each program, in bits: the pack's, the goal's, an answer's, ...

    The model scores each recorded answer again, with one source of its prompt left out at a time:
    as much less likely as the answer is then, so many bits came from there. Of one node the tokens
    are coloured by their strongest source. What was scored is kept, and is not scored again.

    Example: `recursor attribute last`
    """
    run, node = parts(reference)
    try:
        with _progress() as watch:
            found = api.attribute(run, node or None, db=db, watch=watch)
    except KeyboardInterrupt:
        kept = "what was scored is kept, and the same command goes on"
        print(f"recursor: interrupted; {kept}", file=sys.stderr)
        raise typer.Exit(130) from None
    if json_:
        print_json(_object(found, node))
    elif node:
        _show_node(found)
    else:
        _show_run(found)
    for reason, number in found.skipped.items():
        print(safe(f"{_many(number, 'answer')} not scored: {reason}"), file=sys.stderr)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Have a bar on a terminal, else nothing."""
    columns = (TextColumn("answers"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=draw.progress(), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _object(found: Attribution, node: str) -> dict[str, Any]:
    from recursor.analysis import attribution, record

    return {
        **facts_of(found.record),
        "answers": found.bits["query"].nunique(),
        "skipped": found.skipped,
        "nodes": len(found.nodes),
        "weak_links": found.weak_links,
        "without_answer": found.without_answer,
        "means": record.plain(attribution.means(found.bits)),
        "sources": [
            {name: value for name, value in row.items() if node or name != "tokens"}
            for row in found.rows()
        ],
        **({"pieces": next(iter(found.pieces.values()))} if node else {}),
    }


# --- for people


def _show_run(found: Attribution) -> None:
    from recursor.analysis import attribution, record

    console = draw.console()
    console.print(draw.run_line(found.record))
    means = record.plain(attribution.means(found.bits))
    last = {attribution.EVERYTHING: 1, attribution.WHOLE: 2}
    means.sort(key=lambda row: (row["depth"], last.get(row["kind"], 0), -row["bits"]))
    rows = [
        (row["kind"] or "(the answer itself)", row["depth"], row["answers"], f"{row['bits']:.1f}")
        for row in means
    ]
    console.print(draw.table(("source", "depth", "answers", "mean bits"), rows))
    answers = found.bits["query"].nunique()
    said = f"{_many(answers, 'answer')} scored, of {_many(len(found.nodes), 'node')}"
    console.print(f"{said}; the model is {safe(found.record.model_provenance)}")
    if found.without_answer:
        console.print(f"{_many(found.without_answer, 'node')} came of no recorded answer")
    if found.weak_links:
        weak = f"{found.weak_links} of {_many(len(found.nodes), 'node')}"
        console.print(f"{weak} rest on weaker link evidence than exact (contained)")


def _show_node(found: Attribution) -> None:
    from recursor.analysis import attribution

    (query,), (node,) = found.pieces, found.nodes
    console, pieces = draw.console(), found.pieces[query]
    console.print(draw.run_line(found.record))
    console.print(draw.heading(f"node {node.id}, depth {node.depth}: its answer, by source"))
    console.print(_heated(pieces, attribution.heat(found.bits, query)))
    rows = {row["source"]: row for row in found.rows()}
    ranked = [*attribution.ranked(found.bits, query)["source"], attribution.EVERYTHING]
    shown = [
        (name, rows[name]["words"], f"{rows[name]['bits']:.1f}", _percent(rows[name]["share"]))
        for name in ranked
    ]
    console.print(draw.table(("source", "begins", "bits", "share"), shown))
    whole = rows[attribution.WHOLE]["bits"]
    console.print(f"the answer itself: {whole:.1f} bits, {_many(len(pieces), 'token')}")
    if node.program.strip() != "".join(pieces).strip():
        console.print("The program is a part of its answer; bits are those of the whole answer.")
    if found.weak_links:
        console.print("Its link to the answer is weaker than exact (contained).")


def _heated(pieces: list[str], heat: list[tuple[str, float]]) -> Text:
    from recursor.analysis import attribution

    text = Text()
    for piece, (source, bits) in zip(pieces, heat, strict=True):
        colour = _COLOURS.get(attribution.kind(source), "white")
        style = f"bold black on {colour}" if bits >= HOT else colour if bits >= WARM else "dim"
        text.append(safe(piece), style)
    return text


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
