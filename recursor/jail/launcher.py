"""Jails as the run sees them: start, watch, kill, harvest, clear.

Theory of operation. A jail is one firejail process, started by the guardian; its program lives
below it in a pid namespace of its own. Killing the namespace's init ends everything inside at once,
whatever the program did to stay alive (it traps signals, starts daemons, forks faster than one can
count), and firejail itself then ends too. Output is read as it comes, for as long as the jail
lives: a program that floods is killed, and one that nobody listens to never blocks. Everything of a
run lies in one scratch folder, which only the jails' users can look into, and which goes when the
run ends. It lies under /tmp: firejail brings no folder of /var or /home into a jail whose /var and
/home it empties.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from recursor.errors import SandboxError
from recursor.jail import cgroup, guardian, harvest, probe, profile, watch
from recursor.jail.account import Accounts
from recursor.jail.capture import Tape
from recursor.jail.kit import Kit
from recursor.jail.line import DEAD, Line
from recursor.jail.probe import Isolation
from recursor.types import Harvest, Language, LeftFile, Limits, NodeEnd, Outcome, Program

Sink = Callable[[str, bytes], None]
"""Receives output as it comes: the stream's name and the data."""

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
}
"""What a program finds, besides its home in HOME, PATH, BASH_ENV, PYTHONPATH and TMPDIR, and the
name of the query command in RUN_AI."""

_PROGRAMS = {
    Language.BASH: ("program.sh", "/bin/bash"),
    Language.PYTHON: ("program.py", "/usr/bin/python3"),
}
FILES = 4096
"""Files and folders that one program may make."""
_CHUNK = 64 * 1024
_DRAIN_S = 1.0
_END_S = guardian.MAKING_S + 5.0
_OWN_PROCESSES = 8
"""firejail's and the launcher's, which a jail's group counts too."""


class Jail:
    """One jail: a folder that becomes its home, and the firejail process."""

    def __init__(self, jails: Jails, name: str) -> None:
        self.name = name
        self.account = jails.accounts.next()
        self.home = jails.scratch / name
        self.guest = jails.scratch / f"{name}.guest"
        self.groups: list[Path] = []
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.pid: int | None = None
        self._jails = jails
        self._begun = False
        self._killed: tuple[NodeEnd, str] | None = None
        self._tapes = {"stdout": Tape(), "stderr": Tape()}
        self._silent = asyncio.Event()
        self._open = 0
        self.sink: Sink | None = None
        """Receives output from now on."""
        self._given: dict[str, bytes] = {}
        self._left = Harvest()

    @property
    def door(self) -> Path:
        """Where the door's socket must be before the jail starts."""
        return self.guest / "door"

    def start(self) -> None:
        """Start the jail; its launcher will report at the door."""
        ends = {name: os.pipe() for name in self._tapes}
        try:
            self._jails.start(self, tuple(written for _, written in ends.values()))
            self._begun = True
        except BaseException:
            for read, _ in ends.values():
                os.close(read)
            raise
        finally:
            for _, written in ends.values():
                os.close(written)
        for name, (read, _) in ends.items():
            os.set_blocking(read, False)
            self._open += 1
            asyncio.get_running_loop().add_reader(read, self._read, name, read)

    def order(self, program: Program, files: Iterable[LeftFile], seed: int) -> bytes:
        """Return what the launcher must know to become the program.

        Interpreter, file name and environment, separated by NUL; after two of them the files, the
        program first: name, size, content.
        """
        name, interpreter = _PROGRAMS[program.language]
        home = str(self.account.home)
        environment = {
            **ENVIRONMENT,
            "HOME": home,
            "PATH": f"{ENVIRONMENT['PATH']}:{home}",
            "RUN_AI": self._jails.kit.name("query-model"),
            "PYTHONPATH": f"{home}/.guest",
            "TMPDIR": self._jails.temporary or home,
        }
        if self._jails.has_hooks:
            environment["BASH_ENV"] = f"{home}/.guest/bash_env"
            if program.language is Language.BASH:
                environment["RANDOM_SEED"] = str(seed)  # the hook hands it to the shell
        self._given = {name: program.text.encode(), **{file.path: file.data for file in files}}
        head = [interpreter, name, *(f"{key}={value}" for key, value in environment.items())]
        parts = [f"{path}\0{len(data)}\0".encode() + data for path, data in self._given.items()]
        return "\0".join(head).encode() + b"\0\0" + b"".join(parts)

    def kill(self, end_cause: NodeEnd, killed_by: str) -> None:
        """End every process in the jail, now; the first reason given is the one recorded."""
        if not self._begun or self.ended.done():
            return
        if self._killed is None:
            self._killed = (end_cause, killed_by)
        with suppress(SandboxError):
            self._jails.line.say({"kill": self.name})

    @property
    def killed(self) -> tuple[NodeEnd, str] | None:
        """Why and by whom it was killed, if it was."""
        return self._killed

    async def wait(self) -> None:
        """Return when the jail has ended and all that it said is read."""
        await asyncio.shield(self.ended)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._silent.wait(), _DRAIN_S)
        if self._killed is None and self._jails.overflowed(self):
            self._killed = (NodeEnd.MEMORY, "memory")

    def outcome(self) -> Outcome:
        """Return how the program ended, or what is known of it if it has not."""
        killed, status = self._killed, None
        if self.ended.done():
            if self.ended.exception() is None:
                status = self.ended.result()
            elif killed is None:
                killed = (NodeEnd.KILLED, "recursor")
        if killed is None and status is not None and status < 0:
            killed = (NodeEnd.KILLED, "somebody outside")
        return Outcome(
            end_cause=killed[0] if killed else NodeEnd.EXITED,
            exit_code=None if killed else status,
            signal=signal.SIGKILL if killed else None,
            killed_by=killed[1] if killed else None,
            stdout=self._tapes["stdout"].capture(),
            stderr=self._tapes["stderr"].capture(),
            left=self._left,
        )

    async def close(self) -> None:
        """Kill what is left, read what the program left in its folder, and remove that."""
        if not self._begun:
            shutil.rmtree(self.guest, ignore_errors=True)
            self._jails.forget(self)
            return
        self.kill(NodeEnd.KILLED, "recursor")
        try:
            async with asyncio.timeout(_END_S):
                await self.wait()
            if self._given:
                own: dict[str, bytes | None] = dict.fromkeys(self._jails.kit.links)
                own.update(self._given)
                where = self._jails.seen(self.home)
                self._left = await asyncio.to_thread(harvest.harvest, where, own)
        except TimeoutError:
            raise SandboxError("the guardian of the jails does not answer") from None
        finally:
            self._jails.forget(self)

    def prove(self, report: Mapping[str, Any], pid: int) -> Isolation:
        """Return what the jail proved; raise SandboxError for the first gap."""
        groups = self._jails.groups
        version = str(groups) if groups else ""
        limits = self._jails.limits
        return probe.prove(report, pid, self.account, limits, self.groups, version)

    def complaint(self) -> str:
        """Return what the jail said on stderr, as one line."""
        return " ".join(self._tapes["stderr"].capture().data.decode(errors="replace").split())

    def _read(self, name: str, descriptor: int) -> None:
        data = os.read(descriptor, _CHUNK)
        if not data:
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)
            self._open -= 1
            if not self._open:
                self._silent.set()
            return
        self._tapes[name].add(data)
        if self.sink is not None:
            self.sink(name, data)
        if sum(t.bytes_total for t in self._tapes.values()) > self._jails.limits.output_bytes:
            self.kill(NodeEnd.OUTPUT, "output")


class Jails:
    """Makes the jails of one run."""

    def __init__(self, limits: Limits, kit: Kit | None = None) -> None:
        """Raise SandboxError if this machine cannot make jails."""
        self.limits = limits
        self.kit = kit or Kit()
        self.accounts = Accounts()
        self.firejail = profile.firejail()
        with ExitStack() as unless_made:
            try:
                self._make(unless_made)
            except OSError as error:
                raise SandboxError(f"cannot make the jails' folder: {error}") from error
            unless_made.pop_all()
        self._living: dict[str, Jail] = {}
        self._lost: str | None = None

    def _make(self, unless_made: ExitStack) -> None:
        self.scratch = Path(tempfile.mkdtemp(prefix="recursor-", dir="/tmp"))
        unless_made.callback(guardian.remove, self.scratch)
        self.scratch.chmod(0o711)
        self.line = Line(self.scratch)
        unless_made.callback(self.line.close)
        # Root's jails see the guardian's mounts, and root looks through the guardian's eyes.
        self._eyes = Path(f"/proc/{self.line.pid}/root") if self.accounts.own else Path("/")
        self.groups = self._group()
        if self.groups is not None:
            self.line.say({"belongs": [str(folder) for folder in self.groups.folders]})
        bounded = self.groups is not None
        self.temporary = "/tmp" if bounded else ""
        self.profile_text = profile.text(self.limits, bounded=bounded)
        self.profile = self.scratch / "jail.profile"
        self.profile.write_text(self.profile_text)
        self.profile.chmod(0o644)
        self._packed = self.scratch / "kit"
        self.has_hooks = self.kit.pack(self._packed)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Hear of the jails' ends, and watch over their limits, on this loop."""
        self.line.listen(self._hear, self._lose)
        watchdog = asyncio.create_task(self._watch())
        watchdog.add_done_callback(self._heed)
        try:
            yield
        finally:
            watchdog.cancel()
            if not self._lost:
                self.line.ignore()

    @asynccontextmanager
    async def jail(self, name: str) -> AsyncIterator[Jail]:
        """Make a jail and its guest's folder; everything of it is gone afterwards."""
        jail = Jail(self, name)
        try:
            self._furnish(jail)
            yield jail
        except OSError as error:
            raise SandboxError(f"cannot make a jail: {error}") from error
        finally:
            await jail.close()

    def start(self, jail: Jail, output: tuple[int, ...]) -> None:
        """Ask the guardian for a jail."""
        if self._lost:
            raise SandboxError(self._lost)
        if self.groups is not None:
            memory = self.limits.memory_bytes + self.limits.disk_bytes
            processes = self.limits.processes + _OWN_PROCESSES
            jail.groups = self.groups.make(jail.name, memory, processes)
        launcher = ["/usr/bin/python3", "-IS", ".guest/launcher.py"]
        account = jail.account
        own = {"uid": account.uid, "disk_bytes": self.limits.disk_bytes, "files": FILES}
        order = {
            "start": jail.name,
            "home": str(jail.home),
            "guest": str(jail.guest),
            "links": self.kit.links,
            "command": profile.command(self.firejail, self.profile, jail.home, launcher),
            "environment": {"PATH": "/usr/bin:/bin", "HOME": str(account.home)},
            "groups": [str(group) for group in jail.groups],
            "own": own if account.own else None,
        }
        self._living[jail.name] = jail
        self.line.say(order, output)

    def seen(self, path: Path) -> Path:
        """Return where the supervisor sees a path of the guardian's."""
        return self._eyes / path.relative_to("/")

    def overflowed(self, jail: Jail) -> bool:
        """Return whether the kernel killed a process of a jail for want of memory."""
        return self.groups is not None and self.groups.overflowed(jail.name)

    def forget(self, jail: Jail) -> None:
        """Remove what is left of an ended jail."""
        if self._living.pop(jail.name, None) is not None:
            with suppress(SandboxError):
                self.line.say({"clear": jail.name})
        if self.groups is not None:
            self.groups.remove(jail.name)

    def close(self) -> None:
        """Let the guardian end what is left and remove the scratch folder."""
        self.line.close()
        if self.scratch.exists():
            guardian.remove(self.scratch)
        if self.groups is not None:
            self.groups.close()

    def _group(self) -> cgroup.Groups | None:
        if self.accounts.own:
            return cgroup.for_root(self.scratch.name)
        return cgroup.for_user(self.line.pid) if self.line.delegated else None

    def _furnish(self, jail: Jail) -> None:
        # Root's jails have it as a read-only mount, so they can share the files.
        put = os.link if self.accounts.own else shutil.copy
        jail.guest.mkdir(mode=0o755)
        for file in self._packed.iterdir():
            put(file, jail.guest / file.name)

    def _hear(self, reply: dict[str, Any]) -> None:
        match reply:
            case {"started": str(name), "pid": int(pid)} if name in self._living:
                self._living[name].pid = pid
            case {"ended": str(name), "status": int(status)} if name in self._living:
                self._living[name].ended.set_result(status)
            case {"failed": str(name), "why": str(why)} if name in self._living:
                self._living[name].ended.set_exception(
                    SandboxError(f"the guardian cannot make a jail: {why}")
                )

    def _heed(self, watchdog: asyncio.Task[None]) -> None:
        """Without a watchdog no jail may live."""
        if not watchdog.cancelled():
            self.line.ignore()
            self._lose(f"the watchdog of the jails has died: {watchdog.exception()!r}")

    def _lose(self, why: str = DEAD) -> None:
        """Without a guardian no jail may live."""
        self._lost = why
        for jail in self._living.values():
            if not jail.ended.done():
                if jail.pid is not None:
                    guardian.kill_namespace(jail.pid)
                jail.ended.set_exception(SandboxError(why))

    async def _watch(self) -> None:
        counted = FILES if not self.accounts.own else 0
        while True:
            await asyncio.sleep(watch.PERIOD_S)
            for jail in list(self._living.values()):
                if jail.pid is None or jail.ended.done():
                    continue
                if self.overflowed(jail):
                    jail.kill(NodeEnd.MEMORY, "memory")
                elif self.groups is None or counted:
                    excess = await asyncio.to_thread(
                        watch.excess, self.limits, jail.pid, self.seen(jail.home),
                        memory=self.groups is None, files=counted,
                    )  # fmt: skip
                    if excess is not None:
                        jail.kill(excess, str(excess))
