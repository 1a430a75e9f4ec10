"""Runs of an experiment on this machine: a pool of processes that share one engine a model."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from contextlib import suppress

from recursor.errors import RecursorError
from recursor.experiments.trial import Died, Order, Result
from recursor.models import shared
from recursor.models.shared import Gone, Host

END_S = 30.0
"""How long a run may take to end when it is interrupted."""


class Local:
    """As many processes as runs at a time; each grows one run after the other."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._host = Host()
        self._idle: list[Child] = []
        self._children: set[Child] = set()

    async def execute(self, order: Order) -> Result:
        child = self._idle.pop() if self._idle else await self._start()
        try:
            result = await child.grow(order)
        except BaseException:
            # Whoever cancels may do so again; who is not ended then is when the pool is closed.
            await asyncio.shield(self._end(child))
            raise
        self._idle.append(child)
        return result

    async def __aenter__(self) -> Local:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(child.end() for child in self._children))
        self._host.close()

    async def _end(self, child: Child) -> None:
        await child.end()
        self._children.discard(child)

    async def _start(self) -> Child:
        child = await Child.start(self._host)
        self._children.add(child)
        return child


class Child:
    """One process, and the host's end of its wire."""

    def __init__(
        self,
        host: Host,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._host = host
        self._process = process
        self._reader = reader
        self._writer = writer
        self._guest = host.welcome(self._send)

    @classmethod
    async def start(cls, host: Host) -> Child:
        """Start a process. Raises RecursorError if this machine has no room for one."""
        here, there = socket.socketpair()
        with there:
            descriptor = there.fileno()
            try:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "recursor.experiments.child", str(descriptor)),
                    pass_fds=[descriptor],
                    stdin=subprocess.DEVNULL,
                    # Its programs' jails are ended by its own guardian, whatever ends this process.
                    start_new_session=True,
                )
            except OSError as error:
                here.close()
                raise RecursorError(f"cannot start a process: {error.strerror}") from error
        return cls(host, process, *await asyncio.open_connection(sock=here))

    async def grow(self, order: Order) -> Result:
        """Grow a run. Raises Died, or what no other run could do better about."""
        self._send("order", order)
        try:
            while True:
                message = await shared.read(self._reader)
                match message:
                    case ("result", RecursorError() as error):
                        raise error
                    case ("result", result):
                        return result  # type: ignore[no-any-return]
                await self._guest.hear(message)
        except Gone:
            raise Died from None
        finally:
            await self._guest.rest()

    async def end(self) -> None:
        """Close the wire, which interrupts a run, and wait for the process."""
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
        self._host.forget(self._guest)
        try:
            await asyncio.wait_for(self._process.wait(), END_S)
        except TimeoutError:
            with suppress(ProcessLookupError):  # it ended at this very moment
                self._process.kill()
            await self._process.wait()

    def _send(self, *message: object) -> None:
        if not self._writer.is_closing():
            shared.write(self._writer, *message)
