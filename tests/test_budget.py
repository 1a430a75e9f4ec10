"""The ledger never overshoots, whatever the interleaving."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from recursor.budget import WAIT, Ledger, Reservation
from recursor.types import Allocation, Denial, Limit, Limits

LIMITS = Limits(depth=3, breadth=4, nodes=9, queries=12, tokens=100, seconds=50)
NODES = st.sampled_from(["a", "b", "c", "d"])


class LedgerMachine(RuleBasedStateMachine):
    """Any order of reservations, settlements and executions."""

    reservations: Bundle[Reservation] = Bundle("reservations")

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger(LIMITS)
        self.open: set[Reservation] = set()
        self.granted: dict[str, int] = {}
        self.children: dict[str, int] = {}
        self.settled = 0

    @rule(target=reservations, node=NODES, tokens=st.integers(1, 60), now=st.floats(0, 60))
    def reserve(self, node: str, tokens: int, now: float) -> Reservation:
        before = self.ledger.state()
        grant = self.ledger.reserve_query(node, tokens, now)
        if isinstance(grant, Reservation):
            self.open.add(grant)
            self.granted[node] = self.granted.get(node, 0) + 1
            assert now <= LIMITS.seconds
            return grant
        assert self.ledger.state() == before
        if isinstance(grant, Denial):
            assert grant.asked > grant.limit_value
        else:
            assert self.open, "a wait for nobody would last forever"
        return Reservation(0)

    @rule(grant=consumes(reservations), share=st.floats(0, 1))
    def settle(self, grant: Reservation, share: float) -> None:
        if grant in self.open:
            used = int(grant.tokens * share)
            self.open.remove(grant)
            self.settled += used
            self.ledger.settle(grant, used)

    @rule(node=NODES, depth=st.integers(1, 5), now=st.floats(0, 60))
    def execute(self, node: str, depth: int, now: float) -> None:
        denial = self.ledger.reserve_node(node, depth, now)
        if denial is None:
            assert depth <= LIMITS.depth
            self.children[node] = self.children.get(node, 0) + 1

    @invariant()
    def never_beyond_a_limit(self) -> None:
        assert self.ledger.tokens == self.settled
        assert self.ledger.reserved_tokens == sum(grant.tokens for grant in self.open)
        assert self.ledger.tokens + self.ledger.reserved_tokens <= LIMITS.tokens
        assert self.ledger.queries == sum(self.granted.values()) <= LIMITS.queries
        assert self.ledger.nodes == sum(self.children.values()) <= LIMITS.nodes
        assert max([0, *self.granted.values(), *self.children.values()]) <= LIMITS.breadth

    def teardown(self) -> None:
        for grant in list(self.open):
            self.ledger.settle(grant, 0)
        assert self.ledger.reserved_tokens == 0


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)


def test_waits_only_while_a_settlement_could_help() -> None:
    ledger = Ledger(Limits(tokens=100))
    grant = ledger.reserve_query("a", 80, 0)
    assert isinstance(grant, Reservation)
    assert ledger.reserve_query("a", 50, 0) is WAIT
    ledger.settle(grant, 60)
    assert ledger.reserve_query("a", 50, 0) == Denial(Limit.TOKENS, 100, 110)
    assert isinstance(ledger.reserve_query("a", 40, 0), Reservation)


def test_using_more_than_reserved_is_a_defect() -> None:
    ledger = Ledger(Limits())
    grant = ledger.reserve_query("a", 10, 0)
    assert isinstance(grant, Reservation)
    with pytest.raises(ValueError, match="11 tokens"):
        ledger.settle(grant, 11)


@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan")])
@pytest.mark.parametrize("name", ["depth", "breadth", "nodes", "queries", "tokens", "seconds"])
def test_every_limit_is_positive(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: value})  # type: ignore[arg-type]


def test_a_denial_names_limit_value_and_asked() -> None:
    denial = Ledger(Limits(depth=2)).reserve_node("a", 3, 0)
    assert denial == Denial(Limit.DEPTH, 2, 3)
    assert str(denial) == "denied: limit depth is 2, asked 3"


SHARED = Limits(depth=9, breadth=3, nodes=50, queries=40, tokens=10_000, seconds=50)


def _grow(order: list[int], breadth: int = SHARED.breadth) -> dict[str, object]:
    """Let a two-level tree take all it can, its children in an order; return who got what."""
    ledger = Ledger(SHARED, Allocation.LINEAGE)
    asked = ledger.reserve_query(None, 700, 0)
    assert isinstance(asked, Reservation)
    ledger.settle(asked, 500)
    assert ledger.reserve_node(None, 1, 0) is None
    ledger.open(None, "root")
    got: dict[str, object] = {}
    for child in order:
        granted = ledger.reserve_node("root", 2, 0) is None
        if granted:
            ledger.open("root", f"child{child}")
            got[f"child{child}"] = ledger.left(f"child{child}", 2, 0)
    for child in reversed(order):
        taken = 0
        while isinstance(grant := ledger.reserve_query(f"child{child}", 300, 0), Reservation):
            ledger.settle(grant, 300)
            taken += 1
        got[f"queries of {child}"] = (taken, str(grant))
    got["root"] = ledger.left("root", 1, 0)
    return got


def test_a_lineage_gets_its_share_whatever_the_others_do() -> None:
    one, other = _grow([0, 1, 2]), _grow([2, 0, 1])
    assert one == other
    assert one["child0"] == one["child1"]


def test_a_child_that_comes_alone_gets_no_more() -> None:
    assert _grow([1])["child1"] == _grow([0, 1, 2])["child1"]


def test_shares_are_never_more_than_there_is() -> None:
    ledger = Ledger(SHARED, Allocation.LINEAGE)
    assert ledger.reserve_node(None, 1, 0) is None
    ledger.open(None, "0")
    living, count = ["0"], 1
    while living:
        parent = living.pop()
        while ledger.reserve_node(parent, 2, 0) is None:
            ledger.open(parent, str(count))
            living.append(str(count))
            count += 1
        while isinstance(ledger.reserve_query(parent, 50, 0), Reservation):
            pass
    assert SHARED.nodes / 2 < count == ledger.nodes <= SHARED.nodes
    assert ledger.queries <= SHARED.queries
    assert ledger.reserved_tokens <= SHARED.tokens


def test_a_share_without_nodes_is_denied() -> None:
    ledger = Ledger(Limits(breadth=4, nodes=3), Allocation.LINEAGE)
    assert ledger.reserve_node(None, 1, 0) is None
    ledger.open(None, "root")
    for child in "ab":  # they can be, but have no children
        assert ledger.reserve_node("root", 2, 0) is None
        ledger.open("root", child)
    denial = ledger.reserve_node("a", 3, 0)
    assert isinstance(denial, Denial) and denial.limit == Limit.NODES
    denial = ledger.reserve_node("root", 2, 0)
    assert isinstance(denial, Denial) and denial.limit == Limit.NODES
