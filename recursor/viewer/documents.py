"""What the page shows, as JSON documents by name.

- `index`: the runs and the experiments there are.
- `runs/RUN/tree`: a run and its whole tree in columns, an entry a node, without any text. A node's
  place in the columns is its *position*; nodes stand in the order of their start.
- `runs/RUN/nodes/NODE`: all of a node; NODE is `operator` for the queries at the top.
- `runs/RUN/programs`, in a report only: every different program once, in the order of the tree's
  `program` column.
- `runs/RUN/measures`: what `analysis` finds in the run; nodes are positions.
- `pairs/RUN/RUN`: two runs side by side.
- `experiments/EXPERIMENT`: an experiment's measures by condition, and its runs.
- `runs/RUN/search?q=TEXT`, live only: the ids of the nodes whose program or id holds a text.

Times are milliseconds since the run began, `None` where something has no end yet.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from recursor.analysis import attribution
from recursor.analysis.record import plain
from recursor.export.document import event_object, node_object, query_object, run_object
from recursor.records import (
    AttributionRecord,
    EventRecord,
    ExperimentRecord,
    FileRecord,
    NodeRecord,
    QueryRecord,
    Recording,
    RunRecord,
)
from recursor.store import NodeOutline, Outline, Totals
from recursor.version import __version__

SCHEMA_VERSION = 1
OPERATOR = "operator"
KEY_CHARACTERS = 16
"""Of a node's key: enough to tell the nodes of a run apart."""
FILE_CHARACTERS = 2000
"""Of a file that a node left behind."""

Document = dict[str, Any]
"""What JSON holds: names and values."""


def encoded(document: Document) -> bytes:
    """Return a document as JSON; numbers that JSON has not (NaN, infinities) as text."""
    try:
        return _dumped(document)
    except ValueError:  # of a record that came from elsewhere
        return _dumped(_finite(document))


def index(
    runs: Iterable[tuple[RunRecord, Totals]], experiments: Iterable[ExperimentRecord], *, live: bool
) -> Document:
    """Return what there is to look at."""
    return {
        "schema_version": SCHEMA_VERSION,
        "version": __version__,
        "live": live,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "runs": [_run_row(run, totals) for run, totals in runs],
        "experiments": [
            {"id": each.id, "name": each.name, "question": each.plan.get("question")}
            for each in experiments
        ],
    }


def tree(run: RunRecord, outline: Outline) -> Document:
    """Return a run and its tree."""
    nodes, queries = outline.nodes, outline.queries
    begun = _unix_ms(run.started_at)
    places = {node.id: place for place, node in enumerate(nodes)}
    asked = Counter(query.node for query in queries)
    denied = Counter(query.node for query in queries if query.decision == "denied")
    tokens = Counter[str | None]()
    for query in queries:
        tokens[query.node] += (query.prompt_tokens or 0) + (query.answer_tokens or 0)
    numbers = program_numbers(nodes)
    columns = {
        "id": [node.id for node in nodes],
        "key": [node.key[:KEY_CHARACTERS] for node in nodes],
        "parent": [places.get(node.parent or "", -1) for node in nodes],
        "depth": [node.depth for node in nodes],
        "begun_ms": [_unix_ms(node.started_at) - begun for node in nodes],
        "ended_ms": [_since(node.ended_at, begun) for node in nodes],
        "end_cause": [node.end_cause or "living" for node in nodes],
        "exit_code": [node.exit_code for node in nodes],
        "language": [node.language for node in nodes],
        "kind": [node.kind for node in nodes],
        "link": [node.link_evidence for node in nodes],
        "program": [numbers[node.language, node.program] for node in nodes],
        "queries": [asked[node.id] for node in nodes],
        "denied": [denied[node.id] for node in nodes],
        "tokens": [tokens[node.id] for node in nodes],
    }
    return {
        "run": _run_facts(run),
        "nodes": columns,
        "queries": {
            "node": [places.get(query.node or "", -1) for query in queries],
            "begun_ms": [_unix_ms(query.started_at) - begun for query in queries],
            "ended_ms": [_since(query.ended_at, begun) for query in queries],
            "decision": [query.decision for query in queries],
            "limit": [query.limit for query in queries],
            "prompt_tokens": [query.prompt_tokens or 0 for query in queries],
            "answer_tokens": [query.answer_tokens or 0 for query in queries],
        },
        "refused": {
            "node": [places.get(refusal.node or "", -1) for refusal in outline.refusals],
            "at_ms": [refusal.time_ns // 1_000_000 - begun for refusal in outline.refusals],
            "limit": [refusal.limit for refusal in outline.refusals],
        },
    }


@dataclass
class Around:
    """What stands around a node, or the operator."""

    queries: list[QueryRecord] = field(default_factory=list)
    events: list[EventRecord] = field(default_factory=list)
    files: list[FileRecord] = field(default_factory=list)
    children: list[NodeRecord] = field(default_factory=list)
    attributions: list[AttributionRecord] = field(default_factory=list)
    """Of the queries, or more."""


def around(
    recording: Recording, attributions: Iterable[AttributionRecord]
) -> defaultdict[str | None, Around]:
    """Return what stands around each node of a run, by its id, and around None, the operator."""
    found: defaultdict[str | None, Around] = defaultdict(Around)
    asker = {query.id: query.node for query in recording.queries}
    for query in recording.queries:
        found[query.node].queries.append(query)
    for event in recording.events:
        found[event.node].events.append(event)
    for file in recording.files:
        found[file.node].files.append(file)
    for child in recording.nodes:
        found[child.parent].children.append(child)
    for row in attributions:
        found[asker.get(row.query)].attributions.append(row)
    return found


def node(node: NodeRecord | None, around: Around) -> Document:
    """Return all of a node, or with None the operator's queries.

    Nodes, queries and events are as `show --json` has them, but for keys, digests and token ids,
    and with the beginnings of files. Where a query was attributed, `sources` has a row a source:
    `source`, `kind`, `words`, `spans`, `bits`, `share`, `tokens` (bits of each token of the
    answer), and `ends` says where the tokens end.
    """
    scored: dict[str, list[AttributionRecord]] = {}
    for row in around.attributions:
        scored.setdefault(row.query, []).append(row)
    queries = []
    for query in around.queries:
        document = _without(query_object(query), "key", "request_digest", "answer_token_ids")
        if rows := scored.get(query.id):
            frame = attribution.frame(rows, around.children, [query])
            document["sources"] = plain(frame.drop(columns=["query", "node", "depth"]))
            document["ends"] = next((row.ends for row in rows if row.ends is not None), None)
        queries.append(document)
    found: Document = {"node": None, "queries": queries}
    if node is not None:
        found["node"] = {
            **_without(node_object(node), "key"),
            "files": [_file(each) for each in around.files],
        }
    found["events"] = [_without(event_object(event), "key") for event in around.events]
    return found


def programs(nodes: Iterable[NodeRecord]) -> Document:
    """Return the texts of the programs, each once, as `tree` numbers them."""
    return {"programs": [text for _, text in program_numbers(nodes)]}


def program_numbers(nodes: Iterable[NodeRecord | NodeOutline]) -> dict[tuple[str, str], int]:
    """Number the different programs of a run, by language and text (of an outline: digest)."""
    programs = dict.fromkeys((node.language, node.program) for node in nodes)
    return {program: number for number, program in enumerate(programs)}


def experiment(found: Any) -> Document:
    """Return an experiment (`experiments.results.Experiment`) with what was declared of it."""
    runs = found.runs_df()
    return {
        "id": found.record.id,
        "name": found.name,
        "planned_at": found.record.planned_at,
        "plan": dict(found.record.plan),
        "count": {**vars(found.count()), "failed": found.count().failed},
        "measures": found.measures,
        "table": found.table(mixed=True),
        "comparisons": plain(found.compare_df(mixed=True)),
        "runs": plain(runs),
    }


def _run_row(run: RunRecord, totals: Totals) -> Document:
    return {
        "id": run.id,
        "name": run.name,
        "goal": run.goal,
        "tags": run.tags,
        "model": run.model,
        "provenance": run.model_provenance,
        "pack": run.pack,
        "seed": run.seed,
        "mode": run.mode,
        "budget": run.budget,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "end_cause": run.end_cause or "living",
        "parent_run": run.parent_run,
        "fork_node": run.fork_node,
        "experiment": run.experiment,
        "condition": run.condition,
        **vars(totals),
    }


def _run_facts(run: RunRecord) -> Document:
    facts = _without(run_object(run), "profile", "pack_content")
    return {**facts, "end_cause": run.end_cause or "living"}


def _file(file: FileRecord) -> Document:
    content = file.content if isinstance(file.content, bytes) else b""
    text = content.decode("utf-8", "backslashreplace")
    return {
        "path": file.path,
        "size": file.size,
        "text": text[:FILE_CHARACTERS],
        "is_cut": len(text) > FILE_CHARACTERS,
    }


def _dumped(document: Any) -> bytes:
    # Escaped, since a recorded text may hold half of a surrogate pair, which UTF-8 has not.
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {name: _finite(each) for name, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case float() if not math.isfinite(value):
            return str(value)
    return value


def _without(document: Document, *names: str) -> Document:
    return {name: value for name, value in document.items() if name not in names}


def _unix_ms(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1000)


def _since(instant: str | None, begun: int) -> int | None:
    return None if instant is None else _unix_ms(instant) - begun
