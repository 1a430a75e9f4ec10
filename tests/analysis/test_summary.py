"""Counts that must add up."""

from __future__ import annotations

import dataclasses

from recursor.analysis.summary import counts, summary
from recursor.records import EventRecord
from tests.store.test_store import a_node, a_query, a_run

DENIAL = {"limit": "breadth", "limit_value": 1, "asked": 2}


def test_an_empty_run_has_no_structure() -> None:
    facts = summary(a_run(), [], [], [])
    assert counts([], []) == {"nodes": 0, "queries": 0, "granted": 0, "denied": 0, "failed": 0}
    assert (facts["depth"], facts["wall_s"], facts["denials"]) == (0, None, {})
    assert facts["depths"] == [{"depth": 0, "nodes": 0, "queries": 0}]


def test_everything_is_counted_once() -> None:
    nodes = [a_node(end_cause="exited"), a_node(id_="b", parent="node", depth=2)]
    queries = [
        a_query(prompt_tokens=10, answer_tokens=5, prefill_s=1.0, decode_s=0.5),
        a_query(id="2", node="b", decision="denied", denial=DENIAL),
        a_query(id="3", node="b", decision="failed"),
    ]
    refused = EventRecord(a_run().id, "b", 0, 0, "refused", "broker", {"denial": DENIAL})
    run = dataclasses.replace(a_run(), ended_at="2026-01-01T00:00:02.500000Z")
    facts = summary(run, nodes, queries, [refused])
    assert facts["denials"] == {"breadth": 2}
    assert facts["granted"] + facts["denied"] + facts["failed"] == facts["queries"] == 3
    assert [(row["nodes"], row["queries"]) for row in facts["depths"]] == [(0, 1), (1, 0), (1, 2)]
    assert facts["end_causes"] == {"exited": 1, "living": 1}
    assert (facts["prompt_tokens"], facts["answer_tokens"]) == (10, 5)
    assert (facts["wall_s"], facts["model_s"]) == (2.5, 1.5)


def test_how_the_model_worked() -> None:
    """Two answers in the same second, and one in a second of its own after a pause."""
    timed = [
        a_query(
            id=str(number), prompt_tokens=40, cached_prompt_tokens=cached, answer_tokens=10,
            prefill_s=0.25, decode_s=0.75, ended_at=f"2026-01-01T00:00:{end:09.6f}Z",
        )
        for number, (end, cached) in enumerate([(3, 0), (3, 30), (9, 30)])
    ]  # fmt: skip
    facts = summary(a_run(), [], timed, [])
    assert facts["tokens_per_s"] == 15.0
    assert facts["answers_at_once"] == 1.5
    assert facts["prompt_tokens_reused"] == 0.5
    nothing = summary(a_run(), [], [a_query(decision="failed")], [])
    assert (nothing["tokens_per_s"], nothing["answers_at_once"]) == (None, None)
