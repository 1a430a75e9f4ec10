"""Measures of small runs made by hand; each number here is counted on paper, not by the code."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recursor.analysis.measures import MEASURES, measure
from recursor.errors import UsageError
from recursor.records import EventRecord, RunRecord
from recursor.store import Store
from tests.store.test_store import a_node, a_query, a_run

DENIAL = {"limit": "breadth", "limit_value": 1, "asked": 2}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(f"sqlite:///{tmp_path}/recursor.db", write=True) as opened:
        yield opened


def measured(store: Store, run: RunRecord, *rows: Any) -> dict[str, float | None]:
    for written in [store.add(row) for row in (run, *rows)]:
        written.result()
    return measure(store, run, MEASURES)


def an_event(sequence: int, node: str | None, kind: str) -> EventRecord:
    detail = {"denial": DENIAL} if kind == "refused" else {}
    return EventRecord(a_run().id, node, sequence, 0, kind, "broker", detail)


def test_a_tree_down_to_its_depth_limit(store: Store) -> None:
    """Depth limit 3: root executes two (one refused beside them), one of which executes two.

    root ── a ── a1        refused: one of root's, one of a's, two of a1's (at the limit),
         │    └─ a2        and one of the operator's, which no program asked for
         └─ b
    """
    run = a_run(budget={"depth": 3}, ended_at="2026-01-01T00:01:30Z", end_cause="completed")
    clean: dict[str, Any] = {"end_cause": "exited", "exit_code": 0}
    nodes = [
        dataclasses.replace(a_node(id_="root", program="r"), **clean),
        a_node(id_="a", parent="root", depth=2, program="p", end_cause="exited", exit_code=1),
        a_node(id_="b", parent="root", depth=2, program="p", end_cause="timeout"),
        a_node(id_="a1", parent="a", depth=3, program="p", end_cause="killed", exit_code=0),
        dataclasses.replace(a_node(id_="a2", parent="a", depth=3, program="q"), **clean),
    ]
    asked = [(None, "granted"), ("root", "granted"), ("root", "granted"), ("a", "granted"),
             ("a", "denied"), ("b", "failed")]  # fmt: skip
    spent: dict[str, Any] = {
        "prompt_tokens": 10, "answer_tokens": 3, "prefill_s": 0.5, "decode_s": 1.0
    }  # fmt: skip
    queries = [
        a_query(
            id=f"q{number}", key=f"q{number}", arrival=number, node=node, decision=decision,
            denial=DENIAL if decision == "denied" else None,
            **(spent if decision == "granted" else {}),
        )
        for number, (node, decision) in enumerate(asked)
    ]  # fmt: skip
    told = [
        ("root", "refused"), ("a", "refused"), ("a1", "refused"), ("a1", "refused"),
        (None, "refused"), ("root", "memory_put"), ("a", "memory_append"), ("a", "memory_get"),
        ("b", "memory_get"), ("b", "memory_get"), ("b", "memory_list"), ("a", "budget"),
    ]  # fmt: skip
    events = [an_event(number, *fact) for number, fact in enumerate(told)]
    assert measured(store, run, *nodes, *queries, *events) == {
        "nodes": 5,
        "depth": 3,
        "widest": 2,
        "queries": 6,
        "asked": 5,
        "queries_itself": 1,
        "spawns": 8,  # a, b, a1, a2 and four that were refused
        "grows": 1,
        "recurses": 1,
        "branching": 3,  # a, b and one that was refused
        "no_program": 0,
        "denials": 6,  # one query, five programs
        "denied_share": 0.2,
        "failures": 1,
        "distinct_programs": 3,
        "duplicate_share": pytest.approx(0.4),
        "memory_writes": 2,
        "memory_reads": 3,
        "budget_asks": 1,
        "tokens": 52,
        "answer_tokens": 12,
        "wall_s": 90,
        "model_s": 6,
        "timeouts": 1,
        "clean_exits": 0.4,
    }


UNDEFINED = ("branching", "denied_share", "duplicate_share", "wall_s", "clean_exits")


def test_a_run_without_a_program_has_counts_of_0_and_no_shares(store: Store) -> None:
    found = measured(store, a_run(end_cause="no_program"), a_query())
    expected: dict[str, float | None] = dict.fromkeys(MEASURES, 0)
    expected |= dict.fromkeys(UNDEFINED) | {"queries": 1, "no_program": 1}
    assert found == expected


def test_one_program_that_asks_nothing(store: Store) -> None:
    found = measured(store, a_run(), a_query(), a_node(end_cause="exited", exit_code=0))
    names = ("nodes", "depth", "asked", "queries_itself", "grows", "recurses", "branching")
    assert [found[name] for name in names] == [1, 1, 0, 0, 0, 0, 0]
    assert (found["denied_share"], found["duplicate_share"], found["clean_exits"]) == (None, 0, 1)


def test_two_depths_grow_but_do_not_recurse(store: Store) -> None:
    found = measured(store, a_run(), a_node(), a_node(id_="b", parent="node", depth=2))
    assert (found["grows"], found["recurses"], found["branching"]) == (1, 0, 1)


def test_a_refused_program_is_an_attempt_though_nothing_grew(store: Store) -> None:
    found = measured(store, a_run(), a_node(), an_event(0, "node", "refused"))
    assert (found["spawns"], found["grows"], found["branching"]) == (1, 0, 1)


def test_at_the_depth_limit_nothing_can_be_said_of_branching(store: Store) -> None:
    run = a_run(budget={"depth": 1})
    found = measured(store, run, a_node(), an_event(0, "node", "refused"))
    assert (found["spawns"], found["branching"]) == (1, None)


def test_one_run_is_not_counted_for_another(store: Store) -> None:
    other = a_run("01K0000000000000000000000B")
    elsewhere = EventRecord(other.id, "theirs", 0, 0, "refused", "broker", {"denial": DENIAL})
    measured(
        store, other, a_node(other.id, "theirs", program="x"), elsewhere,
        a_query(other.id, id="theirs", key="theirs", node="theirs"),
    )  # fmt: skip
    found = measured(store, a_run(), a_node())
    names = ("nodes", "asked", "spawns", "distinct_programs", "denials")
    assert [found[name] for name in names] == [1, 0, 0, 1, 0]


def test_only_what_is_asked_for_is_measured(store: Store) -> None:
    store.add(a_run()).result()
    assert measure(store, a_run(), ["depth", "nodes"]) == {"depth": 0, "nodes": 0}
    with pytest.raises(UsageError, match="there is no measure 'size'; there are nodes, depth, "):
        measure(store, a_run(), ["nodes", "size"])


def test_every_measure_says_what_it_is() -> None:
    for name, each in MEASURES.items():
        assert each.name == name
        assert len(each.about) > 10 and each.unit
        assert each.is_share == (each.unit == "share of runs")


def test_growing_and_showing_runs_does_not_wait_for_pandas() -> None:
    imported = "import sys, recursor.cli, recursor.api, recursor.analysis.measures"
    asked = f"{imported}; print({{'numpy', 'pandas', 'scipy'}} & set(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert found.stdout == "set()\n"
