"""What a recorded run knows, found by key; and what each of its programs did, in order."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from recursor import keys, prompts
from recursor.broker.protocol import Query
from recursor.errors import ConfigError, UsageError
from recursor.prompts import Pack
from recursor.records import EventRecord, FileRecord, NodeRecord, QueryRecord, Recording, RunRecord
from recursor.runs import record, sound, terms
from recursor.runs.node import Asker
from recursor.runs.terms import Terms
from recursor.tree import build
from recursor.types import PLACE, Capture, Denial, Harvest, LeftFile, NodeEnd, Outcome, Program

R = TypeVar("R", NodeRecord, QueryRecord)
Deed = QueryRecord | NodeRecord | EventRecord
"""Something that a program did: it asked, it executed (or a scope of it began), or else."""


class Past:
    """One recorded run."""

    def __init__(self, recording: Recording) -> None:
        """Raise UsageError for a run that cannot be executed again, StoreError if it is damaged."""
        self.run = recording.run
        if self.run.end_cause is None:
            raise UsageError(f"{self.run.id} still runs; `recursor stop` ends it")
        self.pack = pack(self.run)
        sound.check(recording)
        self.config = record.config(self.run, recording.fixtures)
        try:
            self.terms = terms.of(self.run, self.config, self.pack)
        except (ConfigError, ValueError, RecursionError) as error:
            raise sound.damaged(self.run, f"a former prompt pack is none ({error})") from error
        self.replaced = terms.replaced(self.run)
        """The programs that took the place of others, by the keys of those."""
        self.nodes = {node.id: node for node in recording.nodes}
        self.queries = {query.id: query for query in recording.queries}
        self._nodes = {node.key: node for node in recording.nodes}
        self._queries = {query.key: query for query in recording.queries}
        self._events: dict[str, EventRecord] = {}
        self._files: dict[str, list[FileRecord]] = defaultdict(list)
        self._deeds: dict[str | None, list[tuple[float, Deed]]] = defaultdict(list)
        jail: dict[str | None, str | None] = {None: None}
        jail.update({node: jail.id for node, jail in recording.jails().items()})
        began = self._beginnings()
        # Nodes come first: whoever did something at the very same time is there already.
        for node in map(self.nodes.__getitem__, filter(None, began)):
            owner = node.id if node.kind == "scope" else node.parent
            self._deeds[jail[owner]].append((began[node.id], node))
        for query in recording.queries:
            at = max(began[query.node], instant(query.started_at))
            self._deeds[jail[query.node]].append((at, query))
        for event in recording.events:
            if event.key is not None:
                self._events.setdefault(event.key, event)
            at = max(began[event.node], event.time_ns / 1e9)
            self._deeds[jail[event.node]].append((at, event))
        for file in recording.files:
            self._files[file.node].append(file)

    def _beginnings(self) -> dict[str | None, float]:
        """Return when each node began, parents first; none before them, whatever a clock said."""
        began: dict[str | None, float] = {None: -math.inf}
        for node in sorted(self.nodes.values(), key=lambda node: node.depth):
            began[node.id] = max(began[node.parent], instant(node.started_at))
        return began

    def terms_of(self, asker: Asker) -> Terms:
        """Return the terms that an asker has."""
        return next(terms for terms in self.terms if terms.hold_for(asker))

    def query(self, key: str) -> QueryRecord | None:
        return self._queries.get(key)

    def node(self, key: str) -> NodeRecord | None:
        return self._nodes.get(key)

    def event(self, key: str) -> EventRecord | None:
        return self._events.get(key)

    def refused(self, key: str) -> Denial | None:
        """Return why a program was not executed, if it was refused."""
        event = self._events.get(key)
        return Denial(**event.detail["denial"]) if event and event.kind == "refused" else None

    def deeds(self, node: str | None) -> Iterator[tuple[float, Deed]]:
        """Yield what happened in a node's jail, or what the operator did, with its instant."""
        yield from sorted(self._deeds[node], key=lambda deed: deed[0])

    def lineage(self, node: NodeRecord) -> Iterator[NodeRecord]:
        """Yield a node and those above it."""
        above: NodeRecord | None = node
        while above is not None:
            yield above
            above = self.nodes.get(above.parent or "")

    def key_of(self, node: NodeRecord, program: Program) -> str:
        """Return how another program in a node's place is named."""
        before = [
            other
            for other in self.nodes.values()
            if (other.parent, other.language, other.program)
            == (node.parent, program.language, program.text)
            and other.started_at < node.started_at
        ]
        parent = self.nodes[node.parent].key if node.parent else keys.operator_key(self.run.goal)
        return keys.node_key(parent, program.language, program.digest, len(before))

    def find(self, reference: str) -> NodeRecord:
        """Return a node by its id, a beginning or end of it, or its place. Raises UsageError."""
        if PLACE.fullmatch(reference):
            found = build(self.nodes.values()).at(reference)
            if found is None or found.node is None:
                raise UsageError(f"there is no node at {reference}")
            return found.node
        return _only(self.nodes.values(), reference, "node")

    def find_query(self, reference: str) -> QueryRecord:
        """Return the query that has an id, or a beginning or end of it. Raises UsageError."""
        return _only(self.queries.values(), reference, "query")

    @property
    def first(self) -> NodeRecord:
        """The run's first program. Raises UsageError if there is none."""
        for node in self.nodes.values():
            return node
        raise UsageError("no program was executed in that run")

    def asker(self, query: QueryRecord) -> NodeRecord:
        """Return the node that asked a query. Raises UsageError if it was the operator."""
        if query.node is None:
            raise UsageError("that query is the operator's; a fork flips one of a program")
        return self.nodes[query.node]

    def outcome(self, node: NodeRecord) -> Outcome:
        """Return how a node ended; what never did ends with the record."""
        if node.end_cause is None:
            return Outcome.unheard(NodeEnd.KILLED, "the record's end")
        left = tuple(LeftFile(file.path, _bytes(file)) for file in self._files[node.id])
        return Outcome(
            end_cause=NodeEnd(node.end_cause),
            exit_code=node.exit_code,
            signal=node.signal,
            killed_by=node.killed_by,
            stdout=Capture(node.stdout or b"", node.stdout_bytes or 0),
            stderr=Capture(node.stderr or b"", node.stderr_bytes or 0),
            left=Harvest(left, node.files_left_out or {}),
        )


def _only(rows: Iterable[R], reference: str, what: str) -> R:
    part = reference.upper()
    found = [row for row in rows if row.id.startswith(part) or row.id.endswith(part)]
    if len(found) != 1:
        many = f"{len(found)} fit" if found else "there is none"
        raise UsageError(f"{reference!r} names no single {what}: {many}")
    return found[0]


def pack(run: RunRecord) -> Pack:
    """Return the prompt pack as it was. Raises UsageError if none is recorded, or StoreError."""
    if run.pack_content is None:
        raise UsageError(
            f"{run.id} was recorded by an older Recursor, without what executing it again"
            " needs; `recursor replay --no-execute` walks it"
        )
    try:
        return prompts.recorded(run.pack, run.pack_content)
    except (ConfigError, ValueError, RecursionError) as error:
        raise sound.damaged(run, f"its prompt pack is none ({error})") from error


def holds_answer(query: QueryRecord) -> bool:
    """Return whether the record says what became of a query.

    It does not if its asker, or the run, was gone before.
    """
    if query.decision == "failed":
        return query.finish_reason not in (None, "gone")
    return query.decision == "denied" or query.answer is not None


def again(query: QueryRecord) -> Query:
    """Return what was asked."""
    return Query(
        query.prompt,
        key=query.label,
        max_tokens=query.parameters["max_tokens"],
        temperature=query.parameters["temperature"],
        model=query.model,
    )


def lasted_s(query: QueryRecord) -> float:
    """Return how long a query was under way; 0 if nobody saw its end."""
    return instant(query.ended_at) - instant(query.started_at) if query.ended_at else 0.0


def instant(text: str) -> float:
    """Return a recorded instant in seconds."""
    return datetime.fromisoformat(text).timestamp()


def _bytes(file: FileRecord) -> bytes:
    assert isinstance(file.content, bytes)
    return file.content
