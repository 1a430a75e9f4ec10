"""A report: the page and every document it can ask for, compressed, in one file."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from recursor.analysis import record
from recursor.export.output import beside
from recursor.records import NodeRecord, RunRecord
from recursor.store import Store, Totals
from recursor.viewer import documents, page
from recursor.viewer.measures import measures
from recursor.viewer.pairs import pair

BLOCK = 64
"""Nodes that are compressed together: one is shown by unpacking so many."""
COMPARED = 4
"""Of up to so many runs each two are compared; of more, each with the one it comes from."""

Named = tuple[str, bytes]
Watch = Callable[[str], None]
"""Hears what is being written."""


@dataclass(frozen=True)
class Chosen:
    """Runs to be reported, and where each is read."""

    runs: Sequence[tuple[Store, RunRecord]]
    experiments: Sequence[Any] = ()


def write(chosen: Chosen, path: Path, watch: Watch = lambda _: None) -> None:
    """Write a report to a file that does not exist yet; the whole file or none.

    Raises StoreError if it cannot be written, or if a run still grows.
    """
    runs = [run for _, run in chosen.runs]
    title = runs[0].goal if len(runs) == 1 else f"{len(runs)} runs"
    with beside(path, chosen.runs) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        file.writelines(page.write(f"{title} · Recursor", _documents(chosen, watch), live=False))


def _documents(chosen: Chosen, watch: Watch) -> Iterator[Named]:
    totals = {store: store.totals() for store in dict.fromkeys(each for each, _ in chosen.runs)}
    rows = [(run, totals[store].get(run.id, Totals())) for store, run in chosen.runs]
    records = [each.record for each in chosen.experiments]
    yield _packed("index", {**documents.index(rows, records, live=False), "block": BLOCK})
    for store, run in chosen.runs:
        watch(f"{run.id}: reading")
        yield from _of_run(store, run, watch)
    for (one, a), (other, b) in _pairs(chosen.runs):
        watch(f"{a.id}, {b.id}: comparing")
        found = pair(one.recording(a.id), other.recording(b.id), other.checks(b.id))
        yield _packed(f"pairs/{a.id}/{b.id}", found)
    for each in chosen.experiments:
        yield _packed(f"experiments/{each.record.id}", documents.experiment(each))


def _of_run(store: Store, run: RunRecord, watch: Watch) -> Iterator[Named]:
    recorded, place = store.recording(run.id), f"runs/{run.id}"
    nodes = recorded.nodes
    yield _packed(f"{place}/tree", documents.tree(run, store.outline(run.id)))
    yield _packed(f"{place}/programs", documents.programs(nodes))
    around = documents.around(recorded, store.attributions(run.id))
    short = _Short(nodes)
    yield _packed(f"{place}/nodes/operator", short.node(documents.node(None, around[None])))
    for begin in range(0, len(nodes), BLOCK):
        block = [documents.node(each, around[each.id]) for each in nodes[begin : begin + BLOCK]]
        block = [short.node(each) for each in block]
        yield _packed(f"{place}/nodes/{begin // BLOCK}", {"nodes": block})
    watch(f"{run.id}: measuring")
    yield _packed(f"{place}/measures", measures(record.of([recorded])))


class _Short:
    """Says what stands in a report already by where it stands; `source.js` puts it back."""

    def __init__(self, nodes: Sequence[NodeRecord]) -> None:
        self._numbers = documents.program_numbers(nodes)
        self._children = {node.origin_query: node for node in nodes if node.origin_query}

    def node(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return a node's document without what the tree and the programs tell of it.

        In an answer the program that came of it is a number between what is before and behind it.
        """
        for query in document["queries"]:
            del query["node"]
            child, answer = self._children.get(query["id"]), query["answer"]
            if child and answer and child.program and child.program in answer:
                before, _, after = answer.partition(child.program)
                number = self._numbers[child.language, child.program]
                query["answer"] = [before, number, after]
            if query["rendered"] == query["prompt"]:
                del query["rendered"]
        if document["node"]:
            for name in ("id", "parent", "program", "language", "depth", "kind"):
                del document["node"][name]
        for event in document["events"]:
            del event["node"]
        return document


_Place = tuple[Store, RunRecord]


def _pairs(runs: Sequence[_Place]) -> Iterator[tuple[_Place, _Place]]:
    for one, other in combinations(runs, 2):
        if other[1].parent_run == one[1].id or len(runs) <= COMPARED:
            yield one, other
        elif one[1].parent_run == other[1].id:
            yield other, one


def _packed(name: str, document: dict[str, Any]) -> Named:
    return name, gzip.compress(documents.encoded(document), mtime=0)
