"""One door = one jail: who asks is known by which socket was used, and by nothing else.

Theory of operation. The first connection belongs to the launcher, which the host itself put into
the jail: it brings the proof of isolation and waits for the program. Until the program is sent
nothing generated exists inside, so nobody else can take that place. Every later connection
carries one request of the program (or of anything it started), answered through `Host`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from recursor.broker import protocol
from recursor.broker.protocol import Budget, ProtocolError, Query, Report, Run

IDLE_S = 60.0
"""How long a connection may take to bring its request."""

CONNECTIONS = 128
"""How many connections of one jail may be open; more are closed at once, so that no jail can use up
the host's descriptors."""

_PEER = struct.Struct("3i")


class Host(Protocol):
    """The run's side of a door: what a node may ask for. Replies are JSON objects."""

    async def query(self, query: Query) -> dict[str, Any]: ...

    async def run(self, run: Run, reply: Reply) -> dict[str, Any]: ...

    def budget(self) -> dict[str, Any]: ...

    async def refused(self, reason: str) -> None:
        """A message was no request; the run keeps that as an event."""
        ...

    def fault(self, error: Exception) -> None:
        """The instrument itself failed while it served a request."""
        ...


class Reply(Protocol):
    """Sends one reply line before the last."""

    def __call__(self, reply: dict[str, Any]) -> None: ...


@dataclass(frozen=True)
class Proof:
    """A launcher's report and the pid that the kernel gives for it."""

    fields: dict[str, Any]
    pid: int


class Door:
    """The server behind one jail's socket."""

    def __init__(self, host: Host, tasks: set[asyncio.Task[None]]) -> None:
        """`tasks` receives a task for each open connection: the run ends them."""
        loop = asyncio.get_running_loop()
        self.proof: asyncio.Future[Proof] = loop.create_future()
        self._order: asyncio.Future[dict[str, Any]] = loop.create_future()
        self._host = host
        self._tasks = tasks
        self._open = 0

    def send(self, order: dict[str, Any]) -> None:
        """Send the launcher its program: the jail has proven itself."""
        self._order.set_result(order)

    @asynccontextmanager
    async def open(self, path: str, uid: int) -> AsyncIterator[None]:
        """Listen at `path`; `uid` owns the socket. Afterwards no connection can begin."""
        server = await asyncio.start_unix_server(self._accept, path, limit=protocol.LINE_BYTES)
        os.chown(path, uid, -1)
        os.chmod(path, 0o600)  # noqa: PTH101
        try:
            yield
        finally:
            server.close()
            self._order.cancel()
            self.proof.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open == CONNECTIONS:
            writer.close()
            return
        self._open += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            writer.write(protocol.encode(await self._handle(reader, writer)))
            await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass  # whoever asked is gone, or the run is; what was done is in the record
        except Exception as error:
            self._host.fault(error)
        finally:
            self._open -= 1
            writer.close()

    async def _handle(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> dict[str, Any]:
        try:
            line = await asyncio.wait_for(reader.readline(), IDLE_S)
            message = protocol.parse(line)
            match message:
                case Report(fields):
                    return await self._launch(fields, writer)
                case Query():
                    return await self._host.query(message)
                case Run():
                    return await self._host.run(
                        message, lambda reply: writer.write(protocol.encode(reply))
                    )
                case Budget():
                    return self._host.budget()
        except ProtocolError as error:
            reason = str(error)
        except ValueError:
            reason = f"the request is longer than {protocol.LINE_BYTES} bytes"
        except TimeoutError:
            reason = f"no request within {IDLE_S:g} s"
        await self._host.refused(reason)
        return {"error": reason}

    async def _launch(self, fields: dict[str, Any], writer: asyncio.StreamWriter) -> dict[str, Any]:
        if self.proof.done():
            raise ProtocolError("unknown operation")
        self.proof.set_result(Proof(fields, _peer_pid(writer)))
        return await self._order


def _peer_pid(writer: asyncio.StreamWriter) -> int:
    peer: socket.socket = writer.get_extra_info("socket")
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    return int(_PEER.unpack(credentials)[0])
