"""The life of a run: it begins when a jail is proven, and ends with its record closed.

Whatever ends it (its programs, the wall clock, the operator, a fault), every coroutine of the tree
is cancelled and completes its own records, every jail is gone, and only then the run's own row is
completed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, Self

from recursor import keys
from recursor.broker.door import Door
from recursor.budget import Ledger
from recursor.errors import ModelError, RecursorError, SandboxError, StoreError, UsageError
from recursor.jail.launcher import Jails
from recursor.models.base import Models
from recursor.prompts import Pack
from recursor.records import EventRecord, RunRecord
from recursor.runs import record
from recursor.runs.control import Control
from recursor.runs.node import Asker, Node
from recursor.runs.pool import Pool
from recursor.runs.record import Origin
from recursor.store import Store
from recursor.types import Language, NodeEnd, RunConfig, RunEnd


class Life:
    """A run from its beginning to its end."""

    def __init__(
        self, config: RunConfig, models: Models, pack: Pack, store: Store, jails: Jails
    ) -> None:
        self.config = config
        self.ledger = Ledger(config.limits, config.allocation)
        self.nodes: list[Node] = []
        self.run: RunRecord | None = None
        self.origin = Origin()
        self.models = models
        self._pack = pack
        self._store = store
        self._jails = jails
        self._pool = Pool(jails, config.warm)
        self._defect: BaseException | None = None
        self._stopped: asyncio.Future[tuple[RunEnd, str | None]] = asyncio.Future()
        self._events = 0
        self._started = time.monotonic()
        self._wall_s = config.limits.seconds

    async def grow(
        self,
        course: Callable[[Self], Awaitable[RunEnd]],
        started: Callable[[Self], None] = lambda _: None,
    ) -> RunRecord:
        """Grow the tree until it ends or is stopped; return the run's completed record.

        `course` is what the operator does; `started` hears of the run once it is recorded.
        Raises SandboxError before anything is recorded if no jail can prove its isolation, and
        StoreError if the record cannot be written.
        """
        async with AsyncExitStack() as until_proven, self._pool.open():
            isolation = await self._pool.prove_fully()
            root, sampling = self._pack.root(
                self.config.goal, self.config.language or Language.BASH
            )
            self.models.default.render(root)
            self._started = time.monotonic()
            self.run = record.begin(
                self.config, self.models.default.info, self.models.infos, self._pack, sampling,
                isolation, self._jails.profile_text, self.origin, hooks=self._jails.has_hooks,
            )  # fmt: skip
            lock = self._store.hold(self.run.id)
            until_proven.callback(lock.release)
            # Whoever stopped the run hears of its end when no jail and no unwritten row is left.
            control = Control(self, self._store.control(self.run.id), self._jails)
            await until_proven.enter_async_context(control.open())
            self._pool.fill(self._nodes_left)
            written = self._store.add(self.run)
            for file in record.fixtures(self.run.id, self.config):
                written = self._store.add(file)
            await self._durable(written)
            started(self)
            end, detail = await self._until_end(course)
            ended = replace(self.run, ended_at=record.now(), end_cause=str(end), end_detail=detail)
            await self._durable(self._store.complete(self.run, ended))
            self.run = ended
        if self._defect is not None:
            raise self._defect
        return ended

    def stop(self, end: RunEnd, detail: str | None = None) -> None:
        """End the run from outside its tree; the first reason given is the one recorded."""
        if not self._stopped.done():
            self._stopped.set_result((end, detail))

    async def stop_node(self, reference: str) -> list[Node]:
        """End a node and everything below it; return the nodes that still lived.

        `reference` is the node's id or an end of it. Raises UsageError if no single node has it.
        Nothing of the subtree is written any more afterwards.
        """
        part = reference.upper()
        found = [node for node in self.nodes if node.id.endswith(part) or node.id.startswith(part)]
        if len(found) != 1:
            raise UsageError(f"{len(found) or 'no'} nodes match {reference!r}")
        return await self.stop_below(found[0], "operator")

    async def stop_below(self, node: Node, stopped_by: str) -> list[Node]:
        """End a node and everything below it; a scope ends with its whole jail."""
        stopped: list[Node] = []
        while True:
            # Again and again: what was asked for before may have begun meanwhile.
            subtree = [other for other in self.nodes if other.is_below(node.jail)]
            living = [other for other in subtree if other.is_living]
            stopped += [other for other in living if other not in stopped]
            for other in subtree:
                other.is_stopped, other.stopped_by = True, stopped_by
            if not living and not any(other.is_asking for other in subtree):
                return stopped
            await asyncio.gather(*(other.end(*self._stop_cause(other)) for other in subtree))

    @property
    def doors_open(self) -> int:
        """How many doors serve a living jail or a request."""
        living = [node for node in self.nodes if node.is_living]
        return sum(1 for node in living if node.cell) + sum(bool(d.requests) for d in self._doors)

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._started

    async def _until_end(
        self, course: Callable[[Self], Awaitable[RunEnd]]
    ) -> tuple[RunEnd, str | None]:
        loop = asyncio.get_running_loop()
        over = f"{self._wall_s:g} s are over"
        alarm = loop.call_later(self._wall_s, self.stop, RunEnd.BUDGET, over)
        tree = asyncio.create_task(self._grow_tree(course))
        try:
            await asyncio.wait((tree, self._stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()
            # Every coroutine of the tree completes its own records when it is cancelled.
            self.stop(RunEnd.COMPLETED)
            tree.cancel()
            await asyncio.gather(tree, return_exceptions=True)
            while work := self._under_way:
                for task in work:
                    task.cancel()
                await asyncio.gather(*work, return_exceptions=True)
        stopped = self._stopped.result()
        if stopped[0] is not RunEnd.COMPLETED or tree.cancelled():
            return stopped
        if error := tree.exception():
            self._notice(error)
            return _end_of(error), str(error)
        return tree.result(), None

    async def _grow_tree(self, course: Callable[[Self], Awaitable[RunEnd]]) -> RunEnd:
        end = await course(self)
        while work := self._under_way:
            await asyncio.wait(work)
        return end

    async def event(
        self,
        asker: Asker,
        kind: str,
        detail: Mapping[str, Any],
        content: str | None = None,
        observer: str = "broker",
    ) -> None:
        """Record a fact about a node; return when it is durable."""
        await self._durable(self.note(asker, kind, detail, content, observer))

    def note(
        self,
        asker: Asker,
        kind: str,
        detail: Mapping[str, Any],
        content: str | None = None,
        observer: str = "broker",
        key: str | None = None,
    ) -> Future[None]:
        """Record a fact about a node that nothing has to wait for.

        Its key counts what else of this kind was recorded about the same, unless it has another
        one.
        """
        sequence, self._events = self._events, self._events + 1
        subject = event_subject(kind, detail, content)
        row = EventRecord(
            run=self._run_id,
            node=asker.id,
            sequence=sequence,
            time_ns=time.time_ns(),
            key=key or keys.event_key(asker.key, subject, asker.count(subject)),
            kind=kind,
            observer=observer,
            detail=detail,
            content=content,
        )
        return self._store.add(row)

    def fault(self, error: Exception) -> None:
        """End the run because the instrument itself failed."""
        self._notice(error)
        self.stop(_end_of(error), str(error))

    def _notice(self, error: BaseException) -> None:
        """Keep what is no foreseen fault but a defect, to be raised once the record is closed."""
        if not isinstance(error, RecursorError):
            self._defect = error

    def _stop_cause(self, node: Node) -> tuple[NodeEnd, str]:
        if node.is_stopped:
            return NodeEnd.STOPPED, node.stopped_by
        match self._stopped.result()[0]:
            case RunEnd.STOPPED:
                return NodeEnd.STOPPED, "operator"
            case RunEnd.BUDGET:
                return NodeEnd.BUDGET, "seconds"
            case RunEnd.INTERRUPTED:
                return NodeEnd.KILLED, "operator"
        return NodeEnd.KILLED, "recursor"

    @property
    def _under_way(self) -> list[asyncio.Task[Any]]:
        """What is not done yet: requests at the doors, and programs that nobody waits for."""
        requests = [task for door in self._doors for task in door.requests]
        return [*requests, *(n.work for n in self.nodes if n.work and not n.work.done())]

    @property
    def _doors(self) -> list[Door]:
        return [node.cell.door for node in self.nodes if node.cell is not None]

    @property
    def _nodes_left(self) -> int:
        return self.config.limits.nodes - self.ledger.nodes

    @property
    def _run_id(self) -> str:
        assert self.run is not None
        return self.run.id

    async def _durable(self, written: Future[None]) -> None:
        await asyncio.wrap_future(written)


def event_subject(kind: str, detail: Mapping[str, Any], content: str | None = None) -> str:
    """Return what events with the same key of one node are about."""
    return f"event:{keys.digest([kind, detail.get('key'), content])}"


def _end_of(error: BaseException) -> RunEnd:
    match error:
        case SandboxError():
            return RunEnd.SANDBOX
        case StoreError():
            return RunEnd.STORE
        case ModelError():
            return RunEnd.MODEL
    return RunEnd.FAULT
