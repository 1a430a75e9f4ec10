"""What goes wrong on the host's side of a door is a fault of the instrument, and never silent."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from recursor.broker.door import Door
from recursor.errors import SandboxError


class Failing:
    """A host that fails in one way."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.faults: list[Exception] = []
        self.refusals: list[str] = []

    async def serve(self, *_: object) -> dict[str, Any]:
        raise self.error

    def trace(self, pid: int) -> Any:
        raise self.error

    async def refused(self, reason: str, pid: int) -> None:
        self.refusals.append(reason)

    def fault(self, error: Exception) -> None:
        self.faults.append(error)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (OSError(24, "Too many open files"), SandboxError),
        (TimeoutError(), SandboxError),
        (RuntimeError("a defect"), RuntimeError),
    ],
    ids=repr,
)
def test_an_error_of_the_host_is_a_fault(
    tmp_path: Path, error: Exception, fault: type[Exception]
) -> None:
    host = Failing(error)

    async def asked() -> bytes:
        door, path = Door(), str(tmp_path / "door")
        async with door.open(path, os.geteuid()):
            door.send(b"", host)
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(b'{"operation": "budget"}\n')
            answer = await reader.read()
            writer.close()
            await door.end()
        return answer

    assert asyncio.run(asked()) == b""
    assert [type(each) for each in host.faults] == [fault]
    assert host.refusals == []


def test_a_request_that_is_broken_off_before_its_first_step_hangs_up(tmp_path: Path) -> None:
    async def broken_off() -> bytes:
        door, path = Door(), str(tmp_path / "door")
        async with door.open(path, os.geteuid()):
            reader, writer = await asyncio.open_unix_connection(path)
            while not door.requests:  # noqa: ASYNC110 - nobody tells of an accepted connection
                await asyncio.sleep(0)
            await door.end()
        try:
            return await asyncio.wait_for(reader.read(), 60)
        finally:
            writer.close()

    assert asyncio.run(broken_off()) == b""
