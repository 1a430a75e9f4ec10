"""Records as rows of a table: what `csv` and `parquet` have in common.

A table a kind of record, a column a field, named as in `records`. Of a value that is a list or a
mapping there is its JSON, all ASCII. Bytes (`stdout`, `stderr`) are a text in which those that are
no UTF-8 are escaped: `\\xff`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from types import NoneType
from typing import Any, get_args, get_type_hints

from recursor.export.output import Chosen
from recursor.records import EventRecord, NodeRecord, QueryRecord, RunRecord
from recursor.store import Store

Cell = str | int | float | bool | None
_READ: dict[str, tuple[type[Any], Callable[[Store, RunRecord], Iterable[Any]]]] = {
    "runs": (RunRecord, lambda _, run: [run]),
    "nodes": (NodeRecord, lambda store, run: store.nodes(run.id)),
    "queries": (QueryRecord, lambda store, run: store.queries(run.id)),
    "events": (EventRecord, lambda store, run: store.events(run.id)),
}
NAMES = tuple(_READ)
"""The tables."""


def columns(name: str) -> dict[str, type[Any]]:
    """Return the columns of a table and what their cells are, if they are not None."""
    return {field: _cell_type(hint) for field, hint in get_type_hints(_READ[name][0]).items()}


def rows(name: str, runs: Chosen) -> Iterator[list[Cell]]:
    """Yield a table's rows; the records of one run are in memory at a time."""
    kind, read = _READ[name]
    names = [field.name for field in fields(kind)]
    for store, run in runs:
        for record in read(store, run):
            yield [cell(getattr(record, each)) for each in names]


def cell(value: Any) -> Cell:
    """Return a value as a cell holds it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value if isinstance(value, str | int | float | NoneType) else json.dumps(value)


def _cell_type(hint: Any) -> type[Any]:
    kinds = [kind for kind in get_args(hint) or (hint,) if kind is not NoneType]
    return kinds[0] if kinds[0] in (str, int, float, bool) and len(kinds) == 1 else str
