"""How records look on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from recursor.programs import first_line, safe
from recursor.records import RunRecord
from recursor.store import Store
from recursor.tree import Branch, build

if TYPE_CHECKING:
    from rich.syntax import Syntax

    from recursor.analysis.record import Frame, Frames

DRAWN = 1000
"""Nodes of one drawing: more than that nobody reads."""
PIPE_COLUMNS = 200
"""What is written to a pipe is read by programs: it is not folded at a terminal's width."""


def console() -> Console:
    """Return where results go."""
    return Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS, highlight=False)


def progress() -> Console:
    """Return where progress goes."""
    return Console(stderr=True)


def heading(text: str) -> Text:
    """Draw a line above a part."""
    return Text(f"── {safe(text)}", style="bold")


def tree(store: Store, run: RunRecord, node: str | None = None) -> Group:
    """Draw a run, or a node and what is below it: one line a node, and what the budget refused.

    Of a large tree its upper part is drawn, and said how much is not.
    """
    part = store.below(run.id, node, limit=DRAWN)
    shown = [*([] if node else [None]), *(row.id for row in part.nodes)]
    queries = store.queries(run.id, nodes=shown, content=False)
    top = build(part.nodes, queries, store.events(run.id, nodes=shown))
    drawing = Tree(run_line(run), guide_style="dim")
    waiting = [(top, drawing)]
    while waiting:
        branch, parent = waiting.pop()
        for line in _denial_lines(branch):
            parent.add(line)
        for child in branch.children:
            waiting.append((child, parent.add(_node_line(child, run.end_cause or "living"))))
        missing = part.children.get(branch.node.id, 0) - len(branch.children) if branch.node else 0
        if missing:
            parent.add(Text(f"… {missing} more", "dim"))
    left_out = part.total - len(part.nodes)
    said = f"{left_out} nodes are not drawn; `recursor tree RUN/NODE` draws what is below one"
    return Group(drawing, *([Text(said, "yellow")] if left_out else []))


def totals(run: RunRecord, facts: dict[str, Any]) -> Text:
    """Say in one line what a run amounts to."""
    parts = [
        f"{safe(run.end_cause or 'living')}:",
        f"{facts['nodes']} nodes, depth {facts['depth']},",
        f"{facts['queries']} queries ({facts['granted']} granted, {facts['denied']} denied,"
        f" {facts['failed']} failed),",
        *([f"refused programs: {facts['refused']},"] if facts["refused"] else []),
        f"{facts['prompt_tokens'] + facts['answer_tokens']} tokens",
    ]
    if facts["wall_s"] is not None:
        parts.append(f"in {facts['wall_s']:.1f} s")
    return Text(" ".join(parts))


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Draw a plain table; numbers to the right."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[number], int | float) for row in rows)
        drawn.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text("" if value is None else safe(str(value))) for value in row))
    return drawn


def records(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Table:
    """Draw some columns of rows that have names; fractions with four digits."""
    return table(columns, [[_short(row[name]) for name in columns] for row in rows])


def frame(rows: Frame) -> Table:
    """Draw a frame; what is not defined is left empty."""
    defined = rows.astype(object).where(rows.notna(), None)
    return table(tuple(rows.columns), [list(map(_short, row)) for row in defined.to_numpy()])


def _short(value: Any) -> Any:
    return f"{value:.4g}" if isinstance(value, float) else value


def about(frames: Frames) -> dict[str, Any]:
    """Return what stands beside figures of some runs."""
    return {
        "runs": list(frames.runs["id"]),
        "models": sorted(set(frames.runs["model"])),
        "model_provenance": frames.provenance,
        "nodes": len(frames.nodes),
        "weak_links": frames.weak_links,
    }


def head(frames: Frames) -> Text:
    """Say of which runs figures are, whose behaviour that is, and how sure who wrote whom is."""
    facts = about(frames)
    runs = facts["runs"][0] if len(facts["runs"]) == 1 else f"{len(facts['runs'])} runs"
    line = Text(runs, style="bold")
    models = ", ".join(facts["models"])
    line.append(safe(f"  {models} · {facts['model_provenance']} · {facts['nodes']} nodes"), "dim")
    weak = f", {facts['weak_links']} linked by evidence weaker than exact"
    return line.append(weak, "dim")


def highlighted(program: str, language: str) -> Syntax:
    """Draw a program, the whole of it: long lines are folded, nothing reaches the terminal raw."""
    from rich.syntax import Syntax  # knows of five hundred languages, and takes its time

    return Syntax(safe(program), language, background_color="default", word_wrap=True)


def run_line(run: RunRecord) -> Text:
    """Say in one line which run this is."""
    line = Text(run.id, style="bold")
    line.append(f"  {first_line(run.goal)}", style="")
    about = safe(f"{run.model_label} · {run.pack}")
    return line.append(f"  {about} · seed {run.seed}", style="dim")


def _node_line(branch: Branch, state: str) -> Text:
    node = branch.node
    assert node is not None
    good = node.end_cause == "exited" and node.exit_code == 0
    state = node.end_cause or state
    if node.end_cause == "exited":
        state = "ended" if node.exit_code is None else f"exit {node.exit_code}"
    line = Text(f"{node.id[-6:]} ", style="dim")
    line.append(f"{safe(node.language)} ", style="cyan").append(first_line(node.program))
    line.append(f"  {safe(state)}", style="green" if good else "yellow")
    if node.kind != "jail":
        line.append(f"  {safe(node.kind)}", "dim")
    asked = len(branch.queries)
    return line.append(f"  {asked} {'query' if asked == 1 else 'queries'}" if asked else "", "dim")


def _denial_lines(branch: Branch) -> list[Text]:
    return [
        Text(f"{what} denied: {safe(limit)}" + (f" x{number}" if number > 1 else ""), style="red")
        for (what, limit), number in branch.denials().items()
    ]
