"""What each node did, in order: its queries, the programs it asked to execute, and its events.

What is seen of a program is what crosses the door, and what its hooks report. Files that programs
of one jail leave each other are not watched, nor what happens between two requests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from recursor.analysis.record import Frames

QUERY, SPAWN = "query", "spawn"
"""The kinds of an act that is no event."""
NOT_ACTS = ("enter", "command")
"""Events that say how something was executed, not what was asked or executed."""


class Act(NamedTuple):
    """Something that a node did."""

    at_us: int
    """Unix time in microseconds."""
    ended_us: int
    kind: str
    """`query`, `spawn` (a program it asked to execute), or an event's kind."""
    text: str
    """The prompt, the program, or what the event is about."""
    decision: str
    """`granted`, `denied` or `failed`."""
    denial: Mapping[str, Any] | None
    row: Any
    """The query's id, the child's id, or the event's sequence."""
    detail: Mapping[str, Any]
    """An event's; of a query, its `model`, where one is named."""


def by_node(frames: Frames) -> dict[str, list[Act]]:
    """Return the acts of each node that did something, in order of time; not the operator's."""
    found: dict[str, list[Act]] = defaultdict(list)
    for node, act in (*_queries(frames), *_spawns(frames), *_events(frames)):
        if node is not None:
            found[node].append(act)
    for acts in found.values():
        acts.sort(key=lambda act: act.at_us)
    return found


def microseconds(instants: pd.Series) -> pd.Series:
    """Return RFC 3339 instants as Unix time in microseconds; -1 where there is none."""
    times = pd.to_datetime(instants, format="ISO8601", utc=True)
    return times.dt.as_unit("us").astype("int64").where(times.notna(), -1)


def _queries(frames: Frames) -> Iterator[tuple[str | None, Act]]:
    rows = frames.queries
    columns = ("node", "prompt", "decision", "denial", "id", "model")
    begun, ended = microseconds(rows["started_at"]), microseconds(rows["ended_at"])
    for at_us, ended_us, node, prompt, decision, denial, id_, model in zip(
        begun, ended, *(rows[name] for name in columns), strict=True
    ):
        named = {"model": model} if model else {}
        yield node, Act(at_us, ended_us, QUERY, prompt, decision, denial, id_, named)


def _spawns(frames: Frames) -> Iterator[tuple[str | None, Act]]:
    rows = frames.nodes[frames.nodes["parent"].notna()]
    begun = microseconds(rows["started_at"])
    for at_us, parent, program, id_ in zip(
        begun, rows["parent"], rows["program"], rows["id"], strict=True
    ):
        yield parent, Act(at_us, at_us, SPAWN, program, "granted", None, id_, {})


def _events(frames: Frames) -> Iterator[tuple[str | None, Act]]:
    columns = ("node", "time_ns", "kind", "detail", "content", "sequence")
    for node, time_ns, kind, detail, content, sequence in zip(
        *(frames.events[name] for name in columns), strict=True
    ):
        if kind not in NOT_ACTS:
            at_us, denial = time_ns // 1000, detail.get("denial")
            name = SPAWN if kind == "refused" else kind
            decision = "denied" if denial else "granted"
            yield node, Act(at_us, at_us, name, content or "", decision, denial, sequence, detail)
