"""How a SQLite file is opened: durable where it is written, and never trusting what it holds."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, SQLAlchemyError

from recursor.errors import StoreError, UsageError

BUSY_MS = 30_000
"""How long a write waits for another process's transaction."""


def url_of(text: str) -> URL:
    """Return a SQLite file's URL; raise UsageError for any other."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise UsageError(f"{text!r} is not a database URL") from None
    if url.get_backend_name() != "sqlite" or not url.database:
        raise UsageError(f"{text!r}: the record is a SQLite file (sqlite:///PATH)")
    return url


def engine(url: URL, *, write: bool = False) -> Engine:
    """Return what makes connections; `write` is for a file that is to last."""
    engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _: object) -> None:
        # The driver's own transaction handling begins too late; `_begin` does it.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys=ON").close()
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


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong inside SQLite into a StoreError of one line."""
    try:
        yield
    except DatabaseError as error:
        raise StoreError(f"the database {path} cannot be used: {error.orig}") from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(f"the database {path} cannot be used: {error}") from error
