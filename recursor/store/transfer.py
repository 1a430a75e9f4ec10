"""One run from database to database, and out of one.

A run that was written elsewhere is a stranger's word. Its rows are copied one by one into tables
of ours, which hold its rows together (every parent, every content that is named), and each is
checked for what the tables cannot say: the types of values, the form of ids, digests and instants,
and that content is what its digest says.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    create_model,
)
from sqlalchemy import Column, Connection, Table, except_, select
from zstandard import ZstdError

from recursor.errors import StoreError
from recursor.records import EventRecord, NodeRecord
from recursor.store import rows, schema, sqlite, tables
from recursor.store.details import DETAILS, Denial
from recursor.types import Provenance

_AT_ONCE = 32
"""How many contents are in memory at a time."""


def copy(source: Connection, target: Connection, run: str, *, compress: bool = True) -> None:
    """Copy a run with its content; raise StoreError for what no run of ours could hold."""
    for kind, table in rows.TABLES.items():
        found = _checked(source, kind, run)
        for content in _contents(source, table, found):
            rows.put(target, content, compress=compress)
        if found:
            target.execute(table.insert(), found)


def check(source: Connection, run: str) -> None:
    """Raise StoreError for what no run of ours could hold, and for content that is not whole."""
    try:
        for kind, table in rows.TABLES.items():
            for _ in _contents(source, table, _checked(source, kind, run)):
                pass  # to be there, as its digest says, is all that is asked of it
    except (ZstdError, ValueError, TypeError, RecursionError) as error:
        raise StoreError("it holds values that no row of ours can have") from error


def same(source: Connection, target: Connection, run: str) -> bool:
    """Return whether two databases hold the same of a run."""
    return all(_fetch(source, kind, run) == _fetch(target, kind, run) for kind in rows.TABLES)


def extract(source: Connection, run: str, path: Path) -> None:
    """Make a SQLite database that holds a run and nothing else, all content as it is."""
    engine = sqlite.engine(path)
    try:
        schema.upgrade(engine)
        with engine.begin() as target:
            copy(source, target, run, compress=False)
    finally:
        engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")


def remove(connection: Connection, runs: Sequence[str]) -> None:
    """Delete runs, and the content that no other run names."""
    for table in (*rows.DERIVED.values(), *rows.TABLES.values()):
        connection.execute(table.delete().where(_owner(table).in_(runs)))
    named = [select(column) for t in rows.TABLES.values() for column in rows.content_columns(t)]
    digest = tables.blob.c.sha256
    unnamed = except_(select(digest), *named)
    connection.execute(tables.blob.delete().where(digest.in_(unnamed)))


def _fetch(connection: Connection, kind: type[rows.R], run: str) -> list[rows.R]:
    table = rows.TABLES[kind]
    return rows.fetch(connection, kind, _owner(table) == run, content=False)


def _owner(table: Table) -> Column[Any]:
    return table.c.id if table is tables.run else table.c.run


def _checked(source: Connection, kind: type[rows.Record], run: str) -> list[dict[str, Any]]:
    found = [vars(record) for record in _fetch(source, kind, run)]
    for row in found:
        _check(kind, row)
    return _parents_first(found) if kind is NodeRecord else found


def _contents(source: Connection, table: Table, found: Sequence[dict[str, Any]]) -> Iterator[bytes]:
    """Yield what rows name, as their digests say."""
    for column in rows.content_columns(table):
        digests = list(dict.fromkeys(row[column.name] for row in found if row[column.name]))
        for start in range(0, len(digests), _AT_ONCE):
            some = digests[start : start + _AT_ONCE]
            contents = rows.blobs(source, some)
            for digest in some:
                if digest not in contents:
                    raise StoreError(f"the content {digest[:12]} is missing")
                content = contents[digest]
                if hashlib.sha256(content).hexdigest() != digest:
                    raise StoreError(f"the content {digest[:12]} is not what was recorded")
                if column.info["blob"] == "text" and not _is_text(content):
                    raise StoreError(f"the content {digest[:12]} is no text")
                yield content


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parents_first(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Below its parent lies every node by one: so there is no circle, and no depth out of reach."""
    depths = {None: 0} | {node["id"]: node["depth"] for node in nodes}
    for node in nodes:
        if depths.get(node["parent"]) != node["depth"] - 1:
            raise StoreError(f"the node {node['id']} is not one below its parent")
    return sorted(nodes, key=lambda node: node["depth"])


# --- what a row can be


class _Span(BaseModel):
    start: int
    end: int
    source: str


class _Check(BaseModel):
    same: int
    of: int


class _Inference(BaseModel):
    mode: str | None = None
    check: _Check | None = None


class _Model(BaseModel):
    spec: str
    digest: str
    engine: str
    inference: _Inference = _Inference()


class _Guest(BaseModel):
    names: dict[str, str] = {}


_INSIDE: dict[str, Any] = {
    "spans": list[_Span],
    "denial": Denial | None,
    "inference": _Inference,
    "models": dict[str, _Model],
    "guest": _Guest,
    "budget": dict[str, float],
    "model_provenance": Annotated[str, StringConstraints(pattern=f"^({'|'.join(Provenance)})$")],
}
"""What is read of columns whose own type says less."""
_FORMS = {26: r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$", 64: r"^[0-9a-f]{64}$"}
"""Ids and digests, by the length of their columns."""
_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")


def _check(kind: type[rows.Record], row: dict[str, Any]) -> None:
    try:
        _shapes()[kind].model_validate(row)
        if kind is EventRecord and (detail := DETAILS.get(row["kind"])):
            detail.model_validate(row["detail"])
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise StoreError(f"a row of {rows.TABLES[kind].name} has an impossible {where}") from error


@cache
def _shapes() -> dict[type[Any], type[BaseModel]]:
    """Return a model of each kind of row, in which a digest stands for content."""
    config = ConfigDict(strict=True, extra="forbid")
    shapes = {}
    for kind, table in rows.TABLES.items():
        types = {name: _type(table.c[name], hint) for name, hint in get_type_hints(kind).items()}
        fields: dict[str, Any] = {name: (type_, ...) for name, type_ in types.items()}
        shapes[kind] = create_model(kind.__name__, __config__=config, **fields)
    return shapes


def _type(column: Column[Any], hint: Any) -> Any:
    if column.name in _INSIDE:
        return _INSIDE[column.name]
    if column.name.endswith("_at"):
        text: Any = Annotated[str, AfterValidator(_instant)]
    elif form := _FORMS.get(getattr(column.type, "length", None) or 0):
        text = Annotated[str, StringConstraints(pattern=form)]
    else:
        return hint
    return text | None if column.nullable else text


def _instant(text: str) -> str:
    if not _RFC_3339.fullmatch(text):  # of all that ISO 8601 allows, what every reader knows
        raise ValueError("it is no instant of UTC")
    datetime.fromisoformat(text)
    return text
