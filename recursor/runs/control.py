"""The control socket of a living run: how another terminal stops it, or a part of it.

One JSON line in, one out. It lies where the store says (beside a SQLite file), and only the run's
own user can connect:

    {"node": null | REFERENCE}
    -> {"stopped": ..., "living_processes": 0, "doors_open": 0} or {"error": ...}

The numbers are counted when everything has ended: processes by the kernel's own tree below the
guardian, which every process of a run is in. For a whole run the answer comes when its last row is
written.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recursor.errors import RecursorError, StoreError, UsageError
from recursor.jail.launcher import Jails
from recursor.types import RunEnd

if TYPE_CHECKING:
    from recursor.runs.life import Life

LINE_BYTES = 4096
REQUEST_S, ANSWER_S = 5.0, 60.0
SETTLING = 1000
"""How often what lives is counted, 10 ms apart, before it is told of: a busy kernel takes long."""


class Control:
    """The server side."""

    def __init__(self, life: Life, path: Path, jails: Jails) -> None:
        self._life = life
        self._path = path
        self._jails = jails
        self._over = asyncio.Event()
        self._answers: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen; afterwards answer whoever stopped the run."""
        with socket.socket(socket.AF_UNIX) as listener:
            try:
                with _short(self._path) as short:
                    short.unlink(missing_ok=True)
                    listener.bind(str(short))
                    short.chmod(0o600)
            except OSError as error:
                raise StoreError(f"cannot listen at {self._path}: {error}") from error
            server = await asyncio.start_unix_server(self._accept, sock=listener, limit=LINE_BYTES)
            try:
                yield
            finally:
                self._over.set()
                server.close()
                self._path.unlink(missing_ok=True)
                if self._answers:
                    await asyncio.wait(self._answers)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)
        with suppress(OSError):
            try:
                line = await asyncio.wait_for(reader.readline(), REQUEST_S)
                node = json.loads(line)["node"]
                answer = await self._stop(node)
            except RecursorError as error:
                answer = {"error": str(error)}
            except (ValueError, TypeError, KeyError, AttributeError):
                answer = {"error": "the request makes no sense"}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async def _stop(self, node: str | None) -> dict[str, Any]:
        life = self._life
        if node is not None:
            stopped = await life.stop_node(node)
            pids = {n.cell.jail.pid for n in stopped if n.cell is not None and n.cell.jail.pid}
            living = await _settled(lambda: self._jails.line.living(pids))
            doors = sum(bool(n.cell.door.requests) for n in stopped if n.cell is not None)
        else:
            stopped = [n for n in life.nodes if n.record.end_cause is None]
            life.stop(RunEnd.STOPPED)
            await self._over.wait()
            living = await _settled(self._jails.line.descendants)
            doors = life.doors_open
        return {"stopped": len(stopped), "living_processes": living, "doors_open": doors}


async def _settled(count: Callable[[], int]) -> int:
    """Count what lives, once the guardian has removed what the programs left."""
    for _ in range(SETTLING):
        if count() == 0:
            break
        await asyncio.sleep(0.01)
    return count()


def stop(path: Path, node: str | None) -> dict[str, Any]:
    """Ask the run that listens at `path` to stop; return its answer.

    Raises UsageError if it does not listen any more, or knows no such node.
    """
    try:
        with socket.socket(socket.AF_UNIX) as connection, _short(path) as short:
            connection.settimeout(ANSWER_S)
            connection.connect(str(short))
            connection.sendall(json.dumps({"node": node}).encode() + b"\n")
            with connection.makefile("rb") as answers:
                answer = json.loads(answers.readline())
    except FileNotFoundError:
        raise UsageError(
            "the run cannot be reached from here: stop it on the machine where it lives,"
            " as the user who started it"
        ) from None
    except PermissionError:
        raise UsageError("only the user who started a run can stop it") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"the run does not answer, so it cannot be stopped: {error}") from error
    if "error" in answer:
        raise UsageError(answer["error"])
    return dict(answer)


@contextmanager
def _short(path: Path) -> Iterator[Path]:
    """Name a socket's path in the 108 bytes that the kernel takes, however long it is."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield Path(f"/proc/self/fd/{folder}", path.name)
    finally:
        os.close(folder)
