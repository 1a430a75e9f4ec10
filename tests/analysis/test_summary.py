"""Counts that must add up, and that are what anyone would count who read every row."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recursor.analysis.summary import COUNTS, summary
from recursor.records import EventRecord, NodeRecord, QueryRecord, RunRecord
from recursor.store import Store
from tests.store.test_store import a_node, a_query, a_run

DENIAL = {"limit": "breadth", "limit_value": 1, "asked": 2}
_numbers = itertools.count()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path: Path = tmp_path_factory.mktemp("summary") / "recursor.db"
    with Store(f"sqlite:///{path}", write=True) as opened:
        yield opened


def summarised(
    store: Store,
    nodes: Sequence[NodeRecord] = (),
    queries: Sequence[QueryRecord] = (),
    events: Sequence[EventRecord] = (),
    **changes: Any,
) -> dict[str, Any]:
    """Record rows as a run of their own; their ids are made unique."""
    run = a_run(f"01K{next(_numbers):023d}", **changes)
    rows: list[Any] = [*nodes, *queries, *events]
    for number, row in enumerate(rows):
        own: dict[str, Any] = {"run": run.id}
        for name in ("id", "node", "parent"):
            if getattr(row, name, None) is not None:
                own[name] = f"{getattr(row, name)}-{run.id}"
        rows[number] = dataclasses.replace(row, **own)
    for write in [store.add(row) for row in (run, *rows)]:
        write.result()
    facts = summary(store, run)
    assert facts == counted(run, nodes, queries, events)
    return facts


def test_an_empty_run_has_no_structure(store: Store) -> None:
    facts = summarised(store)
    assert [facts[name] for name in COUNTS] == [0] * 5
    assert (facts["depth"], facts["wall_s"], facts["denials"]) == (0, None, {})
    assert facts["depths"] == [{"depth": 0, "nodes": 0, "queries": 0}]


def test_everything_is_counted_once(store: Store) -> None:
    nodes = [a_node(end_cause="exited"), a_node(id_="b", parent="node", depth=2)]
    queries = [
        a_query(prompt_tokens=10, answer_tokens=5, prefill_s=1.0, decode_s=0.5),
        a_query(id="2", key="2", node="b", decision="denied", denial=DENIAL),
        a_query(id="3", key="3", node="b", decision="failed"),
    ]
    refused = EventRecord(a_run().id, "b", 0, 0, "refused", "broker", {"denial": DENIAL})
    other = EventRecord(a_run().id, "b", 1, 0, "budget", "broker", {})
    facts = summarised(
        store, nodes, queries, [refused, other], ended_at="2026-01-01T00:00:02.500000Z"
    )
    assert (facts["denials"], facts["refused"]) == ({"breadth": 2}, 1)
    assert facts["granted"] + facts["denied"] + facts["failed"] == facts["queries"] == 3
    assert [(row["nodes"], row["queries"]) for row in facts["depths"]] == [(0, 1), (1, 0), (1, 2)]
    assert facts["end_causes"] == {"exited": 1, "living": 1}
    assert (facts["prompt_tokens"], facts["answer_tokens"]) == (10, 5)
    assert (facts["wall_s"], facts["model_s"]) == (2.5, 1.5)


def test_how_the_model_worked(store: Store) -> None:
    """Two answers in the same second, and one in a second of its own after a pause."""
    timed = [
        a_query(
            id=str(number), key=str(number), prompt_tokens=40, cached_prompt_tokens=cached,
            answer_tokens=10, prefill_s=0.25, decode_s=0.75, ended_at=_at(end),
        )
        for number, (end, cached) in enumerate([(3, 0), (3, 30), (9, 30)])
    ]  # fmt: skip
    facts = summarised(store, [], timed)
    assert facts["tokens_per_s"] == 15.0
    assert facts["answers_at_once"] == 1.5
    assert facts["prompt_tokens_reused"] == 0.5
    nothing = summarised(store, [], [a_query(decision="failed")])
    assert (nothing["tokens_per_s"], nothing["answers_at_once"]) == (None, None)


def _at(seconds: float) -> str:
    return f"2026-01-01T00:00:{seconds:09.6f}Z"


LIMITS = st.sampled_from([None, "breadth", "depth", "forbid_copies"])
TOKENS, SECONDS = st.none() | st.integers(0, 500), st.none() | st.integers(0, 64)
NODES = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from([None, "exited", "timeout", "killed"]),
        st.sampled_from([None, "exact", "contained"]),
    ),
    max_size=12,
)
QUERIES = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.sampled_from(["granted", "denied", "failed"]),
        LIMITS,
        st.tuples(TOKENS, TOKENS, TOKENS),
        st.tuples(SECONDS, SECONDS, SECONDS),
        st.none() | st.integers(0, 59),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(NODES, QUERIES, st.lists(LIMITS.filter(bool), max_size=4))
def test_the_database_counts_as_a_reader_would(
    store: Store, shapes: list[Any], asked: list[Any], refused: list[str]
) -> None:
    nodes: list[NodeRecord] = []
    for number, (above, end_cause, link) in enumerate(shapes):
        parent = nodes[above] if above < number else None
        nodes.append(
            a_node(
                id_=f"n{number}", parent=parent and parent.id, end_cause=end_cause,
                depth=parent.depth + 1 if parent else 1, link_evidence=link,
            )
        )  # fmt: skip
    queries = [
        a_query(
            id=f"q{number}", key=f"q{number}", arrival=number, decision=decision,
            node=nodes[asker].id if asker < len(nodes) else None,
            denial={"limit": limit} if limit else None,
            prompt_tokens=tokens[0], cached_prompt_tokens=tokens[1], answer_tokens=tokens[2],
            queue_s=_eighths(times[0]), prefill_s=_eighths(times[1]), decode_s=_eighths(times[2]),
            ended_at=None if end is None else _at(end),
        )
        for number, (asker, decision, limit, tokens, times, end) in enumerate(asked)
    ]  # fmt: skip
    events = [
        EventRecord(a_run().id, None, number, 0, "refused", "broker", {"denial": {"limit": limit}})
        for number, limit in enumerate(refused)
    ]
    summarised(store, nodes, queries, events)


def _eighths(number: int | None) -> float | None:
    """Sums of them are exact, whatever their order."""
    return None if number is None else number / 8


def counted(
    run: RunRecord,
    nodes: Sequence[NodeRecord],
    queries: Sequence[QueryRecord],
    events: Sequence[EventRecord],
) -> dict[str, Any]:
    """Return a summary, row by row."""
    depth = {node.id: node.depth for node in nodes}
    width = Counter(depth.values())
    asked = Counter(depth.get(query.node or "", 0) for query in queries)
    decisions = Counter(query.decision for query in queries)
    refused = [event for event in events if event.kind == "refused"]
    denials = Counter(q.denial["limit"] for q in queries if q.denial and q.decision == "denied")
    denials.update(event.detail["denial"]["limit"] for event in refused)
    tokens = {
        name: sum(getattr(query, name) or 0 for query in queries)
        for name in ("prompt_tokens", "answer_tokens", "cached_prompt_tokens")
    }
    spans = [_span(query) for query in queries if query.ended_at and _model_s(query)]
    moments = sorted({instant for span in spans for instant in span[:2]})
    busy_s = sum(
        end - begin
        for begin, end in itertools.pairwise(moments)
        if any(b <= begin and end <= e for b, e, _ in spans)
    )
    reused, prompt_tokens = tokens.pop("cached_prompt_tokens"), tokens["prompt_tokens"]
    wall = run.ended_at and datetime.fromisoformat(run.ended_at)
    return {
        "nodes": len(nodes),
        "queries": len(queries),
        **{name: decisions[name] for name in ("granted", "denied", "failed")},
        "refused": len(refused),
        "depth": max(width, default=0),
        "depths": [
            {"depth": d, "nodes": width[d], "queries": asked[d]}
            for d in range(max([0, *width]) + 1)
        ],
        **tokens,
        "denials": dict(denials),
        "end_causes": dict(Counter(node.end_cause or "living" for node in nodes)),
        "links": dict(Counter(node.link_evidence or "own" for node in nodes)),
        "wall_s": (wall - datetime.fromisoformat(run.started_at)).total_seconds() if wall else None,
        "model_s": round(sum(map(_model_s, queries)), 3),
        "queue_s": round(sum(query.queue_s or 0 for query in queries), 3),
        "tokens_per_s": round(sum(span[2] for span in spans) / busy_s, 1) if busy_s else None,
        "prompt_tokens_reused": round(reused / prompt_tokens, 3) if prompt_tokens else None,
        "answers_at_once": round(sum(e - b for b, e, _ in spans) / busy_s, 2) if busy_s else None,
    }


def _span(query: QueryRecord) -> tuple[float, float, int]:
    end = datetime.fromisoformat(query.ended_at or "").timestamp()
    return end - _model_s(query), end, query.answer_tokens or 0


def _model_s(query: QueryRecord) -> float:
    return (query.prefill_s or 0) + (query.decode_s or 0)
