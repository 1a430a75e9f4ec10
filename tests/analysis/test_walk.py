"""A walk tells everything that happened, once, in the order in which it happened."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recursor.analysis.walk import Step, steps
from recursor.records import EventRecord, RunRecord
from recursor.store import Store
from tests.store.test_store import a_node, a_query, a_run

BEGUN_NS = 1_767_225_600 * 10**9
"""The instant at which `a_run` begins."""
_numbers = itertools.count()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path: Path = tmp_path_factory.mktemp("walk") / "recursor.db"
    with Store(f"sqlite:///{path}", write=True) as opened:
        yield opened


def at(seconds: float) -> str:
    return f"2026-01-01T00:00:{seconds:09.6f}Z"


def a_new_run(**changes: Any) -> RunRecord:
    return a_run(f"01K{next(_numbers):023d}", **changes)


def recorded(store: Store, run: RunRecord, *rows: Any) -> RunRecord:
    for write in [store.add(run), *map(store.add, rows)]:
        write.result()
    return run


def a_story(store: Store) -> RunRecord:
    """One of everything; the rows come in another order than the one in which it happened."""
    told = a_new_run(ended_at=at(10), end_cause="completed")
    run = told.id
    root, child = f"{run}THROOT", f"{run}THLEAF"
    depth = {"limit": "depth", "limit_value": 1, "asked": 2}

    def query(name: str, arrival: int, start: float, end: float, **changes: Any) -> Any:
        return a_query(
            run, id=f"{name}-{run}", key=name, arrival=arrival, prompt=name, rendered="",
            started_at=at(start), ended_at=at(end), **changes,
        )  # fmt: skip

    def event(sequence: int, time_s: float, kind: str, detail: Any, content: str | None) -> Any:
        instant = BEGUN_NS + int(time_s * 10**9)
        return EventRecord(run, root, sequence, instant, kind, "broker", detail, content=content)

    return recorded(
        store, told,
        a_node(
            run, root, program="# hello\n\necho root\n" + "#" * 20_000, started_at=at(2),
            ended_at=at(9), end_cause="timeout", killed_by="program_time",
        ),
        a_node(
            run, child, parent=root, depth=2, key="child", kind="scope", program="echo \x1b[31m",
            started_at=at(5), ended_at=at(6), end_cause="exited", exit_code=3,
        ),
        query("goal", 0, 0.5, 1.5, answer="```bash\necho root\n```", answer_tokens=7),
        query("long", 1, 3, 8, node=root, decision="failed", error="too\nlong"),
        query("no", 2, 4, 4.5, node=root, decision="denied", denial=depth),
        event(0, 4.2, "memory_put", {"key": "a", "found": True, "sha256": "f" * 64}, "1\n2"),
        event(1, 7, "refused", {"denial": depth, "language": "bash"}, "echo deep"),
        event(2, 7.5, "memory_get", {"key": "b", "found": False, "denial": depth}, None),
    )  # fmt: skip


def test_everything_is_told_in_the_order_in_which_it_happened(store: Store) -> None:
    run = a_story(store)
    told = list(steps(store, run))
    root, child = f"{run.id}THROOT", f"{run.id}THLEAF"
    assert told == [
        Step(0.0, None, 0, "run_begins", "run begins: goal (stub:x, planted, bare, seed 1)"),
        Step(0.5, None, 0, "query_asked", "asks: goal"),
        Step(1.5, None, 0, "query_granted", "is answered, 7 tokens: echo root"),
        Step(2.0, root, 1, "program_begins", "bash program begins: echo root"),
        Step(3.0, root, 1, "query_asked", "asks: long"),
        Step(4.0, root, 1, "query_asked", "asks: no"),
        Step(4.2, root, 1, "memory_put", "memory put key a found True: 1"),
        Step(4.5, root, 1, "query_denied", "is denied: depth"),
        Step(5.0, child, 2, "program_begins", "bash scope begins: echo ·[31m"),
        Step(6.0, child, 2, "program_ends", "ends: exit 3"),
        Step(7.0, root, 1, "refused", "a program is refused: depth: echo deep"),
        Step(7.5, root, 1, "memory_get", "memory get key b found False denied depth"),
        Step(8.0, root, 1, "query_failed", "gets no answer: too"),
        Step(9.0, root, 1, "program_ends", "ends: timeout, by program_time"),
        Step(10.0, None, 0, "run_ends", "run ends: completed"),
    ]


def test_a_run_without_an_end_is_told_as_far_as_it_came(store: Store) -> None:
    run = a_new_run()
    program = a_node(run.id, f"N-{run.id}", started_at=at(1))
    asked = a_query(run.id, id=f"Q-{run.id}", node=program.id, started_at=at(2))
    recorded(store, run, program, asked)
    kinds = [step.kind for step in steps(store, run)]
    assert kinds == ["run_begins", "program_begins", "query_asked"]
    last = list(steps(store, store.run(run.id)))[-1]
    assert (last.instant_s, last.line) == (2.0, "the record ends: interrupted")
    empty = recorded(store, a_new_run())
    told = [(step.instant_s, step.line) for step in steps(store, store.run(empty.id))]
    assert told[1:] == [(0.0, "the record ends: interrupted")]


SPANS = st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(1, 9)), max_size=8)


@settings(max_examples=60)
@given(SPANS, SPANS)
def test_whatever_overlaps_time_never_goes_back(
    store: Store, programs: list[Any], asked: list[Any]
) -> None:
    run = a_new_run()
    rows: list[Any] = [
        a_node(run.id, f"N{n}-{run.id}", started_at=at(start), ended_at=end and at(start + end))
        for n, (start, end) in enumerate(programs)
    ]
    rows += [
        a_query(
            run.id, id=f"Q{n}-{run.id}", key=str(n), arrival=n, started_at=at(start),
            ended_at=end and at(start + end),
        )
        for n, (start, end) in enumerate(sorted(asked, key=lambda span: int(span[0])))
    ]  # fmt: skip
    told = list(steps(store, recorded(store, run, *rows)))
    instants = [step.instant_s for step in told]
    assert instants == sorted(instants)
    kinds = Counter(step.kind for step in told)
    assert kinds["program_begins"] == len(programs)
    assert kinds["program_ends"] == sum(end is not None for _, end in programs)
    assert kinds["query_granted"] == sum(end is not None for _, end in asked)
    begun = set[str | None]()
    for step in told:
        if step.kind == "program_begins":
            begun.add(step.node)
        assert step.kind != "program_ends" or step.node in begun
