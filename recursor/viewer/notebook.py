"""A run in a notebook: its totals, and its tree to unfold, as HTML of its own.

A notebook trusts the HTML of what it shows, and whatever was recorded is hostile: every text of the
record is escaped here, what could hide or reorder it is written out, and it stands in code or pre,
where no notebook looks for formulas. Nothing is linked to, nothing loaded, and there is no script.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from recursor.programs import first_line, safe
from recursor.records import NodeRecord, RunRecord
from recursor.store import Store
from recursor.tree import Branch, build

NODES = 200
"""Of a larger tree the upper part is shown: a notebook keeps what it shows."""
PROGRAM_CHARACTERS = 4000
OUTPUT_CHARACTERS = 1000


def html(store: Store, run: RunRecord, totals: Mapping[str, Any]) -> str:
    """Return a run as HTML; `totals` are those of `analysis.summary`."""
    part = store.below(run.id, None, limit=NODES)
    shown = [None, *(node.id for node in part.nodes)]
    queries = store.queries(run.id, nodes=shown, content=False)
    top = build(part.nodes, queries, store.events(run.id, nodes=shown))
    left_out = part.total - len(part.nodes)
    tree = f"recursor tree {run.id}"
    more = f"<p>{left_out} more nodes: <code>{_text(tree)}</code></p>" if left_out else ""
    return (
        f"<div><b><code>{_text(first_line(run.goal))}</code></b> <code>{_text(run.id)}</code><br>"
        f"<code>{_text(f'{run.model_label} · {run.pack} · seed {run.seed}')}</code><br>"
        f"<code>{_counts(run, totals)}</code>{_branches(top)}{more}</div>"
    )


def _counts(run: RunRecord, totals: Mapping[str, Any]) -> str:
    names = ("nodes", "depth", "queries", "denied", "failed", "refused")
    told = ", ".join(f"{name} {totals[name]}" for name in names)
    return f"{_text(run.end_cause or 'living')}: {told}"


def _branches(top: Branch) -> str:
    """Return what is below a branch, nested."""
    written: list[str] = []
    waiting: list[Branch | str] = [top]
    while waiting:  # and not by recursion: a tree may be deeper than Python's stack
        each = waiting.pop()
        if isinstance(each, str):
            written.append(each)
            continue
        if each.node is not None:
            written.append(f"<div style='margin-left:1em'>{_node(each.node, each)}")
            waiting.append("</div>")
        written.extend(_denials(each))
        waiting.extend(reversed(each.children))
    return "".join(written)


def _node(node: NodeRecord, branch: Branch) -> str:
    ended = node.end_cause or "living"
    ended = f"exit {node.exit_code}" if ended == "exited" else ended
    asked = f", {len(branch.queries)} queries" if branch.queries else ""
    line = f"{node.id[-6:]} {node.language} {first_line(node.program)}"
    parts = [
        f"<summary><code>{_text(line)} {_text(ended)}{asked}</code></summary>",
        _pre(node.program, PROGRAM_CHARACTERS),
    ]
    for name, output in (("stdout", node.stdout), ("stderr", node.stderr)):
        if output:
            parts.append(name + _pre(output.decode("utf-8", "backslashreplace"), OUTPUT_CHARACTERS))
    return f"<details>{''.join(parts)}</details>"


def _denials(branch: Branch) -> list[str]:
    return [
        f"<div style='margin-left:1em;color:#c33'>"
        f"<code>{what} denied: {_text(limit)} x{number}</code></div>"
        for (what, limit), number in branch.denials().items()
    ]


def _pre(text: str, characters: int) -> str:
    cut = "" if len(text) <= characters else f"\n… {len(text) - characters} characters more"
    return f"<pre style='margin:0 1em'>{_text(text[:characters])}{cut}</pre>"


def _text(text: str) -> str:
    return escape(safe(text))
