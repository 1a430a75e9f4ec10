"""One door = one jail: who asks is known by which socket was used, and by nothing else.

Theory of operation. The first connection belongs to the launcher, which the host itself put into
the jail: it brings the proof of isolation and waits for the program. Until the program is sent
nothing generated exists inside, so nobody else can take that place. Every later connection
carries one request of the program (or of anything it started), answered through `Host`.

A flood is held by not listening: a door has only so many connections open, and takes new ones only
so fast; whoever comes meanwhile waits in the kernel's queue, which costs the host nothing and the
other doors no time.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from recursor.broker import protocol
from recursor.broker.protocol import Asked, Enter, ProtocolError, Report, Trace
from recursor.errors import SandboxError

IDLE_S = 60.0
"""How long a connection may take to bring its request."""
CONNECTIONS = 128
"""How many connections of one jail may be open, and so how many requests under way."""
QUEUE = 128
"""How many more wait in the kernel; after that, whoever connects waits itself."""
RATE, BURST = 250.0, 250.0
"""Connections taken in a second, and at once after a pause."""
HANG_UP_S = 0.1
"""So often a door looks whether whoever waits for an answer still does."""
NO_ROOM_S = 0.05
"""How long a door waits when the supervisor has no descriptor left."""
UNSENT_BYTES = 4 * 2**20
"""What may wait for one asker to read it."""
OWN_CODE_SHARE = 0.75
"""How much of its place in the rate a request gives back that only told of own code."""
TRACE_LINE_BYTES = 512
"""What is kept of one traced command."""
HELD_BYTES = 16 * 2**20
"""What all unread requests of one jail may hold of the host's memory."""

Gone = Callable[[], Awaitable[None]]
"""Returns when whoever asked has hung up."""

_PEER = struct.Struct("3i")
_CHUNK = 64 * 1024


class Host(Protocol):
    """The run's side of a door: what a node may ask for. Replies are JSON objects."""

    async def serve(self, message: Asked, pid: int, reply: Reply, gone: Gone) -> dict[str, Any]:
        """Answer what the process `pid` asks; it waits, or is `gone`."""
        ...

    def trace(self, pid: int) -> Lines:
        """Take the commands that the process `pid` is about to execute."""
        ...

    async def refused(self, reason: str, pid: int) -> None:
        """A message was no request; the run keeps that as an event."""
        ...

    def fault(self, error: Exception) -> None:
        """The instrument itself failed while it served a request."""
        ...


class Lines(Protocol):
    """Takes lines, one after the other."""

    def add(self, line: bytes) -> None: ...

    def end(self) -> None: ...


class Reply(Protocol):
    """Sends one reply line before the last; returns whether it was, for nobody may read it."""

    def __call__(self, part: dict[str, Any]) -> bool: ...


@dataclass(frozen=True)
class Proof:
    """A launcher's report and the pid that the kernel gives for it."""

    fields: dict[str, Any]
    pid: int


class Door:
    """The server behind one jail's socket."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.proof: asyncio.Future[Proof] = loop.create_future()
        self._order: asyncio.Future[bytes] = loop.create_future()
        self._host: Host | None = None
        self._requests: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(CONNECTIONS)
        self._tokens, self._counted_at = BURST, time.monotonic()
        self._held = 0

    def send(self, order: bytes, host: Host | None) -> None:
        """Send the launcher its program: the jail has proven itself. `host` serves it from now."""
        self._host = host
        self._order.set_result(order)

    @asynccontextmanager
    async def open(self, path: str, uid: int) -> AsyncIterator[None]:
        """Listen at `path`; `uid` owns the socket. Afterwards no connection can begin."""
        with socket.socket(socket.AF_UNIX) as listener:
            listener.setblocking(False)
            listener.bind(path)
            os.chown(path, uid, -1)
            os.chmod(path, 0o600)  # noqa: PTH101
            listener.listen(QUEUE)
            accepting = asyncio.create_task(self._accept(listener))
            try:
                yield
            finally:
                accepting.cancel()
                with suppress(asyncio.CancelledError):
                    await accepting
                self._order.cancel()
                self.proof.cancel()

    @property
    def requests(self) -> frozenset[asyncio.Task[None]]:
        """The requests under way."""
        return frozenset(self._requests)

    async def end(self) -> None:
        """Break off every request under way; return when their records are closed."""
        while self._requests:
            for task in self._requests:
                task.cancel()
            await asyncio.gather(*self._requests, return_exceptions=True)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._room.acquire()
            await self._pace()
            await readable(listener.fileno())
            try:
                connection, _ = listener.accept()
            except OSError as error:  # nobody there after all, or no descriptor left
                self._room.release()
                await asyncio.sleep(0 if isinstance(error, BlockingIOError) else NO_ROOM_S)
                continue
            connection.setblocking(False)
            task = loop.create_task(self._serve(connection))
            self._requests.add(task)
            task.add_done_callback(partial(self._served, connection))

    def _served(self, connection: socket.socket, task: asyncio.Task[None]) -> None:
        if task.cancelled():  # before its first step, so nobody has hung up
            connection.close()
        self._requests.discard(task)
        self._room.release()

    async def _pace(self) -> None:
        """Wait until another connection may be taken (a token bucket)."""
        now = time.monotonic()
        self._tokens = min(BURST, self._tokens + (now - self._counted_at) * RATE)
        self._counted_at = now
        self._tokens -= 1
        if self._tokens < 0:
            await asyncio.sleep(-self._tokens / RATE)

    async def _serve(self, connection: socket.socket) -> None:
        pid = _peer_pid(connection)
        try:
            reader, writer = await asyncio.open_unix_connection(sock=connection, limit=_CHUNK)
        except OSError:
            connection.close()
            return
        except BaseException:
            connection.close()
            raise
        try:
            writer.write(await self._handle(reader, writer, pid))
            await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass  # whoever asked is gone, or the run is; what was done is in the record
        except Exception as error:
            if self._host is None:
                raise
            failed = SandboxError(f"the door of a jail failed: {error!r}")
            self._host.fault(failed if isinstance(error, OSError) else error)
        finally:
            writer.close()

    async def _handle(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int
    ) -> bytes:
        try:
            message = protocol.parse(await self._request(reader))
            if isinstance(message, Report):
                return await self._launch(message.fields, pid)
            if isinstance(message, Trace):
                return await self._follow(reader, writer, pid)
            return protocol.encode(await self._answer(message, pid, writer))
        except ProtocolError as error:
            reason = str(error)
        if self._host is not None:
            await self._host.refused(reason, pid)
        return protocol.encode({"error": reason})

    async def _answer(
        self, message: Asked, pid: int, writer: asyncio.StreamWriter
    ) -> dict[str, Any]:
        if self._host is None:
            if isinstance(message, Enter):
                return {"own": True}  # no run is behind this jail: all is the program's own
            raise ProtocolError("unknown operation")

        def reply(part: dict[str, Any]) -> bool:
            if writer.transport.get_write_buffer_size() > UNSENT_BYTES:
                return False
            writer.write(protocol.encode(part))
            return True

        async def gone() -> None:
            poll = select.poll()  # a hang-up is told unasked; a closed half is none
            poll.register(writer.get_extra_info("socket"), 0)
            while not poll.poll(0):  # noqa: ASYNC110 - the kernel tells no event loop
                await asyncio.sleep(HANG_UP_S)

        answer = await self._host.serve(message, pid, reply, gone)
        if "own" in answer:
            self._tokens = min(BURST, self._tokens + OWN_CODE_SHARE)
        return answer

    async def _follow(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int
    ) -> bytes:
        """Say that a trace may come, and hand it over line by line, cutting long lines."""
        if self._host is None:
            raise ProtocolError("unknown operation")
        trace, rest = self._host.trace(pid), b""
        writer.write(protocol.encode({"traced": True}))
        try:
            while data := await reader.read(_CHUNK):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    trace.add(line[:TRACE_LINE_BYTES])
                rest = rest[:TRACE_LINE_BYTES]
        finally:
            trace.end()
        return b""

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        try:
            async with asyncio.timeout(IDLE_S):
                return await self._line(reader)
        except TimeoutError:
            raise ProtocolError(f"no request within {IDLE_S:g} s") from None

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        """Read one line, within what one request and all of them may hold."""
        line = bytearray()
        try:
            while not line.endswith(b"\n"):
                data = await reader.read(_CHUNK)
                if not data:
                    raise ConnectionResetError  # whoever asked is gone, in the middle of a word
                line += data
                self._held += len(data)
                if len(line) > protocol.LINE_BYTES:
                    raise ProtocolError(f"the request is longer than {protocol.LINE_BYTES} bytes")
                if self._held > HELD_BYTES:
                    raise ProtocolError("too many long requests at once")
            return bytes(line)
        finally:
            self._held -= len(line)

    async def _launch(self, fields: dict[str, Any], pid: int) -> bytes:
        if self.proof.done():
            raise ProtocolError("unknown operation")
        self.proof.set_result(Proof(fields, pid))
        return await self._order


async def readable(descriptor: int) -> None:
    """Wait until there is something to read, or somebody to accept.

    (`sock_accept` loses a connection when it is cancelled.) Raises PermissionError for a file,
    which can always be read.
    """
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


def _peer_pid(connection: socket.socket) -> int:
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    return int(_PEER.unpack(credentials)[0])
