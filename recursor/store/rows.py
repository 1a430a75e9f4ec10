"""Records to rows and back; content goes to `blob`, once, by its SHA-256."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import zstandard
from sqlalchemy import Column, Connection, Table, select, text, update

from recursor.errors import StoreError
from recursor.records import (
    AttributionRecord,
    CheckRecord,
    EventRecord,
    ExperimentRecord,
    FileRecord,
    FixtureRecord,
    NodeRecord,
    QueryRecord,
    RunRecord,
    TrialRecord,
)
from recursor.store import tables

Record = (
    RunRecord | FixtureRecord | NodeRecord | FileRecord | QueryRecord | EventRecord | CheckRecord
    | AttributionRecord | ExperimentRecord | TrialRecord
)  # fmt: skip
Completed = RunRecord | NodeRecord | QueryRecord | TrialRecord
R = TypeVar("R", bound=Record)

TABLES: dict[type[Any], Table] = {
    RunRecord: tables.run,
    FixtureRecord: tables.fixture,
    NodeRecord: tables.node,
    FileRecord: tables.file,
    QueryRecord: tables.query,
    EventRecord: tables.event,
    CheckRecord: tables.replay_check,
}
"""What is recorded of a run."""
DERIVED: dict[type[Any], Table] = {AttributionRecord: tables.attribution}
"""What is reckoned from a run: it is removed with it, and can be reckoned again."""
PLANS: dict[type[Any], Table] = {
    ExperimentRecord: tables.experiment,
    TrialRecord: tables.trial,
}
PLAIN_BYTES = 16 * 1024
"""Content up to this stays readable in the plain `sqlite3` shell; more is compressed."""

_PUT = text(
    "INSERT INTO blob (sha256, size, codec, bytes) VALUES (:sha256, :size, :codec, :bytes)"
    " ON CONFLICT DO NOTHING"
)


def add(connection: Connection, record: Record) -> None:
    """Insert a record."""
    table = _table(type(record))
    names = [field.name for field in dataclasses.fields(record)]
    row = {name: getattr(record, name) for name in names}
    connection.execute(table.insert(), _stored(connection, table, row))


def complete(connection: Connection, before: Completed, after: Completed) -> None:
    """Complete a record that was added as `before`; raise StoreError if it already ended."""
    table = _table(type(after))
    changed = {
        field.name: getattr(after, field.name)
        for field in dataclasses.fields(after)
        if getattr(after, field.name) != getattr(before, field.name)
    }
    row = update(table).where(table.c.id == before.id, table.c.ended_at.is_(None))
    if connection.execute(row.values(_stored(connection, table, changed))).rowcount != 1:
        raise StoreError(f"the row {table.name} {after.id} was completed before")


def fetch(connection: Connection, kind: type[R], *where: Any, content: bool = True) -> list[R]:
    """Read the records that match, in order of insertion.

    Without `content` the fields that hold content hold its digest instead.
    """
    table = _table(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    chosen = select(*(table.c[name] for name in names)).where(*where).order_by(table.c.id)
    rows = [dict(row._mapping) for row in connection.execute(chosen)]
    if content:
        _load_content(connection, table, rows)
    return [kind(**row) for row in rows]


def blobs(connection: Connection, digests: Iterable[str]) -> dict[str, bytes]:
    """Return content by digest."""
    wanted = sorted(set(digests))
    found: dict[str, bytes] = {}
    for start in range(0, len(wanted), 500):
        chosen = select(tables.blob).where(tables.blob.c.sha256.in_(wanted[start : start + 500]))
        for row in connection.execute(chosen):
            plain = row.codec == "plain"
            found[row.sha256] = row.bytes if plain else zstandard.decompress(row.bytes, row.size)
    return found


def holding(connection: Connection, run: str, text: str) -> list[str]:
    """Return the ids of a run's nodes whose program or id holds a text, in any case of letters."""
    column, wanted = tables.node.c, text.casefold()
    named = connection.execute(select(column.id, column.program).where(column.run == run)).all()
    programs = blobs(connection, (program for _, program in named))
    holds = {digest for digest, data in programs.items() if wanted in data.decode().casefold()}
    return [id_ for id_, program in named if program in holds or wanted in id_.casefold()]


def put(connection: Connection, data: bytes, *, compress: bool = True) -> str:
    """Store content unless it is there; return its digest."""
    digest = hashlib.sha256(data).hexdigest()
    plain = len(data) <= PLAIN_BYTES or not compress
    values = {
        "sha256": digest,
        "size": len(data),
        "codec": "plain" if plain else "zstd",
        "bytes": data if plain else zstandard.compress(data),
    }
    connection.execute(_PUT, values)
    return digest


def content_columns(table: Table) -> list[Column[Any]]:
    """Return the columns that name content."""
    return [column for column in table.c if "blob" in column.info]


def _table(kind: type[Any]) -> Table:
    return {**TABLES, **DERIVED, **PLANS}[kind]


def _stored(connection: Connection, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    stored = dict(row)
    for name, value in row.items():
        if "blob" in table.c[name].info and value is not None:
            data = value.encode() if isinstance(value, str) else value
            stored[name] = put(connection, data)
    return stored


def _load_content(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    columns = content_columns(table)
    digests = [row[column.name] for row in rows for column in columns if row[column.name]]
    contents = blobs(connection, digests)
    for column in columns:
        # However many rows name it, content is in memory once.
        named = {row[column.name] for row in rows} - {None}
        text = column.info["blob"] == "text"
        loaded = {
            digest: contents[digest].decode() if text else contents[digest] for digest in named
        }
        for row in rows:
            row[column.name] = loaded.get(row[column.name])
