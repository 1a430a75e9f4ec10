"""JSON Lines: an object a line, everything that is recorded of some runs.

Each line has `kind` (`run`, `fixture`, `node`, `file`, `query`, `event`, `check`, `attribution`),
`run`, whose it is, and `record`: the object as `recursor show RUN --json` prints it; that of a run
has its `schema_version` beside it. All is ASCII: what is not is escaped as in any JSON. In the
output of programs bytes that are no UTF-8 are escaped with a backslash; the content of files is in
Base64.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from recursor.export.document import (
    SCHEMA_VERSION,
    event_object,
    node_object,
    query_object,
    run_object,
)
from recursor.export.output import Chosen, beside
from recursor.records import FileRecord, FixtureRecord, RunRecord
from recursor.store import Store


def write(runs: Chosen, path: Path) -> None:
    """Write runs to a file that does not exist yet. Raises StoreError."""
    with beside(path, runs) as unfinished, unfinished.open("x", encoding="ascii") as file:
        for store, run in runs:
            head = {"kind": "run", "schema_version": SCHEMA_VERSION, "run": run.id}
            file.write(json.dumps({**head, "record": run_object(run)}) + "\n")
            for kind, record in _records(store, run):
                file.write(json.dumps({"kind": kind, "run": run.id, "record": record}) + "\n")


def _records(store: Store, run: RunRecord) -> Iterator[tuple[str, dict[str, Any]]]:
    for fixture in store.fixtures(run.id):
        yield "fixture", _file(fixture)
    for node in store.nodes(run.id):
        yield "node", {**node_object(node), "files": node.files}
    for file in store.files(run.id):
        yield "file", _file(file)
    for query in store.queries(run.id):
        yield "query", query_object(query)
    for event in store.events(run.id):
        yield "event", event_object(event)
    for check in store.checks(run.id):
        yield "check", _without_run(asdict(check))
    for row in store.attributions(run.id):
        yield "attribution", _without_run(asdict(row))


def _file(file: FileRecord | FixtureRecord) -> dict[str, Any]:
    assert isinstance(file.content, bytes)
    content = base64.b64encode(file.content).decode("ascii")
    return {**_without_run(asdict(file)), "content": content}


def _without_run(values: dict[str, Any]) -> dict[str, Any]:
    del values["run"]
    return values
