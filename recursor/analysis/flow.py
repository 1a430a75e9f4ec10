"""Information flow: which node's words another node got.

An edge A -> B says that B received something that A wrote: through the run's memory, or in its own
prompt, of which the record says which words are quoted from an answer that A had asked for. Files
that programs of one jail leave each other are not watched.

A read of the memory is resolved as the memory itself does it: the latest value that was put, of
those the reader may see, and everything appended after it. The record holds what was found only as
its SHA-256: where that differs (writes at the same time) nothing is claimed, and it is counted.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from recursor.analysis.record import Frames
from recursor.tree import above
from recursor.types import Decision, MemoryReach

HELD_CHARACTERS = 12
"""A shorter answer says nothing about whether a value holds it, unless that is all of the value."""


class Edge(NamedTuple):
    """Something of one node that another one received."""

    run: str
    source: str
    target: str
    channel: str
    """`memory` or `prompt`."""
    name: str
    """The key in the memory, or the query whose answer is quoted."""


class Read(NamedTuple):
    """A read of the memory that found something."""

    run: str
    node: str
    name: str
    is_resolved: bool
    is_hit: bool
    """Whether what was found holds an answer that a node before had asked for."""
    saves: bool
    """Whether the reader had not asked for that itself: a query that it did not need."""


class Write(NamedTuple):
    """A value that was put or appended."""

    run: str
    node: str
    name: str
    is_read: bool
    """Whether a node other than its writer got it."""


@dataclass(frozen=True)
class Flow:
    """Who got what from whom, in some runs; a row each, columns as the tuples above."""

    edges: pd.DataFrame
    reads: pd.DataFrame
    writes: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return one row: edges by channel, finds in the memory, hits, writes nobody read."""
        counts = {
            "memory_edges": int((self.edges["channel"] == "memory").sum()),
            "prompt_edges": int((self.edges["channel"] == "prompt").sum()),
            "reads": len(self.reads),
            "reads_unresolved": int((~self.reads["is_resolved"].astype(bool)).sum()),
            "memo_hits": int(self.reads["is_hit"].sum()),
            "queries_saved": int(self.reads["saves"].sum()),
            "writes": len(self.writes),
            "written_never_read": int((~self.writes["is_read"].astype(bool)).sum()),
        }
        return pd.DataFrame([counts])


def flow(frames: Frames) -> Flow:
    """Return the flow of information in some runs."""
    edges = list(_quoted(frames))
    reads, writes = [], []
    parents = dict(zip(frames.nodes["id"], frames.nodes["parent"], strict=True))
    reaches = {run: guest.get("memory") for run, guest in frames.runs[["id", "guest"]].to_numpy()}
    answers = _answers(frames)
    for run, events in _memory_events(frames).items():
        memory = _Memory(run, reaches[run] == MemoryReach.RUN, parents, answers)
        for node, kind, detail, content in events:
            if kind == "memory_get":
                memory.read(node, detail)
            else:
                memory.write(node, detail["key"], content or "", replaces=kind == "memory_put")
        edges += memory.edges
        reads += memory.reads
        writes += [Write(run, e.writer, e.name, e.is_read) for e in memory.log]
    return Flow(
        pd.DataFrame(edges, columns=list(Edge._fields)),
        pd.DataFrame(reads, columns=list(Read._fields)),
        pd.DataFrame(writes, columns=list(Write._fields)),
    )


@dataclass(eq=False)
class _Entry:
    name: str
    writer: str
    value: str
    replaces: bool
    answers: frozenset[str]
    """What the value holds of answers that its writer had."""
    is_read: bool = False


class _Memory:
    """One run's memory, as its events build it up again."""

    def __init__(
        self,
        run: str,
        reaches_all: bool,
        parents: dict[str, str | None],
        answers: dict[str, list[str]],
    ) -> None:
        self.run, self._reaches_all, self._parents, self._answers = (
            run, reaches_all, parents, answers,
        )  # fmt: skip
        self.log: list[_Entry] = []
        self._by_name: dict[str, list[_Entry]] = defaultdict(list)
        self.edges: list[Edge] = []
        self.reads: list[Read] = []

    def write(self, node: str, name: str, value: str, *, replaces: bool) -> None:
        held = {
            answer
            for asker in self._above(node)
            for answer in self._answers.get(asker, ())
            if answer == value.strip() or (len(answer) >= HELD_CHARACTERS and answer in value)
        }
        entry = _Entry(name, node, value, replaces, frozenset(held))
        self.log.append(entry)
        self._by_name[name].append(entry)

    def read(self, node: str, detail: dict[str, Any]) -> None:
        name, found = detail["key"], self._fold(node, detail["key"])
        value = "\n".join(entry.value for entry in found)
        if not found or hashlib.sha256(value.encode()).hexdigest() != detail.get("sha256"):
            self.reads.append(Read(self.run, node, name, False, False, False))
            return
        held = {answer for entry in found for answer in entry.answers}
        for entry in found:
            if entry.writer != node:
                entry.is_read = True
        writers = dict.fromkeys(entry.writer for entry in found if entry.writer != node)
        self.edges += [Edge(self.run, writer, node, "memory", name) for writer in writers]
        saves = bool(held) and held.isdisjoint(self._answers.get(node, ()))
        self.reads.append(Read(self.run, node, name, True, bool(held), saves))

    def _fold(self, reader: str, name: str) -> list[_Entry]:
        """Return what a reader finds under a key, the latest value put first."""
        seen_from, found = set(self._above(reader)), list[_Entry]()
        for entry in reversed(self._by_name[name]):
            related = entry.writer in seen_from or reader in self._above(entry.writer)
            if self._reaches_all or related:
                found.append(entry)
                if entry.replaces:
                    break
        return found[::-1]

    def _above(self, node: str) -> list[str]:
        """Return a node and those above it."""
        return [node, *above(node, self._parents)]


def _memory_events(frames: Frames) -> dict[str, list[tuple[str, str, dict[str, Any], str | None]]]:
    """Return, by run, what programs did to the memory, and was not refused, in order."""
    events = frames.events
    kinds = events["kind"].isin(("memory_get", "memory_put", "memory_append"))
    chosen = events[kinds & events["node"].notna()].sort_values(["run", "sequence"])
    found = defaultdict(list)
    for run, node, kind, detail, content in zip(
        *(chosen[name] for name in ("run", "node", "kind", "detail", "content")), strict=True
    ):
        if "denial" not in detail and detail.get("found", True):
            found[run].append((node, kind, detail, content))
    return found


def _answers(frames: Frames) -> dict[str, list[str]]:
    """Return the answers that each node received, but for empty ones."""
    rows = frames.queries[frames.queries["decision"] == Decision.GRANTED]
    found = defaultdict(list)
    for node, answer in zip(rows["node"], rows["answer"], strict=True):
        text = (answer or "").strip()
        if node is not None and text:
            found[node].append(text)
    return found


def _quoted(frames: Frames) -> list[Edge]:
    """Return an edge a query and an answer it quotes that another node had asked for."""
    askers = dict(zip(frames.queries["id"], frames.queries["node"], strict=True))
    found: dict[Edge, None] = {}
    for run, node, spans in zip(
        *(frames.queries[name] for name in ("run", "node", "spans")), strict=True
    ):
        for span in spans if node is not None else ():
            kind, _, query = span["source"].partition(":")
            source = askers.get(query) if kind == "answer" else None
            if source is not None and source != node:
                found[Edge(run, source, node, "prompt", query)] = None
    return list(found)
