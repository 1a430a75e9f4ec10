"""Jails as processes: start, watch, kill, clean up.

Theory of operation. A jail is one firejail process; its program lives below it in a pid namespace
of its own. Killing the namespace's init ends everything inside at once, whatever the program did to
stay alive (it traps signals, starts daemons, forks faster than one can count), and firejail itself
then ends too. Output is read as it comes, for as long as the jail lives: a program that floods is
killed, and one that nobody listens to never blocks. Everything of a run lies in one scratch folder,
whose contents only the jail user can read, and which goes when the run ends. It lies under /tmp:
firejail brings no folder of /var or /home into a jail whose /var and /home it empties.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from recursor.errors import SandboxError
from recursor.jail import guardian, profile
from recursor.jail.account import Account
from recursor.jail.capture import Tape
from recursor.resources import shipped
from recursor.types import Language, Limits, NodeEnd, Outcome, Program

Sink = Callable[[str, bytes], None]
"""Receives output as it comes: the stream's name and the data."""

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "RUN_AI": "query-model",
}
"""What a program finds, besides HOME, TMPDIR and PYTHONPATH, which the launcher adds."""

_PROGRAMS = {
    Language.BASH: ("program.sh", "/bin/bash"),
    Language.PYTHON: ("program.py", "/usr/bin/python3"),
}
COMMANDS = ("query-model", "run-program", "budget")
_HIDDEN = ("/var/lib", "/sys/kernel", "/etc/firejail", "/etc/shadow")
_CHUNK = 64 * 1024
_DRAIN_S = 1.0


class Jail:
    """One jail: a folder that becomes its home, and the firejail process."""

    def __init__(self, jails: Jails, name: str) -> None:
        self.name = name
        self.home = jails.scratch / name
        self.door = self.home / ".guest" / "door"
        self._jails = jails
        self._starting: asyncio.Future[asyncio.subprocess.Process] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._killed: tuple[NodeEnd, str] | None = None
        self._tapes = {"stdout": Tape(), "stderr": Tape()}

    async def start(self) -> None:
        """Start the jail; its launcher will report at the door."""
        account = self._jails.account
        launcher = ["/usr/bin/python3", "-IS", ".guest/launcher.py", *self._jails.hidden]
        # Core dumps are off for every child: the limit is inherited, and cannot be raised again.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        starting = asyncio.create_subprocess_exec(
            *profile.command(self._jails.firejail, self._jails.profile, self.home, launcher),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "HOME": str(account.home)},
            start_new_session=True,
            limit=_CHUNK,
            **account.process(),
        )
        # Whoever stops waiting must not leave a process that nobody knows: `close` waits for it.
        self._starting = asyncio.ensure_future(starting)
        self._process = await asyncio.shield(self._starting)
        self._jails.tell(f"+{self._process.pid}")

    def kill(self, end_cause: NodeEnd, killed_by: str) -> None:
        """End every process in the jail, now; the first reason given is the one recorded.

        A jail that is still being made has no init yet: `close` waits for it. Killing firejail
        itself could leave a namespace behind that nobody knows.
        """
        process = self._process
        if process is None or process.returncode is not None:
            return
        if self._killed is None:
            self._killed = (end_cause, killed_by)
        init = guardian.namespace_init(process.pid)
        if init is not None:
            guardian.kill(init)

    async def wait(self, sink: Sink | None = None) -> None:
        """Read the output until the jail, which was started, ends."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        assert process.stderr is not None
        readers = [
            asyncio.create_task(self._read("stdout", process.stdout, sink)),
            asyncio.create_task(self._read("stderr", process.stderr, sink)),
        ]
        try:
            await process.wait()
            await asyncio.wait(readers, timeout=_DRAIN_S)
        finally:
            for reader in readers:
                reader.cancel()

    def order(self, program: Program) -> dict[str, Any]:
        """Return what the launcher must know to become the program."""
        name, interpreter = _PROGRAMS[program.language]
        return {
            "name": name,
            "program": program.text,
            "interpreter": interpreter,
            "environment": ENVIRONMENT,
        }

    def outcome(self) -> Outcome:
        """Return how the program ended, or what is known of it if it has not."""
        killed_by = self._killed and self._killed[1]
        ended = self._process is not None and self._process.returncode is not None
        exited = ended and killed_by is None
        return Outcome(
            end_cause=self._killed[0] if self._killed else NodeEnd.EXITED,
            exit_code=self._process.returncode if exited and self._process else None,
            signal=signal.SIGKILL if killed_by else None,
            killed_by=killed_by,
            stdout=self._tapes["stdout"].capture(),
            stderr=self._tapes["stderr"].capture(),
        )

    async def close(self) -> None:
        """Kill what is left and remove the folder."""
        if self._starting is not None:
            self._process = process = await self._starting
            given_up = time.monotonic() + guardian.MAKING_S
            while process.returncode is None:
                self.kill(NodeEnd.KILLED, "recursor")
                if time.monotonic() > given_up:
                    guardian.kill(process.pid)
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), 0.02)
        await asyncio.to_thread(guardian.remove, self.home)
        if self._process is not None:
            self._jails.tell(f"-{self._process.pid}")

    def complaint(self) -> str:
        """Return what the jail said on stderr, as one line."""
        return " ".join(self._tapes["stderr"].capture().data.decode(errors="replace").split())

    async def _read(self, name: str, stream: asyncio.StreamReader, sink: Sink | None) -> None:
        tape = self._tapes[name]
        while data := await stream.read(_CHUNK):
            tape.add(data)
            if sink is not None:
                sink(name, data)
            if sum(t.bytes_total for t in self._tapes.values()) > self._jails.limits.output_bytes:
                self.kill(NodeEnd.OUTPUT, "output")


class Jails:
    """Makes the jails of one run."""

    def __init__(self, account: Account, limits: Limits) -> None:
        """Raise SandboxError if this machine cannot make jails."""
        self.account = account
        self.limits = limits
        self.firejail = profile.firejail()
        self.profile_text = profile.text(limits)
        try:
            self.scratch = Path(tempfile.mkdtemp(prefix="recursor-", dir="/tmp"))
            self.scratch.chmod(0o711)
            self.profile = self.scratch / "jail.profile"
            self.profile.write_text(self.profile_text)
            self.profile.chmod(0o644)
            self._guardian = subprocess.Popen(
                [sys.executable, "-IS", guardian.__file__, str(self.scratch)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise SandboxError(f"cannot make the jails' folder: {error}") from error
        # Paths that exist here and that no jail may see.
        self.hidden = [str(self.profile), *filter(os.path.exists, _HIDDEN)]

    @asynccontextmanager
    async def jail(self, name: str) -> AsyncIterator[Jail]:
        """Make a jail's home and guest; everything of it is gone afterwards."""
        jail = Jail(self, name)
        try:
            self._furnish(jail)
            yield jail
        except OSError as error:
            raise SandboxError(f"cannot make a jail: {error}") from error
        finally:
            await jail.close()

    def tell(self, change: str) -> None:
        """Tell the guardian that a firejail started (`+PID`) or ended (`-PID`)."""
        assert self._guardian.stdin is not None
        try:
            self._guardian.stdin.write(f"{change}\n".encode())
            self._guardian.stdin.flush()
        except OSError as error:
            raise SandboxError("the guardian of the jails has died") from error

    def close(self) -> None:
        """Let the guardian end what is left and remove the scratch folder."""
        with suppress(OSError):
            self._guardian.communicate()
        if self.scratch.exists():
            guardian.remove(self.scratch)

    def _furnish(self, jail: Jail) -> None:
        sandbox = shipped("sandbox")
        guest = jail.home / ".guest"
        jail.home.mkdir(mode=0o700)
        guest.mkdir(mode=0o755)
        for source in (
            sandbox / "launcher.py",
            sandbox / "guest" / "recursor_guest.py",
            sandbox / "guest" / "commands.py",
        ):
            _copy(source, guest / source.name, 0o644)
        for name in COMMANDS:
            _copy(sandbox / "guest" / "command", jail.home / name, 0o755)
        self.account.own(guest)
        self.account.own(jail.home)


def _copy(source: Path, target: Path, mode: int) -> None:
    shutil.copyfile(source, target)
    target.chmod(mode)
