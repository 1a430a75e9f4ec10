"""How far two recordings agree: shares, the frontier, and why something differs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from recursor.analysis.fidelity import CHANNELS, Fidelity, compare, merkle
from recursor.records import EventRecord, NodeRecord, QueryRecord, Recording
from tests.store.test_store import a_node, a_query, a_run

ENDED: dict[str, Any] = {
    "ended_at": "2026-01-01T00:00:01.000000Z", "end_cause": "exited", "exit_code": 0,
    "stdout": b"", "stdout_bytes": 0, "stderr": b"", "stderr_bytes": 0,
}  # fmt: skip


def node(key: str, parent: str | None = None, **changes: Any) -> NodeRecord:
    return a_node(id_=key, parent=parent, **{**ENDED, **changes})


def said(text: str, **changes: Any) -> dict[str, Any]:
    return {"stdout": text.encode(), "stdout_bytes": len(text.encode()), **changes}


def recording(
    *nodes: NodeRecord,
    queries: tuple[QueryRecord, ...] = (),
    events: tuple[EventRecord, ...] = (),
    **run: Any,
) -> Recording:
    return Recording(a_run(**run), [], list(nodes), list(queries), list(events), [])


def test_a_recording_agrees_with_itself() -> None:
    whole = recording(node("a"), node("b", "a"), queries=(a_query(node="a", answer="x"),))
    found = compare(whole, recording(*whole.nodes, queries=(a_query(
        node="a", answer="x", source="recorded"),)))  # fmt: skip
    assert found.is_exact
    assert found.coverage == 1.0
    assert {check.equal for check in found.checks} == {True}
    assert len(found.checks) == 2 * (1 + len(CHANNELS))


def test_shares_are_of_what_could_have_agreed() -> None:
    was = recording(node("a"), node("b", "a"), node("c", "a"), node("d", "a", end_cause="timeout"))
    now = recording(node("a"), node("b", "a", exit_code=1), node("d", "a", source="recorded"))
    found = compare(was, now)
    assert found.components["nodes"] == 3 / 4
    assert found.components["program"] == found.components["exit"] * 4 / 3 == 2 / 3
    assert found.components["tree"] == 0.0
    assert found.coverage == 3 / 4
    assert not found.is_exact


def test_the_tree_s_name_does_not_depend_on_the_order_of_siblings() -> None:
    a, b, c = node("a"), node("b", "a", program="x"), node("c", "a", program="y")
    assert merkle([a, b, c]) == merkle([a, c, b])
    assert merkle([a, b, c]) != merkle([a, b, dataclasses.replace(c, parent="b")])
    assert merkle([a, b]) != merkle([a, b, b])


def test_misses_orphans_and_near_hits_are_counted() -> None:
    asked = [a_query(id=key, key=key, node="a", answer="x") for key in "pqr"]
    again = [
        a_query(id="p", key="p", node="a", source="recorded"),
        a_query(id="s", key="s", node="a", source="recorded_normalised"),
        a_query(id="t", key="t", node="a", source="missing"),
    ]
    found = compare(
        recording(node("a"), queries=tuple(asked)), recording(node("a"), queries=tuple(again))
    )
    assert found.counts["hits"] == found.counts["hits_normalised"] == found.counts["misses"] == 1
    assert found.counts["orphans"] == 2
    assert found.components["hits"] == found.components["asked"] == 1 / 3


def test_the_frontier_is_where_it_begins_not_where_it_shows() -> None:
    was = recording(node("a", **said("1 2")), node("b", "a", **said("1")), node("c", "a"))
    now = recording(node("a", **said("3 2")), node("b", "a", **said("3")), node("c", "a"))
    (found,) = compare(was, now).frontier
    assert found.original is not None
    assert found.original.key == "b"


def cause(program: str, then: str, now: str, **run: Any) -> str:
    return found_cause(
        compare(
            recording(node("a", program=program, **said(then))),
            recording(node("a", program=program, **said(now)), **run),
        )
    )


def found_cause(found: Fidelity) -> str:
    (divergence,) = found.frontier
    assert divergence.evidence
    return divergence.cause


@pytest.mark.parametrize(
    ("program", "then", "now", "expected"),
    [
        ("uptime -s", "2026-11-20 10:00:00", "2026-11-21 10:00:00", "clock"),
        ('printf "%(%H:%M)T" -1', "10:00", "11:03", "clock"),
        (
            "from datetime import datetime as d\nprint(d.today())",
            "2026-11-20",
            "2026-11-21",
            "clock",
        ),
        ("time true", "real 0m0.002s", "real 0m0.004s", "clock"),
        ("echo $SECONDS", "3", "4", "clock"),
        ("ls -l", "a.txt Nov 20 10:00", "a.txt Nov 21 11:30", "clock"),
        ("echo $(echo $RANDOM)", "123", "9876", "random"),
        ("import random\nprint(random.random())", "0.25", "0.75", "random"),
        ("cat /proc/sys/kernel/random/uuid", "aa-bb", "cc-dd", "random"),
        ("mktemp", "/tmp/tmp.aaaaaa", "/tmp/tmp.bbbbbb", "random"),
        ("printf 'a\\nb\\n' | shuf", "a\nb\n", "b\na\n", "random"),
        ("for i in a b; do echo $i & done; wait", "a\nb\n", "b\na\n", "race"),
        ("uname -r", "6.1.0", "6.18.0", "environment"),
        ("import os\nprint(os.environ['HOME'])", "/home/a", "/home/b", "environment"),
        ("nproc", "2", "16", "environment"),
        ("echo $HOME", "/home/a", "/home/b", "environment"),
        ("raise OSError", 'File "/home/guest/p.py"', 'File "/home/me/p.py"', "environment"),
        ("echo hello", "hello", "goodbye", "unexplained"),
        ('NAME=x; echo "$NAME"', "x", "y", "unexplained"),
    ],
)
def test_a_cause_is_read_from_what_differs_and_what_is_read(
    program: str, then: str, now: str, expected: str
) -> None:
    assert cause(program, then, now) == expected


def test_what_changed_around_a_program_explains_what_nothing_else_does() -> None:
    assert cause("echo hello", "hello", "goodbye", code_version="2") == "code"
    assert cause("echo hello", "hello", "goodbye", host={"kernel": "2"}) == "environment"
    assert cause("date", "2026-01-01", "2026-01-02", code_version="2") == "clock"


def test_what_the_replay_s_own_end_broke_off_says_nothing_about_why() -> None:
    was = recording(node("a", program="sleep 9"))
    now = recording(node("a", program="sleep 9", end_cause="killed", killed_by="operator"))
    found = compare(was, now)
    assert found.components["exit"] == 0.0
    assert found.frontier == ()


def test_a_time_out_is_one_whatever_the_program_reads() -> None:
    was = recording(node("a", program="date; sleep 9"))
    now = recording(node("a", program="date; sleep 9", end_cause="timeout", exit_code=None))
    assert found_cause(compare(was, now)) == "timeout"
    assert cause_of_exit(0, 124) == cause_of_exit(124, 0) == "timeout"


def cause_of_exit(then: int, now: int) -> str:
    was, after = (node("a", program="timeout 1 ./x", exit_code=code) for code in (then, now))
    return found_cause(compare(recording(was), recording(after)))


def test_other_values_in_the_memory_are_a_race_unless_their_writer_differs() -> None:
    def memory(kind: str, owner: str, value: str) -> EventRecord:
        detail = {"key": "k", "found": True, "sha256": value}
        content = value if kind == "memory_put" else None
        sequence = hash((kind, owner)) % 1000
        return EventRecord(
            a_run().id, owner, sequence, 1, kind, "broker", detail, f"{kind}{owner}", content
        )

    nodes = (node("a"), node("b", "a"))
    was = (memory("memory_put", "b", "1"), memory("memory_get", "a", "1"))
    raced = (memory("memory_put", "b", "1"), memory("memory_get", "a", "2"))
    assert found_cause(compare(recording(*nodes, events=was), recording(*nodes, events=raced))) == (
        "race"
    )
    other = (memory("memory_put", "b", "2"), memory("memory_get", "a", "2"))
    drawn = (nodes[0], dataclasses.replace(nodes[1], program="echo $RANDOM", **said("2")))
    before = (nodes[0], dataclasses.replace(nodes[1], program="echo $RANDOM", **said("1")))
    found = compare(recording(*before, events=was), recording(*drawn, events=other))
    (divergence,) = found.frontier
    assert divergence.original is not None
    assert (divergence.original.key, divergence.cause) == ("b", "random")


def test_what_died_with_its_run_agrees_with_what_a_replay_makes_of_it() -> None:
    was = recording(a_node(id_="a"), queries=(a_query(),))
    played = a_query(source="recorded", decision="failed", error="the record holds no answer")
    now = recording(node("a", end_cause="killed", exit_code=None), queries=(played,))
    assert compare(was, now).is_exact


def test_who_heard_more_than_the_record_keeps_is_no_mystery() -> None:
    loud = node("b", "a", end_cause="output", stdout=b"yes", stdout_bytes=9_000_000, depth=2)
    program = "./run-program loud | wc -c; date"
    was = recording(node("a", **said("9000000"), program=program), loud)
    now = recording(node("a", **said("3"), program=program), loud)
    (found,) = compare(was, now).frontier
    assert (found.cause, "keeps only a part" in found.evidence) == ("missing answer", True)


def test_the_same_words_in_another_frame_explain_nothing_by_themselves() -> None:
    was = recording(node("a", program="sleep 1"), queries=(a_query(node="a", key="k"),))
    missed = a_query(node="a", key="other", source="missing", decision="failed")
    now = recording(node("a", **said("no answer"), program="sleep 1"), queries=(missed,))
    (found,) = compare(was, now).frontier
    assert found.cause == "missing answer", found.evidence
