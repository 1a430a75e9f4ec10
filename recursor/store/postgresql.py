"""How a PostgreSQL database is opened, and made to keep the promises that a SQLite file keeps.

Theory of operation. Many processes on many machines write at a time; none waits for another, except
for content that both bring. A reader sees one state of the database for as long as it reads. A
commit is on the server's disk whatever the server's default is. Text sorts byte by byte whatever
the database's language is, and what the server could not hold is escaped (`escape`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, Engine, String, create_engine, event, inspect
from sqlalchemy.dialects.postgresql.base import PGDDLCompiler
from sqlalchemy.engine import URL

from recursor import config
from recursor.errors import StoreError, UsageError
from recursor.resources import installing
from recursor.store import escape
from recursor.store.living import Connections

if TYPE_CHECKING:
    import psycopg

_PATIENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
"""How long a silent server is waited for, unless the URL says otherwise."""
_ALONE = 7_236_817_269_381
"""The number of the lock that `database.alone` means: any, if no other program has it."""
_DURABLE = """
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'"""
OF_OTHER_ORDER = """
    SELECT table_name, column_name,
        data_type || coalesce('(' || character_maximum_length || ')', '')
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
        AND data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM 'C'"""
"""Finds the columns whose text does not sort byte by byte."""
_SECRET = ("password", "sslpassword", "passfile")


class Postgresql:
    """A database of a PostgreSQL server."""

    def __init__(self, url: URL) -> None:
        url = url.set(drivername="postgresql+psycopg")
        shown = URL.create(
            url.drivername, url.username, None, url.host, url.port, url.database
        ).update_query_dict(url.difference_update_query(_SECRET).query)
        self.place = shown.render_as_string(hide_password=False)
        self._url = url.update_query_dict({**_PATIENCE, **url.query, "client_encoding": "utf8"})

    def open(self, *, write: bool) -> Engine:
        """Return what makes connections. Raises StoreError without psycopg."""
        try:
            engine = create_engine(
                self._url,
                isolation_level="READ COMMITTED",
                json_serializer=escape.dumps,
                json_deserializer=escape.loads,
            )
        except ImportError as error:
            raise StoreError(
                f"PostgreSQL needs psycopg; run: {installing('postgresql')}"
            ) from error
        engine.dialect.ddl_compiler = _InByteOrder
        event.listen(engine, "connect", lambda connection, _: _prepare(connection, write=write))
        event.listen(engine, "begin", _begin)
        return engine

    def living(self, engine: Engine) -> Connections:
        """Return which runs live."""
        digest = hashlib.sha256(self.place.encode()).hexdigest()
        return Connections(engine, config.sockets_folder() / digest[:16])

    @contextmanager
    def deleting(self, engine: Engine) -> Iterator[Connection]:
        """Begin a transaction that deletes rows with all that refers to them."""
        with engine.begin() as connection:
            # Else another process may at this moment name the content that nothing names any more.
            connection.exec_driver_sql("LOCK TABLE blob IN SHARE ROW EXCLUSIVE MODE")
            yield connection

    def flaws(self, _: Connection) -> list[str]:
        """Return nothing: its server watches over its files, and lets no row refer to none."""
        return []

    def copy(self, _: Engine, __: Path) -> None:
        """Raise UsageError."""
        raise UsageError("a PostgreSQL database is copied by its own program: see `pg_dump --help`")


def complete_schema(connection: Connection) -> None:
    """Do to a schema that was brought up what no migration has to say."""
    # Columns that a migration added in SQL of its own; texts of two orders cannot be compared.
    for table, column, kind in connection.exec_driver_sql(OF_OTHER_ORDER).all():
        connection.exec_driver_sql(
            f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {kind} COLLATE "C"'
        )
    # The server looks wherever content can be named for each that is deleted.
    for (_, table), keys in inspect(connection).get_multi_foreign_keys().items():
        for (column,) in (k["constrained_columns"] for k in keys if k["referred_table"] == "blob"):
            connection.exec_driver_sql(
                f'CREATE INDEX IF NOT EXISTS "{table}_{column}_content"'
                f' ON "{table}" USING hash ("{column}")'
            )


def _prepare(connection: psycopg.Connection[Any], *, write: bool) -> None:
    from recursor.store import adapters

    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        connection.close()
        raise StoreError(f"the encoding of the database is {encoding}, not UTF8")
    adapters.adapt(connection)
    connection.read_only = not write
    if write:
        connection.execute(_DURABLE)
        connection.commit()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("reading"):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    elif options.get("alone"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ALONE})")


class _InByteOrder(PGDDLCompiler):
    """Makes columns whose text sorts as SQLite's does, whatever the language of the database."""

    def get_column_specification(self, column: Column[Any], **options: Any) -> str:
        if isinstance(column.type, String):
            column.type = column.type.copy()
            column.type.collation = "C"
        specification: str = super().get_column_specification(column, **options)  # type: ignore[no-untyped-call]
        return specification
