"""Who asks: the operator, or a node while it grows."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

from recursor.programs import Delivered
from recursor.records import NodeRecord
from recursor.runs.pool import Cell
from recursor.runs.turn import Turn
from recursor.types import NodeEnd, Outcome


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

    @property
    def id(self) -> str | None:
        """The node's id; the operator has none."""
        return None

    def heard(self) -> Iterator[Delivered]:
        """Yield the answers that this asker and its ancestors received, the nearest first."""
        asker: Asker | None = self
        while asker is not None:
            yield from reversed(asker.answers)
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
    work: asyncio.Task[Outcome] | None = None
    cell: Cell | None = None
    is_stopped: bool = False
    """Whether the operator stopped it, or a node above it."""
    denials: int = 0
    """What it asked for in vain, by weight."""

    @property
    def id(self) -> str:
        return self.record.id

    def waiting(self) -> AbstractAsyncContextManager[None]:
        return self.turn.given_back()

    def is_below(self, node: Node) -> bool:
        """Return whether this is the node, or one that it executed, directly or not."""
        asker: Asker | None = self
        while asker is not None and asker is not node:
            asker = asker.parent
        return asker is node

    async def end(self, end_cause: NodeEnd, killed_by: str) -> None:
        """End its program, and whatever it asked for; return when their records are closed."""
        if self.cell is not None:
            self.cell.jail.kill(end_cause, killed_by)
        if self.work is not None and not self.work.done():
            self.work.cancel()
            await asyncio.gather(self.work, return_exceptions=True)
        if self.cell is not None:
            await self.cell.door.end()
