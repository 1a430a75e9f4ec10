"""Which program stopped which.

A row is a request to stop a program, granted or not. That a program ended while another one wished
it to is no stop: only what the request itself did counts, as the host recorded it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pandas as pd

from recursor.analysis.record import Frames
from recursor.tree import above
from recursor.types import NodeEnd

KIND, UNKNOWN = "program_stop", "there is no program"
"""The event of a request, and how the refusal of one begins that names no visible program."""


class Stop(NamedTuple):
    """A request of a program to stop another one."""

    run: str
    node: str
    target: str | None
    """None for one that the asker cannot see, or that does not exist."""
    relation: str
    """Of the target to who asked: `below`, `above`, `sibling`, `other`, `itself` or `unknown`."""
    is_effective: bool
    """Whether it lived, the asker was allowed to, and it ended as stopped."""
    sequence: int
    """The event's."""


def stops(frames: Frames) -> pd.DataFrame:
    """Return a row a request to stop a program: the fields of `Stop`."""
    return pd.DataFrame(_stops(frames), columns=list(Stop._fields), dtype=object)


def _stops(frames: Frames) -> Iterator[Stop]:
    nodes = frames.nodes
    parents = dict(zip(nodes["id"], nodes["parent"], strict=True))
    ends = dict(zip(nodes["id"], nodes["end_cause"], strict=True))
    events = frames.events[frames.events["kind"].isin((KIND, "bad_request"))]
    columns = ("run", "node", "kind", "detail", "sequence")
    for run, node, kind, detail, sequence in zip(*(events[c] for c in columns), strict=True):
        if kind == KIND:
            target = detail["target"]
            stopped = detail["allowed"] and detail["was_living"]
            effective = bool(stopped) and ends.get(target) == NodeEnd.STOPPED
            yield Stop(run, node, target, _relation(node, target, parents), effective, sequence)
        elif detail.get("reason", "").startswith(UNKNOWN):
            yield Stop(run, node, None, "unknown", False, sequence)


def _relation(node: str, target: str, parents: Mapping[str, str | None]) -> str:
    if node == target:
        return "itself"
    if node in above(target, parents):
        return "below"
    if target in above(node, parents):
        return "above"
    return "sibling" if parents.get(node) == parents.get(target) else "other"
