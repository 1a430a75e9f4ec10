"""How a SQLite file is opened: durable where it is written, and never trusting what it holds."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from recursor.errors import StoreError
from recursor.store.living import Files

BUSY_MS = 30_000
"""How long a write waits for another process's transaction."""


class Sqlite:
    """A file."""

    def __init__(self, url: URL) -> None:
        self.path = Path(str(url.database))
        self.place = str(self.path)

    def open(self, *, write: bool) -> Engine:
        """Return what makes connections. Raises StoreError if the file is not there, or closed."""
        try:
            return self._open(write=write)
        except OSError as error:
            raise StoreError(f"cannot open {self.path}: {error.strerror}") from error

    def _open(self, *, write: bool) -> Engine:
        if write:
            _make_writable(self.path)
        elif not self.path.is_file():
            raise StoreError(f"there is no database {self.path}; `recursor run` makes one")
        if not write and not _can_write(self.path):
            return _frozen(self.path)
        return engine(self.path, write=write)

    def living(self, _: Engine) -> Files:
        """Return which runs live."""
        return Files(self.path)

    @contextmanager
    def deleting(self, _: Engine) -> Iterator[Connection]:
        """Begin a transaction that deletes rows with all that refers to them."""
        # With references, it would look for every deleted row in all that could refer to it.
        unchecked = engine(self.path, write=True, references=False)
        try:
            with unchecked.begin() as connection:
                yield connection
        finally:
            unchecked.dispose()

    def flaws(self, connection: Connection) -> list[str]:
        """Return what SQLite finds wrong with the file, and rows that refer to none."""
        found = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
        loose = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        return [str(said) for said in found if said != "ok"] + [
            f"a row of {table} refers to a row of {other} that is not there"
            for table, _, other, _ in loose
        ]

    def copy(self, engine: Engine, path: Path) -> None:
        """Write all of it, as it is at one moment, to a new file. Raises OSError and StoreError."""
        path.touch(exist_ok=False)  # what is wrong with the place, SQLite would say in fewer words
        try:
            with closing(engine.raw_connection()) as source, closing(sqlite3.connect(path)) as copy:
                connection = source.driver_connection
                assert isinstance(connection, sqlite3.Connection)
                connection.backup(copy)
        except sqlite3.Error as error:
            raise StoreError(f"{self.place} cannot be copied: {error}") from error


def engine(path: Path, *, write: bool = False, references: bool = True) -> Engine:
    """Return what makes connections to a file; `write` is for one that is to last."""
    return _engine(URL.create("sqlite", database=str(path)), write=write, references=references)


def _frozen(path: Path) -> Engine:
    """Return what reads a file of somebody else's, or of a disk that nothing can be written to.

    What nobody writes to now (it has no log) needs no lock, which could not be had.
    """
    log = path.with_name(f"{path.name}-wal")
    try:
        has_log = log.stat().st_size > 0
    except FileNotFoundError:
        has_log = False
    query = {"mode": "ro", "uri": "true", **({} if has_log else {"immutable": "1"})}
    return _engine(URL.create("sqlite", database=f"file:{quote(str(path))}", query=query))


def _engine(url: URL, *, write: bool = False, references: bool = True) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _: object) -> None:
        # The driver's own transaction handling begins too late; `_begin` does it.
        connection.isolation_level = None
        connection.execute(f"PRAGMA foreign_keys={'ON' if references else 'OFF'}").close()
        connection.execute("PRAGMA trusted_schema=OFF").close()
        if write:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous=FULL").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on; SQLite waits for no other process that makes the same file."""
    given_up = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError:
            if time.monotonic() > given_up:
                raise
            time.sleep(0.01)


def _can_write(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _make_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder {path.parent}: {error.strerror}") from error
    target = path if path.exists() else path.parent
    if not os.access(target, os.W_OK):
        raise StoreError(f"cannot write {path}: permission denied")
