"""GraphML: the trees as one graph, for networkx, Gephi, Cytoscape and their like.

A vertex a node, with its fields, and one a run (the operator, whose `kind` is `run`). Two kinds of
edges: `parent`, from who executed a program to it; `origin`, from who asked the query of whose
answer it came, with the query and the evidence. XML can hold no control characters and reads a
carriage return as a line end: those are escaped with a backslash, as bytes of output that are no
UTF-8 are. What is not recorded is left out.

It is written here, line by line: networkx needs a graph and all its XML in memory, which is
gigabytes for a tree of 100,000 nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape, quoteattr

from recursor.export import tables
from recursor.export.output import Chosen, beside
from recursor.records import RunRecord
from recursor.store import Store

_UNHELD = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TYPES = {str: "string", int: "long", float: "double", bool: "boolean"}
_OF_RUNS = ("goal", "name", "seed", "model", "model_provenance", "pack", "started_at", "end_cause")
_OF_EDGES = ("origin_query", "link_evidence", "link_coverage", "link_candidates")
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
"""


def write(runs: Chosen, path: Path) -> None:
    """Write runs to a file that does not exist yet. Raises StoreError."""
    with beside(path, runs) as unfinished, unfinished.open("x", encoding="utf-8") as file:
        file.write(_HEAD)
        _write_keys(file)
        file.write('<graph edgedefault="directed">\n')
        for store, run in runs:
            file.writelines(_parts(store, run))
        file.write("</graph>\n</graphml>\n")


def _write_keys(file: TextIO) -> None:
    nodes = tables.columns("nodes")
    edges = {"kind": str} | {name: nodes.pop(name) for name in _OF_EDGES}
    runs = {name: kind for name, kind in tables.columns("runs").items() if name in _OF_RUNS}
    del nodes["id"]
    for domain, columns in (("node", runs | nodes), ("edge", edges)):
        for name, kind in columns.items():
            about = f'attr.name="{name}" attr.type="{_TYPES[kind]}"'
            file.write(f'<key id="{domain}.{name}" for="{domain}" {about}/>\n')


def _parts(store: Store, run: RunRecord) -> Iterator[str]:
    facts = {name: getattr(run, name) for name in _OF_RUNS}
    yield _element("node", {"id": run.id}, {"kind": "run", "run": run.id, **facts})
    askers = {query.id: query.node for query in store.queries(run.id, content=False)}
    for node in store.nodes(run.id):
        values = dict(vars(node))
        id_ = {"id": values.pop("id")}
        link = {name: values.pop(name) for name in _OF_EDGES}
        yield _element("node", id_, values)
        ends = {"source": node.parent or run.id, "target": node.id}
        yield _element("edge", {"id": f"parent of {node.id}", **ends}, {"kind": "parent"})
        if node.origin_query in askers:
            ends = {"source": askers[node.origin_query] or run.id, "target": node.id}
            yield _element(
                "edge", {"id": f"origin of {node.id}", **ends}, {"kind": "origin", **link}
            )


def _element(name: str, attributes: Mapping[str, str], values: Mapping[str, Any]) -> str:
    head = " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items())
    data = "".join(
        f'<data key="{name}.{key}">{_text(value)}</data>'
        for key, value in values.items()
        if value is not None
    )
    return f"<{name} {head}>{data}</{name}>\n"


def _text(value: Any) -> str:
    text = str(tables.cell(value))
    return escape(_UNHELD.sub(lambda c: c[0].encode("unicode_escape").decode("ascii"), text))
