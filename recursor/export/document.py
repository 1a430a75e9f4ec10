"""A run as one JSON document: what `show RUN --json` prints, stable within a schema version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recursor.records import EventRecord, FileRecord, NodeRecord, QueryRecord, RunRecord

SCHEMA_VERSION = 1
"""Changes when a key changes its meaning or goes; new keys may come without."""


def document(
    run: RunRecord,
    nodes: Sequence[NodeRecord],
    queries: Sequence[QueryRecord],
    events: Sequence[EventRecord],
    files: Sequence[FileRecord] = (),
) -> dict[str, Any]:
    """Return the whole run. Of the files that nodes left behind it holds the digests.

    So `files` are read without their content.
    """
    left: dict[str, list[FileRecord]] = {}
    for file in files:
        left.setdefault(file.node, []).append(file)
    return {
        "schema_version": SCHEMA_VERSION,
        "run": run_object(run),
        "nodes": [node_object(node, left.get(node.id, ())) for node in nodes],
        "queries": [query_object(query) for query in queries],
        "events": [event_object(event) for event in events],
    }


def facts_of(run: RunRecord) -> dict[str, Any]:
    """Return what stands beside figures of a run: which it is, and who answered in it."""
    return {"run": run.id, "model": run.model, "model_provenance": run.model_provenance}


def run_object(run: RunRecord) -> dict[str, Any]:
    """Return a run."""
    return dict(vars(run))


def node_object(node: NodeRecord, files: Sequence[FileRecord] = ()) -> dict[str, Any]:
    """Return a node; output that is not UTF-8 is escaped with backslashes."""
    values = dict(vars(node))
    del values["run"]
    for name in ("stdout", "stderr"):
        values[name] = _output(values[name], values.pop(f"{name}_bytes"))
    values["files"] = [{"path": f.path, "size": f.size, "sha256": f.content} for f in files]
    return values


def query_object(query: QueryRecord) -> dict[str, Any]:
    """Return a query."""
    values = dict(vars(query))
    del values["run"]
    return values


def event_object(event: EventRecord) -> dict[str, Any]:
    """Return an event."""
    values = dict(vars(event))
    del values["run"]
    return {"seq": values.pop("sequence"), **values}


def _output(data: bytes | None, bytes_total: int | None) -> dict[str, Any] | None:
    if data is None or bytes_total is None:
        return None
    return {
        "text": data.decode("utf-8", "backslashreplace"),
        "bytes_total": bytes_total,
        "truncated": bytes_total > len(data),
    }
