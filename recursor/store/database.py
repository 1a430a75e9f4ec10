"""The one seam between the store and the database in which it lies, SQLite's or PostgreSQL's.

All in which they differ is said behind it: how a database is named and opened, which of its
transactions exclude each other, how it is seen that a run lives, how much a row can hold.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, SQLAlchemyError

from recursor.errors import StoreError, UsageError
from recursor.store.living import Living
from recursor.store.postgresql import Postgresql
from recursor.store.sqlite import Sqlite


class Database(Protocol):
    """What the store needs of a database."""

    place: str
    """Names it in messages, without a password."""

    def open(self, *, write: bool) -> Engine:
        """Return what makes connections: to read, or to write what is to last.

        Raises StoreError.
        """

    def living(self, engine: Engine) -> Living:
        """Return which of its runs live."""

    def deleting(self, engine: Engine) -> AbstractContextManager[Connection]:
        """Begin a transaction that deletes rows with all that refers to them."""

    def flaws(self, connection: Connection) -> list[str]:
        """Return what it finds wrong with itself."""

    def copy(self, engine: Engine, path: Path) -> None:
        """Write all of it, as it is at one moment, to a new file.

        Raises OSError, StoreError, and UsageError if it lies in no file.
        """


def at(text: str) -> Database:
    """Return the database at a URL; raise UsageError if none can be there."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise UsageError(f"{_shown(text)!r} is not a database URL") from None
    if not url.database:
        raise UsageError(f"{url.render_as_string()!r} names no database")
    match url.drivername:
        case "sqlite" | "sqlite+pysqlite":
            return Sqlite(url)
        case "postgresql" | "postgresql+psycopg":
            return Postgresql(url)
    raise UsageError(
        f"{url.drivername}: the record is a SQLite file (sqlite:///PATH)"
        " or a PostgreSQL database (postgresql+psycopg://USER@HOST/NAME)"
    )


def place(text: str) -> str:
    """Return how the database at a URL is named, without a password."""
    return at(text).place


def reading(engine: Engine) -> Connection:
    """Connect, to see at every moment the same state of the database."""
    return engine.connect().execution_options(reading=True)


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction beside which no other process has one of this kind."""
    with engine.execution_options(alone=True).begin() as connection:
        yield connection


@contextmanager
def plain_errors(place: str) -> Iterator[None]:
    """Turn whatever goes wrong inside a database into a StoreError of one line."""
    try:
        yield
    except DatabaseError as error:
        raise StoreError(f"the database {place} cannot be used: {error.orig}") from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(f"the database {place} cannot be used: {error}") from error


def _shown(text: str) -> str:
    """Return a text that may be a URL, without what may be a password."""
    scheme, separator, rest = text.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
