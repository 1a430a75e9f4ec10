"""Recorded runs as tidy frames: a row a record, a column a field, named as in `records`.

`runs`: a row a run. `nodes`, `queries`, `events`: a row each, in the order in which they began;
`run` says whose they are, `program`, `prompt`, `answer`, `content` hold the texts themselves.
Whatever is measured is a pure function of these.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, TypeAlias, get_type_hints

import pandas as pd

from recursor.analysis.frames import whose
from recursor.records import WEAK, EventRecord, NodeRecord, QueryRecord, Recording, RunRecord
from recursor.store import Store

Frame: TypeAlias = pd.DataFrame
"""A tidy table: a row a thing, a column a fact."""


_DTYPES = {
    int: "int64",
    int | None: "Int64",
    float: "float64",
    float | None: "float64",
    bool: "bool",
    bool | None: "boolean",
}
"""What a field's values are in pandas; all else is an object."""


@dataclass(frozen=True)
class Frames:
    """Some runs; each value is an object as it was read, None where there is none."""

    runs: pd.DataFrame
    nodes: pd.DataFrame
    queries: pd.DataFrame
    events: pd.DataFrame

    @property
    def provenance(self) -> str:
        """Whose behaviour they tell of: `general`, `planted`, `general + planted`, ..."""
        return whose(self.runs["model_provenance"])

    @property
    def weak_links(self) -> int:
        """How many nodes are linked to their answer by evidence that is weaker than exact."""
        return int((self.nodes["link_evidence"] == WEAK).sum())

    def typed(self) -> Frames:
        """Return them with numbers that are numbers to pandas, which can describe and plot them.

        What is missing is NaN among seconds and NA among counts, which so lose no digit.
        """
        return Frames(
            _typed(RunRecord, self.runs),
            _typed(NodeRecord, self.nodes),
            _typed(QueryRecord, self.queries),
            _typed(EventRecord, self.events),
        )


def read(store: Store, runs: Iterable[RunRecord]) -> Frames:
    """Read runs of the record, all their texts with them."""
    chosen = list(runs)
    with _kept():
        return Frames(
            frame(RunRecord, chosen),
            frame(NodeRecord, (row for run in chosen for row in store.nodes(run.id))),
            frame(QueryRecord, (row for run in chosen for row in store.queries(run.id))),
            frame(EventRecord, (row for run in chosen for row in store.events(run.id))),
        )


@contextmanager
def _kept() -> Iterator[None]:
    """Make millions of values that live on; the collector, which else looks at all of them time and
    again, leaves them alone from then on."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_enabled:
            gc.enable()


def of(recordings: Sequence[Recording]) -> Frames:
    """Return the same of runs that were read already."""
    return Frames(
        frame(RunRecord, (each.run for each in recordings)),
        frame(NodeRecord, (row for each in recordings for row in each.nodes)),
        frame(QueryRecord, (row for each in recordings for row in each.queries)),
        frame(EventRecord, (row for each in recordings for row in each.events)),
    )


def together(some: Sequence[Frames]) -> Frames:
    """Return the runs of several frames as one."""
    names = ("runs", "nodes", "queries", "events")
    joined = (pd.concat([getattr(f, n) for f in some], ignore_index=True) for n in names)
    return Frames(*joined)


def frame(kind: type[Any], rows: Iterable[Any]) -> pd.DataFrame:
    """Return records of one kind as a frame, which has its columns even if it has no row."""
    names = [field.name for field in fields(kind)]
    return pd.DataFrame([vars(row) for row in rows], columns=names, dtype=object)


def _typed(kind: type[Any], frame: pd.DataFrame) -> pd.DataFrame:
    hints = get_type_hints(kind)
    return frame.astype({name: _DTYPES[hint] for name, hint in hints.items() if hint in _DTYPES})


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows, each its columns by name."""
    names = [str(name) for name in frame.columns]
    columns = (frame[name] for name in frame.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as JSON holds them: None where something is not defined."""
    return rows(frame.astype(object).where(frame.notna(), None))
