"""`recursor diff`: two runs side by side."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from recursor.analysis.diff import Difference, Point, Row, compare
from recursor.cli import completion, draw
from recursor.cli.options import Db, Json, print_json, reading_run
from recursor.export.document import run_object
from recursor.programs import first_line, safe
from recursor.records import NodeRecord, Recording

POINTS = 12
"""So many points are shown; those after them mostly follow from them."""
_STYLES = {"=": "dim", "~": "yellow", "-": "red", "+": "green"}

_Run = Annotated[
    str,
    typer.Argument(
        autocompletion=completion.runs, help="A run, or a recording's file.", show_default=False
    ),
]


def diff(a: _Run, b: _Run, json_: Json = False, db: Db = None) -> None:
    """Compare two runs: where they part, what they have in common, both trees side by side.

    What has the same key belongs together, whatever the seeds; what is left is paired by content.
    Exits with 0 whatever it finds: a difference is a result.

    Example: `recursor diff last~1 last`
    """
    one, other = _recording(a, db), _recording(b, db)
    found = compare(one, other)
    if json_:
        out = {
            "a": run_object(one.run),
            "b": run_object(other.run),
            **_object(found),
        }
        print_json(out)
    else:
        draw.console().print(_drawn(one, other, found))


def _recording(reference: str, db: str | None) -> Recording:
    with reading_run(reference, db) as (store, run):
        return store.recording(run.id)


def _object(found: Difference) -> dict[str, Any]:
    return {
        "points": [asdict(point) for point in found.points],
        "counts": {
            "nodes": asdict(found.nodes),
            "queries": asdict(found.queries),
            "answers": {"equal": found.equal_answers, "different": found.different_answers},
            "end_causes": {
                cause: {"a": ends[0], "b": ends[1]} for cause, ends in found.end_causes.items()
            },
        },
        "tree": [
            {"mark": row.mark, "depth": row.depth, "a": _node(row.a), "b": _node(row.b)}
            for row in found.rows
        ],
    }


def _node(node: NodeRecord | None) -> dict[str, Any] | None:
    if node is None:
        return None
    names = ("id", "language", "program", "kind", "end_cause", "exit_code")
    return {name: getattr(node, name) for name in names}


# --- for people


def _drawn(a: Recording, b: Recording, found: Difference) -> Group:
    parts: list[RenderableType] = [
        Text("A  ").append_text(draw.run_line(a.run)),
        Text("B  ").append_text(draw.run_line(b.run)),
    ]
    if found.points:
        parts.append(draw.heading("where they part"))
        parts += [_point(point) for point in found.points[:POINTS]]
        if len(found.points) > POINTS:
            parts.append(Text(f"and {len(found.points) - POINTS} more (--json has them)", "dim"))
    else:
        parts.append(Text("they are the same in every respect", "green"))
    shares = [("nodes", found.nodes), ("queries", found.queries)]
    parts += [
        draw.heading("what they have in common"),
        draw.table(("", "both", "A", "B"), [(n, s.both, s.only_a, s.only_b) for n, s in shares]),
        Text(f"answers: {found.equal_answers} equal, {found.different_answers} different"),
        draw.table(("ended", "A", "B"), [(c, *ends) for c, ends in found.end_causes.items()]),
        draw.heading("side by side (= same, ~ differs, - only in A, + only in B)"),
        _tree(found.rows[: draw.DRAWN]),
    ]
    if len(found.rows) > draw.DRAWN:
        left_out = len(found.rows) - draw.DRAWN
        parts.append(Text(f"{left_out} rows are not drawn; --json has them", "yellow"))
    return Group(*parts)


def _point(point: Point) -> Text:
    who = {node[-6:]: None for node in (point.a, point.b) if node} or ["the operator"]
    text = Text(f"{point.instant_s:9.3f} s  ", "dim").append(point.what, "bold")
    text.append(f"  {' | '.join(who)}")
    for name, shown in (("A", point.shown_a), ("B", point.shown_b)):
        said = Text("nothing", "dim") if shown is None else Text(safe(shown))
        text.append(f"\n             {name}  ", "dim").append_text(said)
    return text


def _tree(rows: list[Row]) -> Table:
    table = Table.grid(padding=(0, 1), expand=True)
    for ratio in (1, None, 1):
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=ratio)
    for row in rows:
        style = _STYLES[row.mark]
        table.add_row(_line(row.a, row.depth), Text(row.mark, style), _line(row.b, row.depth))
    return table


def _line(node: NodeRecord | None, depth: int) -> Text:
    if node is None:
        return Text()
    end = node.end_cause or "living"
    if node.end_cause == "exited" and node.exit_code is not None:
        end = f"exit {node.exit_code}"
    line = Text("  " * (depth - 1)).append(f"{node.id[-6:]} {safe(end)} ", "dim")
    return line.append(f"{safe(node.language)} ", "cyan").append(first_line(node.program))
