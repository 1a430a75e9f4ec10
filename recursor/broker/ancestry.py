"""Whose request is it? Which scope each process of one jail belongs to.

Theory of operation. A scope is a program that a process of the jail executes in itself; the jail's
own program is the outermost. Nothing that a process says about itself is believed: the kernel names
the process that connected, and while it waits for its answer the host follows its parents in /proc.
It belongs to the innermost open scope of the nearest process that has one. A process that was
started in a scope stays in it when the scope is over: whenever a scope begins or ends, the children
that its process has by then are bound to the scope they were started in.

Who is not below the jail's first process any more (a daemon, whose parents are gone) is taken for
the deepest scope that the jail ever had: losing one's ancestry gains nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Generic, Protocol, TypeVar

BOUND = 4096
"""When more processes than this are remembered, those that are gone are forgotten."""

Process = tuple[int, int]
"""A pid and its start time in clock ticks: together they never name another process."""


class Scope(Protocol):
    """A program that is executed inside a jail."""

    @property
    def depth(self) -> int: ...


S = TypeVar("S", bound=Scope)


class Ancestry(Generic[S]):
    """The scopes of one jail and their processes."""

    def __init__(self, root: S, pid: int) -> None:
        """`pid` is the jail's first process; `root` is the program that it becomes."""
        self._first = _process(pid)
        self._deepest = root
        self._bound: dict[Process, S] = {}
        self._open: dict[Process, list[S]] = {}
        if self._first is not None:
            self._bound[self._first] = root

    def scope(self, pid: int) -> S:
        """Return the scope that a process belongs to."""
        return next((s for s in map(self._own, _line(pid)) if s is not None), self._deepest)

    def is_first(self, pid: int) -> bool:
        """Return whether this is the jail's first process."""
        return self._first is not None and _process(pid) == self._first

    def enter(self, pid: int, scope: S) -> None:
        """A process begins to execute a scope in itself."""
        process = _process(pid)
        if process is None:
            return
        before = self.scope(pid)
        self._bind_children(pid, before)
        self._bound.setdefault(process, before)
        self._open.setdefault(process, []).append(scope)
        if scope.depth >= self._deepest.depth:
            self._deepest = scope

    def leave(self, pid: int, scope: S) -> list[S]:
        """End a scope of a process, and those inside it; return them, the innermost first.

        A scope that is not the process's own stays as it is.
        """
        process = _process(pid)
        inside = self._open.get(process, []) if process else []
        if scope not in inside:
            return []
        self._bind_children(pid, inside[-1])
        ended = inside[inside.index(scope) :]
        del inside[inside.index(scope) :]
        return ended[::-1]

    def _own(self, process: Process) -> S | None:
        """Return what a process itself is known to be in."""
        inside = self._open.get(process)
        return inside[-1] if inside else self._bound.get(process)

    def _bind_children(self, pid: int, scope: S) -> None:
        if len(self._bound) > BOUND:
            self._forget()
        for child in _children(pid):
            process = _process(child)
            if process is not None:
                self._bound.setdefault(process, scope)

    def _forget(self) -> None:
        for process in [p for p in self._bound if _process(p[0]) != p]:
            del self._bound[process]
            self._open.pop(process, None)


def _line(pid: int) -> Iterator[Process]:
    """Yield a process and its parents."""
    while pid > 1:
        fields = _fields(pid)
        if not fields:
            return
        yield pid, int(fields[19])
        pid = int(fields[1])


def _process(pid: int) -> Process | None:
    fields = _fields(pid)
    return (pid, int(fields[19])) if fields else None


def _fields(pid: int) -> list[bytes]:
    """Return the fields of /proc/PID/stat after the command's name, the state first."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return []


def _children(pid: int) -> Iterator[int]:
    with suppress(OSError):  # it has ended
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):  # so has this thread, and not the others
                yield from map(int, (thread / "children").read_text().split())
