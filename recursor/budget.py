"""The ledger: what a run may spend, reserved before it is spent.

Theory of operation. Every spend is reserved first and settled after, in one process, so that
parallel requests can never overshoot: at every moment spent + reserved <= limit. Counts (queries,
nodes, breadth) are spent when they are granted, because a failed model call is a call all the
same; tokens are reserved at their worst case and the rest comes back when the call settles. A
request that only other requests' reservations stand in the way of may wait for their settlement
(`Wait`); one that the settled spend forbids is denied at once. The ledger knows no clock: callers
say how many seconds have passed.

Nodes, queries and tokens lie in accounts. In a *pool* there is one, and whoever comes first spends
from it. By *lineage* every node has its own: of what its parent may pass on each child gets the
same share, whether the others come or not, so that who may do what does not depend on the schedule.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from recursor.types import Allocation, Denial, Limit, Limits


@dataclass
class _Account:
    """What may be spent, and what is spent and reserved of it."""

    nodes: int
    queries: int
    tokens: int
    spent_nodes: int = 0
    spent_queries: int = 0
    spent_tokens: int = 0
    reserved_tokens: int = 0


@dataclass(frozen=True, eq=False)
class Reservation:
    """Tokens held for one query until it settles."""

    tokens: int
    node: str | None = None


class Wait:
    """The answer to a request that must wait for others to settle."""


WAIT: Final = Wait()


class Ledger:
    """Reserve, settle, deny; pure bookkeeping over `Limits`.

    A node is its id; the operator's is None.
    """

    def __init__(self, limits: Limits, allocation: Allocation = Allocation.POOL) -> None:
        self.limits = limits
        self._has_shares = allocation is Allocation.LINEAGE
        self._pool = _Account(limits.nodes, limits.queries, limits.tokens)
        self._accounts: dict[str | None, _Account] = {None: self._pool}
        self._passed_on: dict[str | None, _Account] = {}
        self._reserved: set[Reservation] = set()
        self._queries_of: Counter[str | None] = Counter()
        self._children_of: Counter[str | None] = Counter()
        self.nodes = 0
        self.queries = 0
        self.tokens = 0

    @property
    def reserved_tokens(self) -> int:
        return sum(reservation.tokens for reservation in self._reserved)

    def refuses_query(self, node: str | None, elapsed_s: float) -> Denial | None:
        """Return the denial of a node's next query, however few tokens it has."""
        limits, account = self.limits, self._account(node)
        return _first_beyond(
            (Limit.SECONDS, limits.seconds, elapsed_s),
            (Limit.BREADTH, limits.breadth, self._queries_of[node] + 1),
            (Limit.QUERIES, account.queries, account.spent_queries + 1),
        )

    def like_a_denial(self, node: str | None) -> Denial:
        """Return the denial that a node would get if its queries were used up."""
        queries = self._account(node).queries
        return Denial(Limit.QUERIES, queries, queries + 1)

    def reserve_query(
        self, node: str | None, tokens: int, elapsed_s: float
    ) -> Reservation | Denial | Wait:
        """Reserve one query of a node with at most `tokens` prompt and answer tokens."""
        account = self._account(node)
        denial = self.refuses_query(node, elapsed_s)
        if denial is not None:
            return denial
        if account.spent_tokens + tokens > account.tokens:
            return Denial(Limit.TOKENS, account.tokens, account.spent_tokens + tokens)
        if account.spent_tokens + account.reserved_tokens + tokens > account.tokens:
            return WAIT
        return self.grant_query(node, tokens)

    def grant_query(self, node: str | None, tokens: int) -> Reservation:
        """Reserve a query, whatever the limits are."""
        account = self._account(node)
        self._queries_of[node] += 1
        self.queries += 1
        account.spent_queries += 1
        account.reserved_tokens += tokens
        reservation = Reservation(tokens, node)
        self._reserved.add(reservation)
        return reservation

    def settle(self, reservation: Reservation, tokens: int) -> None:
        """End a reservation with what was really used; raise ValueError if it was more."""
        if not 0 <= tokens <= reservation.tokens:
            raise ValueError(f"{tokens} tokens were used of {reservation.tokens} reserved")
        self._reserved.remove(reservation)
        self.tokens += tokens
        account = self._account(reservation.node)
        account.reserved_tokens -= reservation.tokens
        account.spent_tokens += tokens

    def reserve_node(self, parent: str | None, depth: int, elapsed_s: float) -> Denial | None:
        """Spend one node below `parent` at `depth`; return the denial if a limit forbids it."""
        limits, account = self.limits, self._account(parent)
        denial = _first_beyond(
            (Limit.SECONDS, limits.seconds, elapsed_s),
            (Limit.DEPTH, limits.depth, depth),
            (Limit.BREADTH, limits.breadth, self._children_of[parent] + 1),
            (Limit.NODES, account.nodes, account.spent_nodes + 1),
        )
        if denial is not None:
            return denial
        self.spend_node(parent)
        return None

    def spend_query(self, node: str | None, tokens: int) -> None:
        """Count a query that was granted before, whatever the limits are now."""
        self.settle(self.grant_query(node, tokens), tokens)

    def spend_node(self, parent: str | None) -> None:
        """Count a node that was granted before, whatever the limits are now."""
        self._children_of[parent] += 1
        self.nodes += 1
        self._account(parent).spent_nodes += 1

    def give_back_node(self, parent: str | None) -> None:
        """Take back a node that was reserved below `parent` and never became one."""
        self._children_of[parent] -= 1
        self.nodes -= 1
        self._account(parent).spent_nodes -= 1

    def open(self, parent: str | None, node: str) -> None:
        """Give a node that begins its share."""
        if self._has_shares:
            share = self._operators_share() if parent is None else self._passed_on[parent]
            self._accounts[node], self._passed_on[node] = self._divide(share)

    def state(self) -> dict[str, Any]:
        """What is spent and reserved now, for the record."""
        return {
            "nodes": self.nodes,
            "queries": self.queries,
            "tokens": self.tokens,
            "reserved_tokens": self.reserved_tokens,
        }

    def left(self, node: str | None, depth: int, elapsed_s: float) -> dict[str, float]:
        """What is left for a node at `depth`."""
        limits, account = self.limits, self._account(node)
        return {
            "depth": limits.depth - depth,
            "breadth": limits.breadth - self._queries_of[node],
            "children": limits.breadth - self._children_of[node],
            "nodes": account.nodes - account.spent_nodes,
            "queries": account.queries - account.spent_queries,
            "tokens": account.tokens - account.spent_tokens - account.reserved_tokens,
            "seconds": round(max(0.0, limits.seconds - elapsed_s), 1),
        }

    def _account(self, node: str | None) -> _Account:
        return self._accounts[node] if self._has_shares else self._pool

    def _operators_share(self) -> _Account:
        """Pass on all that the operator has: it executes one program, and asks before that."""
        account = self._pool
        share = _Account(
            account.nodes - account.spent_nodes,
            account.queries - account.spent_queries,
            account.tokens - account.spent_tokens - account.reserved_tokens,
        )
        account.nodes -= share.nodes
        account.queries -= share.queries
        account.tokens -= share.tokens
        return share

    def _divide(self, share: _Account) -> tuple[_Account, _Account]:
        """Divide a node's share into its own account and what it passes on to each child.

        Each of `breadth` children gets as much as the node itself; of the nodes, which it does not
        need for itself, a child gets one to be and the rest for its own children.
        """
        children = self.limits.breadth
        child = _Account(
            max(0, share.nodes // children - 1),
            share.queries // (children + 1),
            share.tokens // (children + 1),
        )
        own = _Account(
            min(children, share.nodes),
            share.queries - children * child.queries,
            share.tokens - children * child.tokens,
        )
        return own, child


def _first_beyond(*limits: tuple[Limit, float, float]) -> Denial | None:
    """Return the first of some limits whose value is below what is asked."""
    for limit, value, asked in limits:
        if asked > value:
            return Denial(limit, value, asked)
    return None
