"""A folder of Parquet files, one a table: `runs.parquet`, `nodes.parquet`, ...

Texts, integers of 64 bits, numbers and truth values have their own types; where nothing is recorded
a cell is null.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from recursor.export import tables
from recursor.export.output import Chosen, beside

_TYPES: dict[type[Any], pa.DataType] = {
    str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(),
}  # fmt: skip
_ROWS = 10_000
"""Rows that are in memory a second time."""


def write(runs: Chosen, path: Path) -> None:
    """Write runs to a folder that does not exist yet. Raises StoreError."""
    with beside(path, runs) as unfinished:
        unfinished.mkdir()
        for name in tables.NAMES:
            types = {column: _TYPES[kind] for column, kind in tables.columns(name).items()}
            schema, rows = pa.schema(types.items()), tables.rows(name, runs)
            with pq.ParquetWriter(unfinished / f"{name}.parquet", schema) as writer:
                while some := list(islice(rows, _ROWS)):
                    writer.write_table(_table(some, schema))


def _table(rows: list[list[tables.Cell]], schema: pa.Schema) -> pa.Table:
    columns = zip(schema.types, zip(*rows, strict=True), strict=True)
    return pa.table([pa.array(column, type_) for type_, column in columns], schema=schema)
