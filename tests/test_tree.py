"""The tree is the same whatever order its rows come in, and loses none of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recursor.tree import build
from tests.store.test_store import a_node, a_query

CHAIN = [
    a_node(id_="a"),
    a_node(id_="b", parent="a", depth=2, index=0),
    a_node(id_="c", parent="a", depth=2, index=1),
    a_node(id_="d", parent="c", depth=3),
]


@given(st.permutations(CHAIN))
def test_any_order_gives_the_same_tree(rows: list[object]) -> None:
    top = build(rows, [a_query(node="c")])  # type: ignore[arg-type]
    walked = [branch.node.id for branch in top.walk() if branch.node]
    assert walked == ["a", "b", "c", "d"]
    assert [len(branch.queries) for branch in top.walk()] == [0, 0, 0, 1, 0]


def test_an_orphan_hangs_at_the_top() -> None:
    top = build([a_node(id_="x", parent="gone")])
    assert [branch.node.id for branch in top.children if branch.node] == ["x"]


def test_no_nodes_is_a_tree_too() -> None:
    assert [branch.node for branch in build([]).walk()] == [None]
