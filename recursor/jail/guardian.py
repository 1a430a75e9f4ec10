"""The guardian: the process that starts every jail of a run, and outlives a killed supervisor.

Theory of operation. A jail survives the death of the process that started it (firejail is setuid,
so the kernel forgets the parent-death signal). So the supervisor starts none: it asks the guardian,
which it shares one socket with, and nobody else holds the other end. When that socket closes,
however that came about, the guardian kills what it started, removes the run's folders and control
groups, and ends. It is a subreaper: whatever a killed firejail leaves behind becomes its child, and
no child that it did not start may live.

For root it has a mount namespace of its own. In it each jail gets a home of limited size, the
guest's folder as a read-only mount that no program can rename, and a passwd file that knows one
user: the one that only this jail has. No mount can be left behind, whatever is killed: they go with
the namespace.

Requests and replies are JSON objects, one a message:

    {"belongs": [...]}  the run's control groups, which are removed at the end
    {"start": ID, "home": ..., "guest": ..., "links": {...}, "command": [...], "groups": [...],
     "own": null | {"uid": ..., "disk_bytes": ..., "files": ...}} and two descriptors (its output)
    {"kill": ID}      end every process in it
    {"clear": ID}     it has ended and its files were read: remove its folder
    -> {"ready": true}, {"started": ID, "pid": ...}, {"failed": ID, "why": ...},
       {"ended": ID, "status": ...}

Run as a file of its own, it imports nothing but the standard library.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

GUEST = "guest"
"""The name of a jail's only user, when root runs Recursor."""
GUEST_HOME = Path("/home") / GUEST
MESSAGE_BYTES = 64 * 1024
MAKING_S = 10.0
"""A firejail that has made no namespace by then is stuck."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_SUBREAPER = 36
_NEW_MOUNTS, _NEW_GROUPS = 0x20000, 0x2000000
_BIND, _RECURSIVE, _PRIVATE, _REMOUNT = 0x1000, 0x4000, 0x40000, 0x20
_READ_ONLY, _NO_SUID, _NO_DEV = 0x1, 0x2, 0x4
_DETACH = 2


class Ward:
    """A jail that was started and not cleared."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.home = Path(order["home"])
        self.guest = Path(order["guest"])
        self.own: dict[str, int] | None = order["own"]
        self.groups: list[str] = order["groups"]
        self.pid = 0
        self.doomed_at: float | None = None

    def file(self, name: str) -> Path:
        """Return where this jail's own /etc/passwd or /etc/group lies."""
        return self.guest.with_name(f"{self.home.name}.{name}")


class Guardian:
    """The loop: requests from the supervisor, and the ends of children."""

    def __init__(self, line: socket.socket, scratch: Path) -> None:
        self._line = line
        self._scratch = scratch
        self._wards: dict[str, Ward] = {}
        self._pids: dict[int, str] = {}
        self._removals: set[int] = set()
        self._groups: list[Path] = []

    def run(self) -> None:
        """Serve until the supervisor is gone; then leave nothing behind."""
        bell, rung = os.pipe()
        os.set_blocking(bell, False)
        os.set_blocking(rung, False)
        signal.set_wakeup_fd(rung)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._say({"ready": True})
        while True:
            doomed = any(w.doomed_at and w.pid in self._pids for w in self._wards.values())
            sources = [self._line.fileno(), bell]
            ready, _, _ = select.select(sources, [], [], 0.01 if doomed else None)
            if bell in ready:
                os.read(bell, 4096)
                self._reap()
            self._kill_doomed()
            if self._line.fileno() in ready and not self._serve():
                break
        self._end()

    def _serve(self) -> bool:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._line, MESSAGE_BYTES, 2)
        except ConnectionError:
            return False
        if not data:
            return False
        match json.loads(data):
            case {"belongs": list(folders)}:
                self._groups = [Path(folder) for folder in folders]
            case {"start": str(name)} as order:
                self._start(name, order, descriptors)
            case {"kill": str(name)}:
                if name in self._wards:
                    self._wards[name].doomed_at = time.monotonic()
                    self._kill_doomed()
            case {"clear": str(name)}:
                if ward := self._wards.pop(name, None):
                    with suppress(OSError):  # it goes at the end, with the scratch folder
                        self._clear(ward)
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _start(self, name: str, order: dict[str, Any], output: list[int]) -> None:
        ward = Ward(order)
        self._wards[name] = ward
        try:
            _furnish(ward, order["links"])
            ward.pid = os.fork()
        except OSError as error:
            self._say({"failed": name, "why": str(error)})
            return
        if ward.pid == 0:
            _become(ward, order["command"], order["environment"], output)
        self._pids[ward.pid] = name
        self._say({"started": name, "pid": ward.pid})

    def _kill_doomed(self) -> None:
        for ward in self._wards.values():
            if ward.doomed_at is None or ward.pid not in self._pids:
                continue
            if not kill_namespace(ward.pid) and time.monotonic() > ward.doomed_at + MAKING_S:
                kill(ward.pid)

    def _reap(self) -> None:
        """Collect dead children; nothing may outlive the firejail that stood around it."""
        ended = []
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            self._removals.discard(pid)
            if name := self._pids.pop(pid, None):
                ended.append((name, os.waitstatus_to_exitcode(status)))
        if any(status < 0 for _, status in ended):
            self._kill_orphans()
        for name, status in ended:
            self._say({"ended": name, "status": status})

    def _kill_orphans(self) -> None:
        known = self._pids.keys() | self._removals
        while orphans := [pid for pid in children(os.getpid()) if pid not in known]:
            for pid in orphans:
                kill(pid)
                os.waitpid(pid, 0)

    def _clear(self, ward: Ward) -> None:
        if ward.own is not None:
            unmount(ward.home)
            ward.home.rmdir()
            shutil.rmtree(ward.guest)
            for name in ("passwd", "group"):
                ward.file(name).unlink(missing_ok=True)
            return
        # What a hostile program left may take long to remove.
        pid = os.fork()
        if pid == 0:
            try:
                remove(ward.home)
            finally:
                os._exit(0)
        self._removals.add(pid)

    def _end(self) -> None:
        now = time.monotonic()
        for ward in self._wards.values():
            ward.doomed_at = now
        while self._pids:
            self._kill_doomed()
            time.sleep(0.005)
            self._reap()
        for ward in self._wards.values():
            if ward.own is not None:
                unmount(ward.home)
            for group in ward.groups:
                remove_group(Path(group))
        for folder in self._groups:
            remove_group(folder)
        remove(self._scratch)

    def _say(self, reply: dict[str, Any]) -> None:
        with suppress(OSError):  # the supervisor is gone; the loop is about to notice
            self._line.send(json.dumps(reply).encode())


def _furnish(ward: Ward, links: dict[str, str]) -> None:
    """Make the home: of limited size and with a mounted guest for root, else a plain folder."""
    ward.home.mkdir(mode=0o700)
    inside = ward.home / ".guest"
    if ward.own is None:
        ward.guest.rename(inside)
    else:
        uid = ward.own["uid"]
        size = f"size={ward.own['disk_bytes']},nr_inodes={ward.own['files']}"
        options = f"{size},mode=700,uid={uid},gid={uid}"
        mount("tmpfs", ward.home, "tmpfs", _NO_SUID | _NO_DEV, options)
        inside.mkdir()
        mount(ward.guest, inside, None, _BIND)
        mount("none", inside, None, _BIND | _REMOUNT | _READ_ONLY | _NO_SUID | _NO_DEV)
    for name, target in links.items():
        (ward.home / name).symlink_to(target)


def _become(
    ward: Ward, command: list[str], environment: dict[str, str], output: list[int]
) -> NoReturn:
    """Become firejail, in the child; what goes wrong is said where the jail's output goes."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, descriptor in enumerate((nothing, *output)):
            os.dup2(descriptor, number)
        os.closerange(3, 4096)
        # Python ignores these two, and what is ignored stays so in every program after it.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # The first to go when the host runs out of memory.
        Path("/proc/self/oom_score_adj").write_text("500")
        for group in ward.groups:
            Path(group, "cgroup.procs").write_text("0")
        if ward.own is not None:
            _become_guest(ward, ward.own["uid"])
        os.chdir("/")
        os.execve(command[0], command, environment)
    except BaseException as error:
        os.write(2, f"the guardian cannot start firejail: {error}\n".encode())
    os._exit(127)


def _become_guest(ward: Ward, uid: int) -> None:
    # Of its control groups a jail sees none above its own.
    _check(_LIBC.unshare(_NEW_GROUPS), "a control group namespace")
    unshare_mounts()
    home = f"{GUEST}:x:{uid}:{uid}::{GUEST_HOME}:/bin/sh\n"
    for name, line in (("passwd", home), ("group", f"{GUEST}:x:{uid}:\n")):
        file = ward.file(name)
        file.write_text(line)
        mount(file, Path("/etc", name), None, _BIND)
    mount("tmpfs", Path("/home"), "tmpfs", _NO_SUID | _NO_DEV, "mode=755,size=4k")
    GUEST_HOME.mkdir()
    os.chown(GUEST_HOME, uid, uid)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


# --- processes


def children(pid: int) -> list[int]:
    """Return a process's children, those of all its threads."""
    found: list[int] = []
    with suppress(OSError):  # it has ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):  # so has this thread, and not the others
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def kill_namespace(firejail: int) -> bool:
    """Kill the init of the pid namespace below a firejail process; False while there is none.

    That ends every process inside at once. The descriptor holds the process that is looked at: a
    pid that meanwhile became another's is not killed.
    """
    for child in children(firejail):
        try:
            process = os.pidfd_open(child)
        except ProcessLookupError:
            continue
        try:
            status = Path(f"/proc/{child}/status").read_text()
            fields = dict(line.split(":", 1) for line in status.splitlines())
            pids = fields["NSpid"].split()
            if int(fields["PPid"]) == firejail and len(pids) > 1 and pids[-1] == "1":
                signal.pidfd_send_signal(process, signal.SIGKILL)
                return True
        except (OSError, KeyError):
            continue
        finally:
            os.close(process)
    return False


def kill(pid: int) -> None:
    """Send SIGKILL to a process, if it still lives and may be killed."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


# --- folders, mounts, control groups


def remove(folder: Path) -> None:
    """Remove what a hostile program left: `rm` follows no link and has no limit on depth."""
    for command in (["rm", "-rf"], ["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        subprocess.run([*command, "--", folder], stderr=subprocess.DEVNULL, check=False)
        if not folder.exists():
            return


def remove_group(group: Path) -> None:
    """Remove a control group; a process that was just killed may still be leaving it."""
    for _ in range(100):
        try:
            group.rmdir()
            return
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.01)


def unshare_mounts() -> None:
    """Go into a mount namespace of one's own, from which nothing gets out."""
    _check(_LIBC.unshare(_NEW_MOUNTS), "a mount namespace")
    mount("none", Path("/"), None, _RECURSIVE | _PRIVATE)


def mount(
    source: Path | str, target: Path, kind: str | None, flags: int, options: str = ""
) -> None:
    """Mount; raise OSError."""
    filesystem = kind.encode() if kind else None
    where = os.fsencode(source), os.fsencode(target)
    done = _LIBC.mount(*where, filesystem, ctypes.c_ulong(flags), options.encode())
    _check(done, f"a mount on {target}")


def unmount(target: Path) -> None:
    """Unmount, with everything mounted below."""
    _LIBC.umount2(os.fsencode(target), _DETACH)


def _check(done: int, what: str) -> None:
    if done != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def main() -> None:
    """Serve on standard input; the first argument is the scratch folder."""
    line = socket.socket(fileno=os.dup(0))
    try:
        _check(_LIBC.prctl(_SUBREAPER, 1, 0, 0, 0), "a subreaper")
        if os.geteuid() == 0:
            unshare_mounts()
    except OSError as error:
        line.send(json.dumps({"ready": False, "why": str(error)}).encode())
        return
    Guardian(line, Path(sys.argv[1])).run()


if __name__ == "__main__":
    main()
