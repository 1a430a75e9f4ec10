"""Two runs side by side: nothing is lost, nothing counted twice, time decides what comes first."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recursor.analysis.diff import Difference, Point, Shares, compare
from recursor.records import FileRecord, NodeRecord, QueryRecord, Recording
from tests.store.test_store import a_node, a_query, a_run

A, B = "01K0000000000000000000000A", "01K0000000000000000000000B"


def at(seconds: float) -> str:
    return f"2026-01-01T00:00:{seconds:09.6f}Z"


def a_recording(run: str, nodes: Any = (), queries: Any = (), files: Any = ()) -> Recording:
    return Recording(a_run(run), [], list(nodes), list(queries), [], list(files))


def node(name: str, parent: str | None = None, **changes: Any) -> NodeRecord:
    """A node that ended well; its key is its name unless another is given."""
    depth = 1 if parent is None else 2
    ended: dict[str, Any] = {"end_cause": "exited", "exit_code": 0, "ended_at": at(9)}
    return a_node(
        id_=name, parent=parent, depth=depth, **{"program": f"echo {name}", **ended, **changes}
    )


def query(name: str, asker: str | None = None, **changes: Any) -> QueryRecord:
    answered: dict[str, Any] = {"answer": f"answer to {name}", "ended_at": at(1)}
    return a_query(id=name, key=name, node=asker, **{"prompt": name, **answered, **changes})


def told(found: Difference) -> list[tuple[str, str | None, str | None]]:
    return [(point.what, point.shown_a, point.shown_b) for point in found.points]


def tree(found: Difference) -> list[str]:
    return [
        f"{row.mark} {row.depth} {row.a.id if row.a else '.'} {row.b.id if row.b else '.'}"
        for row in found.rows
    ]


def test_a_run_is_like_itself() -> None:
    same = a_recording(A, [node("r"), node("c", "r")], [query("q"), query("p", "r")])
    found = compare(same, same)
    assert found.points == []
    assert tree(found) == ["= 1 r r", "= 2 c c"]
    assert (found.nodes, found.queries) == (Shares(2, 0, 0), Shares(2, 0, 0))
    assert (found.equal_answers, found.different_answers) == (2, 0)
    assert found.end_causes == {"exited": (2, 2)}


def test_what_has_the_same_key_belongs_together_whatever_its_order() -> None:
    a = a_recording(A, [node("r"), node("x", "r", index=0), node("y", "r", index=1)])
    b = a_recording(
        B,
        [
            node("R", key="r", program="echo r"),
            node("Y", "R", index=0, key="y", program="echo y"),
            node("X", "R", index=1, key="x", program="echo x"),
        ],
    )
    found = compare(a, b)
    assert tree(found) == ["= 1 r R", "= 2 x X", "= 2 y Y"]
    assert found.points == []


def test_points_come_in_time_order_with_what_differs() -> None:
    a = a_recording(
        A,
        [node("r", stdout=b"1\n2\n3", stdout_bytes=5), node("c", "r", started_at=at(4))],
        [
            query("q", "r", answer="x" * 100 + "left", ended_at=at(2)),
            query("p", "r", ended_at=at(3)),
            query("gone", "r", started_at=at(5)),
        ],
        [FileRecord(A, "r", "f", b"1\nold", 5)],
    )
    denial = {"limit": "breadth", "limit_value": 1, "asked": 2}
    b = a_recording(
        B,
        [node("r", stdout=b"1\nb\n3", stdout_bytes=5, ended_at=at(8), exit_code=1)],
        [
            query("q", "r", answer="x" * 100 + "right", ended_at=at(2.5)),
            query("p", "r", answer=None, decision="denied", denial=denial, ended_at=at(3)),
        ],
        [FileRecord(B, "r", "f", b"1\nnew", 5)],
    )
    found = compare(a, b)
    assert told(found) == [
        ("answer", "…" + "x" * 20 + "left", "…" + "x" * 20 + "right"),
        ("decision", "granted", "denied: breadth"),
        ("child", "echo c", None),
        ("query", "gone", None),
        ("end", "exited 0", "exited 1"),
        ("stdout", "2", "b"),
        ("files", "f: old", "f: new"),
    ]
    assert [point.instant_s for point in found.points] == [2, 3, 4, 5, 8, 8, 8]
    assert found.points[0] == Point(2.0, "answer", "r", "r", *told(found)[0][1:])
    assert tree(found) == ["~ 1 r r", "- 2 c ."]
    assert (found.nodes, found.queries) == (Shares(1, 1, 0), Shares(2, 1, 0))
    assert (found.equal_answers, found.different_answers) == (0, 1)
    assert found.end_causes == {"exited": (2, 1)}


def test_instants_are_counted_from_the_beginning_of_each_run() -> None:
    a, b = a_recording(A, [node("r", started_at=at(7))]), a_recording(B)
    late = dataclasses.replace(a, run=a_run(A, started_at=at(5)))
    assert [point.instant_s for point in compare(late, b).points] == [2]
    assert [point.instant_s for point in compare(b, late).points] == [2]


def test_what_has_no_common_key_is_paired_by_content() -> None:
    """Another model: every key is another one, the programs are partly the same."""
    long = 'for i in 1 2 3; do ./query-model "$i" | bash; done; echo {}'
    a = a_recording(
        A,
        [
            node("r"), node("a1", "r", index=0, program=long.format("one")),
            node("a2", "r", index=1, program="ls -l | wc"), node("a3", "r", index=2),
        ],
        [query("q", "r", prompt="how?"), query("p", "r", prompt="why?")],
    )  # fmt: skip
    b = a_recording(
        B,
        [
            node("R", program="echo r"), node("b1", "R", index=0, program="ls -l | wc"),
            node("b2", "R", index=1, program=long.format("two")),
            node("b3", "R", index=2, program="import os", language="python"),
        ],
        [query("Q", "R", prompt="how?", answer="answer to q"), query("P", "R", prompt="when?")],
    )  # fmt: skip
    found = compare(a, b)
    assert tree(found) == ["~ 1 r R", "~ 2 a1 b2", "= 2 a2 b1", "- 2 a3 .", "+ 2 . b3"]
    assert (found.queries, found.equal_answers) == (Shares(1, 1, 1), 1)
    (program,) = (point for point in found.points if point.what == "program")
    assert (program.a, program.b) == ("a1", "b2")
    assert program.shown_a == "… | bash; done; echo one"


def test_the_likest_programs_are_paired_first() -> None:
    base = "alpha beta gamma delta epsilon zeta eta theta"
    a = a_recording(A, [node("r"), node("x", "r", program=base)])
    b = a_recording(
        B,
        [
            node("r"), node("far", "r", index=0, program=base.replace("theta", "iota kappa")),
            node("near", "r", index=1, program=f"{base}!"),
        ],
    )  # fmt: skip
    assert tree(compare(a, b)) == ["~ 1 r r", "~ 2 x near", "+ 2 . far"]
    a.nodes[1] = dataclasses.replace(a.nodes[1], program="something else altogether, not alike")
    assert compare(a, b).nodes == Shares(1, 1, 2)


def test_queries_that_may_change_places_are_compared_as_a_heap() -> None:
    def asked(*answers: str) -> list[QueryRecord]:
        return [
            query(f"k{n}", answer=answer, exchangeable=True, prompt="same")
            for n, answer in enumerate(answers)
        ]

    found = compare(a_recording(A, [], asked("x", "y")), a_recording(B, [], asked("y", "x")))
    assert (found.points, found.equal_answers) == ([], 2)
    found = compare(a_recording(A, [], asked("x", "y")), a_recording(B, [], asked("y", "z")))
    assert told(found) == [("answer", "x", "z")]


@pytest.mark.parametrize(("a", "b"), [("1\n", "1"), ("1", "1\n\n"), ("", "1")])
def test_texts_that_hardly_differ_differ(a: str, b: str) -> None:
    one, other = (
        a_recording(run, [node("r", stdout=text.encode())]) for run, text in ((A, a), (B, b))
    )
    assert [what for what, _, _ in told(compare(one, other))] == ["stdout"]


TREES = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from(["echo a", "echo b", "ls | wc", "one two three"])),
    max_size=8,
)


def grown(run: str, shapes: list[tuple[int, str]]) -> Recording:
    nodes: list[NodeRecord] = []
    for number, (above, program) in enumerate(shapes):
        parent = nodes[above].id if above < number else None
        nodes.append(node(f"{run}{number}", parent, program=program, index=number))
    return a_recording(run, nodes)


@given(TREES, TREES)
def test_every_node_is_in_the_tree_once(one: list[Any], other: list[Any]) -> None:
    a, b = grown(A, one), grown(B, other)
    found, back = compare(a, b), compare(b, a)
    assert sorted(row.a.id for row in found.rows if row.a) == sorted(n.id for n in a.nodes)
    assert sorted(row.b.id for row in found.rows if row.b) == sorted(n.id for n in b.nodes)
    assert found.nodes == Shares(back.nodes.both, back.nodes.only_b, back.nodes.only_a)
    for row in found.rows:
        both = row.a is not None and row.b is not None
        assert row.mark in ("=~" if both else "+" if row.a is None else "-")


@given(TREES)
def test_the_same_programs_in_the_same_places_are_the_same_tree(shapes: list[Any]) -> None:
    found = compare(grown(A, shapes), grown(B, shapes))
    assert found.points == []
    assert found.nodes == Shares(len(shapes), 0, 0)
