"""A SQLite file that nobody vouches for, made into a database of ours.

Of the file itself nothing is kept: it must hold our tables and views and nothing else, so that no
trigger, no view and no virtual table of a stranger's is ever run; older ones are brought up; then
its one run is copied into new tables, checked row by row.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, create_engine, func, select
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from recursor.errors import StoreError
from recursor.store import database, rows, schema, sqlite, tables, transfer

_REVISIONS = [f"{number:04}" for number in range(1, int(schema.HEAD) + 1)]


def adopt(foreign: Path, target: Path) -> None:
    """Make a database of the one run that a file holds. Raises StoreError for any other file.

    The file is changed.
    """
    engine = sqlite.engine(foreign)
    try:
        with database.reading(engine) as connection:
            _check_schema(connection)
        schema.upgrade(engine)
        with database.reading(engine) as connection:
            transfer.extract(connection, _only_run(connection), target)
    except (sqlite3.Error, DatabaseError) as error:
        raise StoreError(str(getattr(error, "orig", error))) from error
    except (SQLAlchemyError, ValueError, TypeError, RecursionError) as error:
        raise StoreError("it holds values that no row of ours can have") from error
    finally:
        engine.dispose()


def _check_schema(connection: Connection) -> None:
    if connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar() != "ok":
        raise StoreError("its database is damaged")
    found = schema.revision(connection)
    schema.check(found)
    if found not in _REVISIONS:
        raise StoreError("its database is none of Recursor's")
    strange = _objects(connection) ^ _our_objects(found)
    if strange:
        kind, name, _ = max(strange)  # tables and views before their indexes
        raise StoreError(f"it holds another schema than ours: the {kind} {name}")


def _our_objects(revision: str) -> set[tuple[str, str, bool]]:
    engine = create_engine("sqlite://")
    schema.upgrade(engine, revision)
    with engine.connect() as connection:
        objects = _objects(connection)
    engine.dispose()
    return objects


def _objects(connection: Connection) -> set[tuple[str, str, bool]]:
    """Return kind and name of each part of a schema, and whether it has pages of its own."""
    listed = connection.exec_driver_sql("SELECT type, name, rootpage > 0 FROM sqlite_master")
    return {(kind, name, bool(pages)) for kind, name, pages in listed}


def _only_run(connection: Connection) -> str:
    found = list(connection.scalars(select(tables.run.c.id)))
    if len(found) != 1:
        raise StoreError(f"it holds {len(found)} runs, not one")
    for table in rows.TABLES.values():
        if table is not tables.run:
            of_others = select(func.count()).where(table.c.run.is_distinct_from(found[0]))
            if connection.scalar(of_others):
                raise StoreError(f"rows of its table {table.name} belong to another run")
    if connection.scalar(select(func.count()).where(tables.blob.c.codec != "plain")):
        raise StoreError("its content is compressed twice")
    return str(found[0])
