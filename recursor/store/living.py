"""Which runs live: a run holds a lock on a file of its own for as long as its process does.

A run without an end whose lock is free was interrupted; nothing has to be cleaned up for that to
be seen, whatever killed the process.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Living:
    """The lock files beside a database."""

    def __init__(self, database: Path) -> None:
        self._folder = database.with_name(database.name + ".living")

    def hold(self, run: str) -> Lock:
        """Say that a run lives, until the lock is released or the process ends."""
        self._folder.mkdir(exist_ok=True)
        return Lock(self._folder / run)

    def control(self, run: str) -> Path:
        """Return the path of a run's control socket."""
        return self._folder / f"{run}.control"

    def has(self, run: str) -> bool:
        """Return whether a run's process lives; forget a dead one's file."""
        path = self._folder / run
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        except PermissionError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


class Lock:
    """Held from construction to `release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
