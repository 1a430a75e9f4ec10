"""The ledger: what a run may spend, reserved before it is spent.

Theory of operation. Every spend is reserved first and settled after, in one process, so that
parallel requests can never overshoot: at every moment spent + reserved <= limit. Counts (queries,
nodes, breadth) are spent when they are granted, because a failed model call is a call all the
same; tokens are reserved at their worst case and the rest comes back when the call settles. A
request that only other requests' reservations stand in the way of may wait for their settlement
(`Wait`); one that the settled spend forbids is denied at once. The ledger knows no clock: callers
say how many seconds have passed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from recursor.types import Denial, Limit, Limits


@dataclass(frozen=True, eq=False)
class Reservation:
    """Tokens held for one query until it settles."""

    tokens: int


class Wait:
    """The answer to a request that must wait for others to settle."""


WAIT: Final = Wait()


class Ledger:
    """Reserve, settle, deny; pure bookkeeping over `Limits`."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.nodes = 0
        self.queries = 0
        self.tokens = 0
        self._reserved: set[Reservation] = set()
        self._queries_of: Counter[str | None] = Counter()
        self._children_of: Counter[str | None] = Counter()

    @property
    def reserved_tokens(self) -> int:
        return sum(reservation.tokens for reservation in self._reserved)

    def reserve_query(
        self, node: str | None, tokens: int, elapsed_s: float
    ) -> Reservation | Denial | Wait:
        """Reserve one query of `node` with at most `tokens` prompt and answer tokens.

        The operator's node is None.
        """
        limits = self.limits
        for limit, value, asked in (
            (Limit.SECONDS, limits.seconds, elapsed_s),
            (Limit.BREADTH, limits.breadth, self._queries_of[node] + 1),
            (Limit.QUERIES, limits.queries, self.queries + 1),
            (Limit.TOKENS, limits.tokens, self.tokens + tokens),
        ):
            if asked > value:
                return Denial(limit, value, asked)
        if self.tokens + self.reserved_tokens + tokens > limits.tokens:
            return WAIT
        self._queries_of[node] += 1
        self.queries += 1
        reservation = Reservation(tokens)
        self._reserved.add(reservation)
        return reservation

    def settle(self, reservation: Reservation, tokens: int) -> None:
        """End a reservation with what was really used; raise ValueError if it was more."""
        if not 0 <= tokens <= reservation.tokens:
            raise ValueError(f"{tokens} tokens were used of {reservation.tokens} reserved")
        self._reserved.remove(reservation)
        self.tokens += tokens

    def reserve_node(self, parent: str | None, depth: int, elapsed_s: float) -> Denial | None:
        """Spend one node below `parent` at `depth`; return the denial if a limit forbids it."""
        limits = self.limits
        for limit, value, asked in (
            (Limit.SECONDS, limits.seconds, elapsed_s),
            (Limit.DEPTH, limits.depth, depth),
            (Limit.BREADTH, limits.breadth, self._children_of[parent] + 1),
            (Limit.NODES, limits.nodes, self.nodes + 1),
        ):
            if asked > value:
                return Denial(limit, value, asked)
        self._children_of[parent] += 1
        self.nodes += 1
        return None

    def give_back_node(self, parent: str | None) -> None:
        """Take back a node that was reserved below `parent` and never became one."""
        self._children_of[parent] -= 1
        self.nodes -= 1

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
        limits = self.limits
        return {
            "depth": limits.depth - depth,
            "breadth": limits.breadth - self._queries_of[node],
            "children": limits.breadth - self._children_of[node],
            "nodes": limits.nodes - self.nodes,
            "queries": limits.queries - self.queries,
            "tokens": limits.tokens - self.tokens - self.reserved_tokens,
            "seconds": round(max(0.0, limits.seconds - elapsed_s), 1),
        }
