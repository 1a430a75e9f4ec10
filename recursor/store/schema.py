"""The schema's version: create it, bring an older one up, refuse a newer one."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine, inspect, text

from recursor.errors import StoreError
from recursor.store import database

HEAD = "0008"
"""The newest revision in `migrations/versions`."""
ATTRIBUTION = "0008"
"""The first one that has the table."""
_ALONE = Lock()
"""Alembic has one state a process."""


def revision(connection: Connection) -> str | None:
    """Return the database's revision, or None if it holds no schema yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else None


def upgrade(engine: Engine, to: str = HEAD) -> None:
    """Bring the database to a revision in one transaction; two processes may try at once."""
    with database.alone(engine) as connection:
        found = revision(connection)
        if found == to:
            return
        check(found)
        is_file = connection.dialect.name == "sqlite"
        if found is None and is_file and inspect(connection).get_table_names():
            raise StoreError("the file holds somebody else's tables; name another one with --db")
        _run_migrations(connection, to)


def check(found: str | None) -> None:
    """Raise StoreError for a schema of a newer Recursor."""
    if found is not None and found > HEAD:
        raise StoreError(
            f"the database has schema {found}, this Recursor knows {HEAD}; use a newer Recursor"
        )


def _run_migrations(connection: Connection, to: str) -> None:
    # Alembic takes longer to import than most commands take to run: only a new file needs it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    with _ALONE:
        command.upgrade(config, to)
