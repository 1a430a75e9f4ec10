"""What `analysis` finds in one run, as the document `runs/RUN/measures`; nodes are positions."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import pandas as pd

from recursor.analysis import branching, denials, motifs, populations, record, shape
from recursor.analysis.lineage import lineage
from recursor.analysis.record import Frame, Frames, plain
from recursor.store import Store
from recursor.viewer.documents import Document

INSTANTS = 200


def measures(frames: Frames) -> Document:
    """Measure one run.

    `families` has a number a node: which programs are near copies of each other (alone in its
    family: -1). `clusters` are the families, the largest first; `motifs` a row a motif of a node.
    """
    places = {id_: place for place, id_ in enumerate(frames.nodes["id"])}
    found = lineage(frames)
    families = _families(found.duplicates.classes)
    acts = motifs.motifs(frames)
    return {
        "provenance": frames.provenance,
        "weak_links": frames.weak_links,
        "as_text": found.duplicates.unread,
        "branching": plain(branching.by_depth(frames)),
        "shape": plain(shape.against_chance(frames)),
        "population": plain(
            populations.over_time(frames, _named(found.duplicates.classes), INSTANTS)
        ),
        "responses": plain(denials.table(denials.responses(frames))),
        "families": families,
        "clusters": [
            {"nodes": [places[node] for node in cluster.nodes], "texts": cluster.texts}
            for cluster in found.duplicates.clusters()
        ],
        "motifs": _placed(acts, places, "node"),
        "rates": plain(motifs.rates(frames, acts)),
        "edges": _placed(
            found.replication.edges.drop(columns=["run", "depth"]), places, "parent", "child"
        ),
        "replicators": [
            {**asdict(each), "nodes": [places[node] for node in each.nodes]}
            for each in found.replication.replicators
        ],
        "heredity": {**asdict(found.heredity), "lift": found.heredity.lift},
    }


def _families(classes: pd.DataFrame) -> list[int]:
    sizes = classes["near"].map(classes["near"].value_counts())
    return [int(each) for each in classes["near"].where(sizes > 1, -1)]


def _named(classes: pd.DataFrame) -> pd.Series:
    return pd.Series(classes["near"].to_numpy(), index=classes["node"])


def _placed(rows: Frame, places: dict[str, int], *names: str) -> list[Document]:
    """Return rows without their run, nodes by position."""
    table = rows.drop(columns=["run"], errors="ignore")
    return plain(table.assign(**{name: table[name].map(places) for name in names}))


def main() -> None:
    """Measure the run that stdin names, and write what is found to stdout."""
    order = json.load(sys.stdin)
    with Store(order["url"]) as store:
        found = measures(record.read(store, [store.run(order["run"])]))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
