"""Two runs side by side, as the document `pairs/RUN/RUN`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from recursor.analysis.diff import Difference, Row, compare
from recursor.records import CheckRecord, NodeRecord, Recording
from recursor.viewer.documents import Document


def pair(a: Recording, b: Recording, checks: Sequence[CheckRecord] = ()) -> Document:
    """Return where two runs agree and where they part; `checks` are those of a replay among them.

    `rows` are nodes, or pairs of nodes, in the order of the tree: `mark` (`=` the same, `~`
    changed, `-` only in the first, `+` only in the second), `depth`, `a` and `b` (positions), and
    `is_frontier`: nothing above or below it differs earlier. `points` are the respects in which
    pairs differ, in time order, nodes as positions (None: the operator). `causes` says of nodes of
    the second run what a replay found to be the cause.
    """
    difference = compare(a, b)
    places = [_places(a), _places(b)]
    begun = [datetime.fromisoformat(side.run.started_at) for side in (a, b)]
    frontier = _frontier(difference, begun)
    return {
        "a": a.run.id,
        "b": b.run.id,
        "nodes": asdict(difference.nodes),
        "queries": asdict(difference.queries),
        "equal_answers": difference.equal_answers,
        "different_answers": difference.different_answers,
        "end_causes": {name: list(both) for name, both in difference.end_causes.items()},
        "rows": [
            {
                "mark": row.mark,
                "depth": row.depth,
                "a": _place(row.a, places[0]),
                "b": _place(row.b, places[1]),
                "is_frontier": number in frontier,
            }
            for number, row in enumerate(difference.rows)
        ],
        "points": [
            {
                "instant_s": point.instant_s,
                "what": point.what,
                "a": places[0].get(point.a or ""),
                "b": places[1].get(point.b or ""),
                "shown_a": point.shown_a,
                "shown_b": point.shown_b,
            }
            for point in difference.points
        ],
        "causes": _causes(b, checks),
    }


def _frontier(difference: Difference, begun: Sequence[datetime]) -> set[int]:
    """Return the rows that differ, and nothing above them or below them differed before."""
    rows = difference.rows
    first = _firsts(difference, begun)
    parents = list(_parents(rows))
    above, below = [math.inf] * len(rows), [math.inf] * len(rows)
    for number, parent in enumerate(parents):
        if parent is not None:
            above[number] = min(above[parent], first[parent])
    for number in reversed(range(len(rows))):
        if (parent := parents[number]) is not None:
            below[parent] = min(below[parent], below[number], first[number])
    return {
        number
        for number, instant in enumerate(first)
        if instant < above[number] and instant <= below[number]
    }


def _parents(rows: Sequence[Row]) -> Iterator[int | None]:
    """Yield the row above each, None at the top; rows come in the order of the tree."""
    path: list[int] = []
    for number, row in enumerate(rows):
        del path[row.depth - 1 :]
        yield path[-1] if path else None
        path.append(number)


def _firsts(difference: Difference, begun: Sequence[datetime]) -> list[float]:
    """Return when each row first differs (s; infinity: never); one that is alone, at its start."""
    instants: dict[tuple[str | None, str | None], float] = {}
    for point in difference.points:
        instants.setdefault((point.a, point.b), point.instant_s)
    found = []
    for row in difference.rows:
        if row.a and row.b:
            found.append(instants.get((row.a.id, row.b.id), math.inf))
        else:
            alone, start = (row.a, begun[0]) if row.a else (row.b, begun[1])
            assert alone is not None
            found.append((datetime.fromisoformat(alone.started_at) - start).total_seconds())
    return found


def _causes(b: Recording, checks: Sequence[CheckRecord]) -> list[Document]:
    places = {node.key: place for place, node in enumerate(b.nodes)}
    return [
        {"b": places[check.key], "cause": check.cause, "evidence": check.evidence}
        for check in checks
        if check.cause and check.key in places
    ]


def _places(recording: Recording) -> dict[str, int]:
    return {node.id: place for place, node in enumerate(recording.nodes)}


def _place(node: NodeRecord | None, places: dict[str, int]) -> int | None:
    return None if node is None else places[node.id]
