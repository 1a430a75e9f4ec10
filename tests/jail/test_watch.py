"""What is counted of processes from outside, whatever these call themselves."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from recursor.broker import ancestry
from recursor.errors import SandboxError
from recursor.jail import guardian, line, watch
from recursor.jail.launcher import Jail, Jails
from recursor.types import Limits

HELD_BYTES = 10_000_000


@pytest.fixture
def nameless(tmp_path: Path) -> Iterator[int]:
    """A process whose name is no text, and which holds some memory."""
    program = tmp_path / os.fsdecode(b"\xff\xfe")
    shutil.copy("/bin/bash", program)
    command = [str(program), "-c", f'HELD="$(printf %{HELD_BYTES}s)"; echo; read']
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        assert b"\xff" in Path(f"/proc/{process.pid}/stat").read_bytes()
        yield process.pid
        process.kill()


def test_a_name_that_is_no_text_hides_no_memory(nameless: int) -> None:
    assert watch.resident_bytes(os.getpid()) >= HELD_BYTES


def test_a_name_that_is_no_text_hides_no_process(nameless: int) -> None:
    assert line._lives(nameless)


@pytest.mark.parametrize("children", [guardian.children, ancestry._children])
def test_a_thread_that_has_just_ended_hides_no_process(
    nameless: int, monkeypatch: pytest.MonkeyPatch, children: Callable[[int], Iterable[int]]
) -> None:
    threads = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda folder: [folder / "ended", *threads(folder)])
    assert nameless in children(os.getpid())


@pytest.mark.jail
def test_without_a_watchdog_no_jail_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bool:
        raise RuntimeError("no thread can be started")

    async def watched(jails: Jails) -> None:
        async with jails.watched():
            jail = jails._living["a jail"] = Jail(jails, "a jail")
            jail.pid = 2**30  # which no process has
            with pytest.raises(SandboxError, match=r"watchdog .*no thread"):
                await asyncio.wait_for(jail.ended, 60)
            with pytest.raises(SandboxError, match="watchdog"):
                jails.start(jail, ())

    monkeypatch.setattr(Jails, "overflowed", fail)
    with closing(Jails(Limits())) as jails:
        asyncio.run(watched(jails))
