"""A folder of CSV files, one a table: `runs.csv`, `nodes.csv`, `queries.csv`, `events.csv`.

As RFC 4180 has it, in UTF-8, with a line of names; where nothing is recorded a cell is empty, as
that of an empty text is. Programs' line ends and control characters stand in cells as they are.
"""

from __future__ import annotations

import csv
from pathlib import Path

from recursor.export import tables
from recursor.export.output import Chosen, beside


def write(runs: Chosen, path: Path) -> None:
    """Write runs to a folder that does not exist yet. Raises StoreError."""
    with beside(path, runs) as unfinished:
        unfinished.mkdir()
        for name in tables.NAMES:
            place = unfinished / f"{name}.csv"
            with place.open("x", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(tables.columns(name))
                writer.writerows(tables.rows(name, runs))
