"""Control groups: the kernel's own limits on the memory and the processes of a jail, together.

Theory of operation. A run has one group, a jail one below it. Root makes them in the hierarchy that
the machine has (version 1 or 2). A normal user may make groups only where a user manager delegates
a part of a version 2 hierarchy: there the guardian runs in a scope of its own and the jails' groups
lie in that scope. Where neither is possible there are none, and `watch` stands in. Asking systemd
for a limit proves nothing (it is silently without effect if a controller is not delegated): what
counts is the file that holds the limit, and `probe` looks whether a jail is in its group.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SCOPE = ("systemd-run", "--user", "--scope", "--quiet", "--collect", "--property=Delegate=yes")
"""Starts a command in a delegated group of its own."""

_CONTROLLERS = ("memory", "pids")


@dataclass(frozen=True)
class Groups:
    """The groups of one run; a jail's lies below each."""

    version: int
    memory: Path
    pids: Path | None

    def __str__(self) -> str:
        return f"cgroup v{self.version}"

    @property
    def folders(self) -> list[Path]:
        """The run's own groups."""
        return [self.memory] if self.pids in (None, self.memory) else [self.memory, self.pids]

    def make(self, name: str, memory_bytes: int, processes: int) -> list[Path]:
        """Make a jail's group; return the folders that a process joins. Raises OSError."""
        memory = self.memory / name
        memory.mkdir()
        made = [memory]
        if self.version == 2:
            _write(memory / "memory.max", memory_bytes)
            _write_if_there(memory / "memory.swap.max", 0)
            _write(memory / "memory.oom.group", 1)
        else:
            _write(memory / "memory.limit_in_bytes", memory_bytes)
            _write_if_there(memory / "memory.memsw.limit_in_bytes", memory_bytes)
        if self.pids is not None:
            pids = self.pids / name
            if pids != memory:
                pids.mkdir()
                made.append(pids)
            _write(pids / "pids.max", processes)
        return made

    def overflowed(self, name: str) -> bool:
        """Return whether the kernel killed a process of a jail for want of memory."""
        file = "memory.events" if self.version == 2 else "memory.oom_control"
        try:
            text = (self.memory / name / file).read_text()
        except OSError:
            return False
        return any(
            line.startswith("oom_kill ") and line != "oom_kill 0" for line in text.split("\n")
        )

    def remove(self, name: str) -> None:
        """Remove an ended jail's group."""
        for folder in self.folders:
            with suppress(OSError):
                (folder / name).rmdir()

    def close(self) -> None:
        """Remove the run's group."""
        for folder in self.folders:
            with suppress(OSError):
                folder.rmdir()


def has_user_manager() -> bool:
    """Return whether a user manager may delegate a group to this user."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.geteuid()}")
    return bool(shutil.which(SCOPE[0])) and Path(runtime, "systemd/private").exists()


def for_root(name: str, proc: Path = Path("/proc/self")) -> Groups | None:
    """Make the run's group as root; None where this machine lets nobody make one."""
    hierarchies = _hierarchies(proc)
    own = _memberships(proc)
    if "memory" in hierarchies:
        memory = _below(hierarchies["memory"], own.get("memory", "/"), name)
        pids = "pids" in hierarchies and _below(hierarchies["pids"], own.get("pids", "/"), name)
        return Groups(1, memory, pids or None) if memory else None
    if "" not in hierarchies:
        return None
    # Where processes are, no group may be below; so not in one's own group but at the top.
    return _version_2(hierarchies[""] / name)


def for_user(guardian: int) -> Groups | None:
    """Make the run's group in the scope of a guardian; None if nothing is delegated there."""
    proc = Path(f"/proc/{guardian}")
    top = _hierarchies(proc).get("")
    own = _memberships(proc).get("", "/")
    if top is None or not own.endswith(".scope"):
        return None
    scope = top / own.lstrip("/")
    try:
        (scope / "guardian").mkdir()
        _write(scope / "guardian" / "cgroup.procs", guardian)
    except OSError:
        return None
    return _version_2(scope / "jails")


def _version_2(folder: Path) -> Groups | None:
    try:
        for controller in _CONTROLLERS:
            _write(folder.parent / "cgroup.subtree_control", f"+{controller}")
        folder.mkdir()
        for controller in _CONTROLLERS:
            _write(folder / "cgroup.subtree_control", f"+{controller}")
    except OSError:
        with suppress(OSError):
            folder.rmdir()
        return None
    return Groups(2, folder, folder)


def _below(top: Path, own: str, name: str) -> Path | None:
    """Make a group below one's own, or, where that cannot be seen, below the visible top."""
    for parent in (top / own.lstrip("/"), top):
        try:
            folder = parent / name
            folder.mkdir()
            return folder
        except OSError:
            continue
    return None


def _hierarchies(proc: Path) -> dict[str, Path]:
    """Return where each controller's hierarchy is mounted; version 2 has the name ''."""
    found: dict[str, Path] = {}
    for line in (proc / "mounts").read_text().splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup2":
            found[""] = Path(where)
        elif kind == "cgroup":
            for controller in set(options.split(",")) & set(_CONTROLLERS):
                found[controller] = Path(where)
    return found


def _memberships(proc: Path) -> dict[str, str]:
    """Return a process's group by controller; version 2 has the name ''."""
    found: dict[str, str] = {}
    for line in (proc / "cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        found.update(dict.fromkeys(controllers.split(","), path))
    return found


def _write(file: Path, value: object) -> None:
    # Opened without creating: a limit that this kernel lacks must not become a file.
    descriptor = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


def _write_if_there(file: Path, value: object) -> None:
    with suppress(FileNotFoundError):
        _write(file, value)
