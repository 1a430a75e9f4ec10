"""The ALife data standard for phylogenies: who descends from whom, as one CSV file.

Lalejini et al. 2019, "Data standards for artificial life software": `id` (an integer),
`ancestor_list` (`[NONE]` or `[ID]`), `origin_time` and `destruction_time`, in seconds since the run
began (`inf` where no end is recorded). A node's ancestor is the one that executed it. Further
columns tell the run, the node's own id, its depth, what its program is and how it ended.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

from recursor.export.output import Chosen, beside
from recursor.records import NodeRecord, RunRecord

COLUMNS = ("id", "ancestor_list", "origin_time", "destruction_time", "run", "node", "depth", "kind",
           "language", "program_sha256", "origin_query", "link_evidence", "end_cause")  # fmt: skip


def write(runs: Chosen, path: Path) -> None:
    """Write runs to a file that does not exist yet. Raises StoreError."""
    numbers = count()
    with (
        beside(path, runs) as unfinished,
        unfinished.open("x", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for store, run in runs:
            writer.writerows(_rows(run, store.nodes(run.id), numbers))


def _rows(
    run: RunRecord, nodes: list[NodeRecord], numbers: Iterator[int]
) -> Iterator[tuple[object, ...]]:
    ids = dict(zip((node.id for node in nodes), numbers, strict=False))
    for node in nodes:
        yield (
            ids[node.id],
            f"[{ids[node.parent]}]" if node.parent else "[NONE]",
            _seconds(run, node.started_at),
            _seconds(run, node.ended_at) if node.ended_at else "inf",
            run.id,
            node.id,
            node.depth,
            node.kind,
            node.language,
            hashlib.sha256(node.program.encode()).hexdigest(),
            node.origin_query,
            node.link_evidence,
            node.end_cause,
        )


def _seconds(run: RunRecord, instant: str) -> float:
    began, then = (datetime.fromisoformat(each) for each in (run.started_at, instant))
    return round((then - began).total_seconds(), 6)
