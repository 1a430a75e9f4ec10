"""Who asks: the operator, or a node while it grows."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recursor.programs import Delivered
from recursor.records import NodeRecord
from recursor.runs.pool import Cell
from recursor.runs.turn import Turn
from recursor.types import NodeEnd, Outcome

if TYPE_CHECKING:
    from recursor.runs.guest import Guest

READ_CHARACTERS = 64 * 1024
"""In what is longer no quotations are looked for."""
GUEST_ID = 12
"""Characters of a node's key by which programs know each other: the same in every replay."""


@dataclass(eq=False)
class Pending:
    """A query under way."""

    exchangeable: bool = False
    """Whether the same unlabelled request of the same asker was under way at the same time."""


@dataclass(eq=False)
class Asker:
    """Whoever may ask and execute; as such, the operator above the first program."""

    key: str
    depth: int = 0
    parent: Asker | None = None
    children: int = 0
    answers: list[Delivered] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    pending: dict[str, list[Pending]] = field(default_factory=lambda: defaultdict(list))
    readings: dict[str, str] = field(default_factory=dict)
    """What it read last from the run's memory, by key."""

    @property
    def id(self) -> str | None:
        """The node's id; the operator has none."""
        return None

    def hear(self, answer: Delivered) -> None:
        """Receive an answer."""
        self.answers.append(answer)

    def read(self, name: str, value: str | None, quotes: Iterable[Delivered]) -> None:
        """Read something from the run's memory, and with it the answers that it holds."""
        if value is not None and len(value) <= READ_CHARACTERS:
            self.readings[name] = value
        known = {answer.query for answer in self.heard()}
        for quote in quotes:
            if quote.query not in known:
                known.add(quote.query)
                self.hear(quote)

    def near(self) -> Iterator[Delivered]:
        """Yield the answers that this asker's jail received, its own first, from the latest."""
        yield from reversed(self.answers)

    def far(self) -> Iterator[Delivered]:
        """Yield the answers that the programs above its jail received, the nearest first."""
        yield from ()

    def heard(self) -> Iterator[Delivered]:
        """Yield every answer that this asker may have words of, the nearest first."""
        yield from self.near()
        yield from self.far()

    def own_programs(self) -> Iterator[str]:
        """Yield the programs that its jail executes around it, itself included."""
        yield from ()

    def lineage(self) -> Iterator[Asker]:
        """Yield this asker and those above it."""
        asker: Asker | None = self
        while asker is not None:
            yield asker
            asker = asker.parent

    def count(self, what: str) -> int:
        """Return how often `what` was counted before, and count it."""
        self.counts[what] += 1
        return self.counts[what] - 1

    def waiting(self) -> AbstractAsyncContextManager[None]:
        """Be without a place while a request is under way."""
        return nullcontext()

    @contextmanager
    def asking(self, rank: str) -> Iterator[Pending]:
        """Notice equal unlabelled requests that are under way at once: they are exchangeable."""
        pending, others = Pending(), self.pending[rank]
        others.append(pending)
        if rank.startswith("digest:") and len(others) > 1:
            for other in others:
                other.exchangeable = True
        try:
            yield pending
        finally:
            others.remove(pending)


@dataclass(eq=False, kw_only=True)
class Node(Asker):
    """A node while it grows: its record so far, and its place among the running programs."""

    record: NodeRecord
    turn: Turn
    within: Node | None = None
    """A scope's jail: the node that it shares it with."""
    work: asyncio.Task[Outcome] | None = None
    cell: Cell | None = None
    guest: Guest | None = None
    received: list[Delivered] = field(default_factory=list)
    """The answers of all scopes of its jail."""
    is_stopped: bool = False
    """Whether somebody stopped it, or a node above it."""
    stopped_by: str = "operator"
    denials: int = 0
    """What its jail asked for in vain, by weight."""
    awaited: list[Node] = field(default_factory=list)
    """The programs that its jail waits for."""

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def name(self) -> str:
        """What programs call it."""
        return self.key[:GUEST_ID]

    @property
    def jail(self) -> Node:
        """The node whose jail this one is executed in."""
        return self.within or self

    @property
    def is_living(self) -> bool:
        return self.record.end_cause is None

    @property
    def is_asking(self) -> bool:
        """Whether a request of its jail is under way."""
        return self.cell is not None and bool(self.cell.door.requests)

    def hear(self, answer: Delivered) -> None:
        super().hear(answer)
        self.jail.received.append(answer)

    def near(self) -> Iterator[Delivered]:
        yield from super().near()
        mine = set(map(id, self.answers))
        yield from (a for a in reversed(self.jail.received) if id(a) not in mine)

    def far(self) -> Iterator[Delivered]:
        assert self.jail.parent is not None
        for asker in self.jail.parent.lineage():
            yield from reversed(asker.answers)

    def own_programs(self) -> Iterator[str]:
        for asker in self.lineage():
            if isinstance(asker, Node) and asker.jail is self.jail:
                yield asker.record.program

    def waiting(self) -> AbstractAsyncContextManager[None]:
        return self.turn.given_back()

    def awaits(self, node: Node) -> bool:
        """Return whether this program waits for another one, directly or not."""
        seen: list[Node] = []
        waiting = [self]
        while waiting:
            seen.append(waiting.pop())
            waiting += [other for other in seen[-1].awaited if other not in seen]
        return node in seen

    def is_below(self, node: Asker) -> bool:
        """Return whether this is the node, or one that it executed, directly or not."""
        return any(asker is node for asker in self.lineage())

    async def end(self, end_cause: NodeEnd, killed_by: str) -> None:
        """End its jail, and whatever was asked in it; return when their records are closed."""
        jail = self.jail
        if jail.cell is not None:
            jail.cell.jail.kill(end_cause, killed_by)
        if jail.work is not None and not jail.work.done():
            jail.work.cancel()
            await asyncio.gather(jail.work, return_exceptions=True)
        if jail.cell is not None:
            await jail.cell.door.end()
