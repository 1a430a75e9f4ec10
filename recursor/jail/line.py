"""The supervisor's end of the guardian's line.

Messages to one guardian arrive in order, so whoever asks for a jail and then for its end need not
wait in between.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from recursor.errors import SandboxError
from recursor.jail import cgroup, guardian

READY_S = 20.0
DEAD = "the guardian of the jails has died"


class Line:
    """Starts a guardian and speaks to it."""

    _process: subprocess.Popen[bytes]

    def __init__(self, scratch: Path) -> None:
        """Raise SandboxError if it does not start, or cannot have mounts of its own."""
        self.delegated = os.geteuid() != 0 and cgroup.has_user_manager()
        if not (self.delegated and self._start(scratch, cgroup.SCOPE)):
            self.delegated = False
            if not self._start(scratch, ()):
                raise SandboxError(DEAD)
        self._socket.setblocking(False)

    @property
    def pid(self) -> int:
        """The guardian's process."""
        return self._process.pid

    def listen(self, heard: Callable[[dict[str, Any]], None], lost: Callable[[], None]) -> None:
        """Hand every reply to `heard`, from now on, on this loop; `lost` hears of its death."""

        def read() -> None:
            while True:
                try:
                    data = self._socket.recv(guardian.MESSAGE_BYTES)
                except BlockingIOError:
                    return
                except ConnectionError:
                    data = b""
                if not data:
                    self.ignore()
                    lost()
                    return
                heard(json.loads(data))

        asyncio.get_running_loop().add_reader(self._socket, read)

    def ignore(self) -> None:
        """Listen no longer."""
        asyncio.get_running_loop().remove_reader(self._socket)

    def say(self, request: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
        """Send a request; raise SandboxError if nobody is there to hear it."""
        data = json.dumps(request).encode()
        try:
            # Requests are few and small: the guardian empties its queue faster than we fill it.
            self._socket.setblocking(True)
            socket.send_fds(self._socket, [data], descriptors)
        except OSError as error:
            raise SandboxError(DEAD) from error
        finally:
            self._socket.setblocking(False)

    def close(self) -> None:
        """Hang up: the guardian ends what is left. Wait for that."""
        self._socket.close()
        self._process.wait()

    def descendants(self) -> int:
        """Count the living processes that the guardian is an ancestor of, itself not included."""
        return self.living(set(guardian.children(self.pid)))

    def living(self, pids: set[int]) -> int:
        """Count the living among these children of the guardian and everything below them."""
        waiting, found = [*pids.intersection(guardian.children(self.pid))], 0
        while waiting:
            pid = waiting.pop()
            waiting += guardian.children(pid)
            found += _lives(pid)
        return found

    def _start(self, scratch: Path, prefix: tuple[str, ...]) -> bool:
        self._socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._process = subprocess.Popen(
                [*prefix, sys.executable, "-IS", guardian.__file__, str(scratch)],
                stdin=other.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._socket.settimeout(READY_S)
        hello: dict[str, Any] = {"ready": False}
        with suppress(OSError, ValueError):
            hello = json.loads(self._socket.recv(guardian.MESSAGE_BYTES))
        if hello["ready"]:
            return True
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        self.close()
        if "why" in hello:
            raise SandboxError(f"the jails' guardian cannot work: {hello['why']}")
        return False


def _lives(pid: int) -> bool:
    try:
        # Not as text: a process names itself, in whatever bytes it likes.
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False
