"""Cells: a jail with its door, proven, and waiting for one program. Some are made ahead.

Theory of operation. Starting a jail and proving it takes far longer than starting a program, so
the pool keeps a few cells whose launcher already waits at the door. A cell is used once. A pool
that is empty costs a program what it would have cost anyway; a warm cell saves waiting, not work.
Cells that never got a program are no nodes and leave no record.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count
from typing import Any

from recursor.broker.door import Door, Host
from recursor.errors import SandboxError
from recursor.jail import probe
from recursor.jail.launcher import Jail, Jails, Sink
from recursor.jail.probe import Isolation
from recursor.resources import shipped
from recursor.types import Language, LeftFile, Program

PROOF_S = 30.0
"""How long a jail may take to start and prove itself; only a broken or drowned host needs more."""


class Cell:
    """A proven jail and its door."""

    def __init__(self, jail: Jail, door: Door, isolation: Isolation, stack: AsyncExitStack) -> None:
        self.jail = jail
        self.door = door
        self.isolation = isolation
        self._stack = stack

    def send(
        self,
        program: Program,
        host: Host | None = None,
        sink: Sink | None = None,
        files: Iterable[LeftFile] = (),
        seed: int = 0,
    ) -> None:
        """Send the program in; `host` serves its requests, `sink` gets its output.

        `files` lie beside it; `seed` is where its random numbers begin, as far as they can be told.
        """
        self.jail.sink = sink
        self.door.send(self.jail.order(program, files, seed), host)

    @property
    def pid(self) -> int:
        """The first process inside, as the host knows it: the launcher, then the program."""
        return self.door.proof.result().pid

    async def close(self) -> None:
        """End everything inside, read what was left there, and remove it."""
        await self._stack.aclose()


class Pool:
    """Makes a run's cells, `size` of them ahead."""

    def __init__(self, jails: Jails, size: int) -> None:
        self._jails = jails
        self._size = size
        self._ahead: deque[asyncio.Task[Cell]] = deque()
        self._numbers = count()
        self._closed = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Hear of the jails while the pool is used; afterwards no cell is left."""
        async with self._jails.watched():
            try:
                yield
            finally:
                self._closed = True
                await self._drain()

    def fill(self, wanted: int) -> None:
        """Start cells ahead, as many as the pool holds and not more than are wanted."""
        while not self._closed and len(self._ahead) < min(self._size, wanted):
            self._ahead.append(asyncio.create_task(self._make()))

    @asynccontextmanager
    async def cell(self, wanted: int = 0) -> AsyncIterator[Cell]:
        """Take a cell and use it up; `wanted` says how many more may follow it."""
        cell = await self._take()
        self.fill(wanted)
        try:
            yield cell
        finally:
            await _to_its_end(cell.close())

    async def _take(self) -> Cell:
        while self._ahead:
            ready = next((made for made in self._ahead if made.done()), self._ahead[0])
            self._ahead.remove(ready)
            try:
                cell = await asyncio.shield(ready)
            except asyncio.CancelledError:
                self._ahead.append(ready)  # not lost: whoever drains the pool ends it
                raise
            if not cell.jail.ended.done():
                return cell
            await cell.close()  # somebody killed it while it waited
        return await self._make()

    async def _make(self) -> Cell:
        async with AsyncExitStack() as stack:
            jail = await stack.enter_async_context(self._jails.jail(str(next(self._numbers))))
            door = Door()
            await stack.enter_async_context(door.open(str(jail.door), jail.account.uid))
            jail.start()
            isolation = await _prove(jail, door)
            return Cell(jail, door, isolation, stack.pop_all())
        raise AssertionError

    async def prove_fully(self) -> dict[str, Any]:
        """Try once, from inside a jail, what the wall must refuse; return what is proven.

        Raises SandboxError for the first gap.
        """
        text = (shipped("sandbox") / "probe.py").read_text(encoding="utf-8")
        async with self.cell() as cell:
            cell.send(Program(Language.PYTHON, text))
            await asyncio.wait([cell.jail.ended], timeout=PROOF_S)
        outcome = cell.jail.outcome()
        if outcome.exit_code != 0:
            raise SandboxError(f"the probe jail failed: {cell.jail.complaint()}")
        found = probe.prove_fully(outcome.stdout.data.decode(errors="replace"))
        return {**cell.isolation.as_dict(), **found}

    async def _drain(self) -> None:
        for made in self._ahead:
            made.cancel()
        await asyncio.gather(*map(_discard, self._ahead), return_exceptions=True)
        self._ahead.clear()


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Wait for work that must not be broken off; whoever cancels it meanwhile waits too."""
    task, cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError


async def _discard(made: asyncio.Task[Cell]) -> None:
    with suppress(asyncio.CancelledError, SandboxError):
        await (await made).close()


async def _prove(jail: Jail, door: Door) -> Isolation:
    await asyncio.wait(
        (door.proof, jail.ended), timeout=PROOF_S, return_when=asyncio.FIRST_COMPLETED
    )
    if not door.proof.done():
        if jail.ended.done():
            await jail.wait()
        complaint = jail.complaint() or f"no report within {PROOF_S:g} s"
        raise SandboxError(f"a jail did not start: {complaint}")
    proof = door.proof.result()
    return jail.prove(proof.fields, proof.pid)
