"""Which runs live: a run holds a lock for as long as its process does.

A run without an end whose lock is free was interrupted; nothing has to be cleaned up for that to
be seen, whatever killed the process. Beside a SQLite file the lock is one on a file of the run's
own. In PostgreSQL it belongs to a connection of its own, so that it is seen from every machine: the
server drops it with the connection, and that at the latest a minute after the process's machine
falls silent.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from recursor.errors import StoreError


class Lock(Protocol):
    """Held until `release`, or the process ends."""

    def release(self) -> None:
        """Say that the run has ended."""


class Living(Protocol):
    """The runs of a database that live."""

    def hold(self, run: str) -> Lock:
        """Say that a run lives, until the lock is released or the process ends.

        Raises StoreError.
        """

    def control(self, run: str) -> Path:
        """Return the path of a run's control socket."""

    def has(self, run: str) -> bool:
        """Return whether a run's process lives."""


class Files:
    """The lock files beside a SQLite database."""

    def __init__(self, database: Path) -> None:
        self._folder = database.with_name(database.name + ".living")

    def hold(self, run: str) -> Lock:
        try:
            self._folder.mkdir(exist_ok=True)
            return _FileLock(self._folder / run)
        except OSError as error:
            why = error.strerror
            raise StoreError(f"cannot lock the run's file in {self._folder}: {why}") from error

    def control(self, run: str) -> Path:
        return self._folder / f"{run}.control"

    def has(self, run: str) -> bool:
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


class _FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock()
        while not self._is_seen():
            os.close(self._descriptor)
            self._lock()

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _lock(self) -> None:
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def _is_seen(self) -> bool:
        """Return whether the locked file is there still: whoever was waited for removed it."""
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        return False


class Connections:
    """The connections to PostgreSQL that living runs hold; their sockets lie in a folder."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder

    def hold(self, run: str) -> Lock:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make the folder {self._folder}: {error.strerror}") from error
        return _ConnectionLock(self._engine, _number(run))

    def control(self, run: str) -> Path:
        return self._folder / f"{run}.control"

    def has(self, run: str) -> bool:
        free = text("SELECT pg_try_advisory_xact_lock_shared(:number)")
        with self._engine.connect() as connection:
            return not connection.scalar(free, {"number": _number(run)})


class _ConnectionLock:
    # How long a server waits for a silent machine is for each connection to say; and that a
    # connection may be idle for as long as the run lives, where a server has that setting.
    _PATIENCE = (
        "SELECT set_config('tcp_keepalives_idle', '30', false),"
        " set_config('tcp_keepalives_interval', '10', false),"
        " set_config('tcp_keepalives_count', '3', false)"
    )
    _IDLE = (
        "SELECT set_config('idle_session_timeout', '0', false)"
        " WHERE current_setting('idle_session_timeout', true) IS NOT NULL"
    )

    def __init__(self, engine: Engine, number: int) -> None:
        self._number = number
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            self._connection.exec_driver_sql(self._PATIENCE)
            self._connection.exec_driver_sql(self._IDLE)
            self._tell("SELECT pg_advisory_lock(:number)")
        except SQLAlchemyError:
            self._connection.close()
            raise

    def release(self) -> None:
        with suppress(SQLAlchemyError):  # with a server that is gone, so is the lock
            self._tell("SELECT pg_advisory_unlock(:number)")
        self._connection.close()

    def _tell(self, statement: str) -> None:
        self._connection.execute(text(statement), {"number": self._number})


def _number(run: str) -> int:
    """Return the number of a run's lock, of which PostgreSQL has 64 bits."""
    digest = hashlib.sha256(f"recursor run {run}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
