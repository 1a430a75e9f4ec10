"""A run's records as a tree, in one pass, whatever order they come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from recursor.records import EventRecord, NodeRecord, QueryRecord


@dataclass(eq=False)
class Branch:
    """A node (none for the operator at the top), what it asked, and its children in order."""

    node: NodeRecord | None
    queries: list[QueryRecord] = field(default_factory=list)
    events: list[EventRecord] = field(default_factory=list)
    children: list[Branch] = field(default_factory=list)

    def walk(self) -> Iterator[Branch]:
        """Yield this branch and everything below it, parents before children."""
        waiting = [self]
        while waiting:
            branch = waiting.pop()
            yield branch
            waiting.extend(reversed(branch.children))

    def at(self, place: str) -> Branch | None:
        """Return what is at a place below: `1.3` is the third child of the first one."""
        branch = self
        for number in map(int, place.split(".")):
            if number > len(branch.children):
                return None
            branch = branch.children[number - 1]
        return branch

    def denials(self) -> Counter[tuple[str, str]]:
        """Return how often which limit denied it what, a query or a program; in their order."""
        queries = [q.denial["limit"] for q in self.queries if q.denial and q.decision == "denied"]
        programs = [e.detail["denial"]["limit"] for e in self.events if e.kind == "refused"]
        return Counter(
            [
                *(("query", limit) for limit in sorted(queries)),
                *(("program", limit) for limit in sorted(programs)),
            ]
        )


def build(
    nodes: Iterable[NodeRecord],
    queries: Iterable[QueryRecord] = (),
    events: Iterable[EventRecord] = (),
) -> Branch:
    """Return the operator's branch; a node whose parent is not among the nodes hangs there too."""
    branches = {node.id: Branch(node) for node in nodes}
    top = Branch(None)
    for branch in branches.values():
        assert branch.node is not None
        branches.get(branch.node.parent or "", top).children.append(branch)
    for query in queries:
        branches.get(query.node or "", top).queries.append(query)
    for event in events:
        branches.get(event.node or "", top).events.append(event)
    for branch in (top, *branches.values()):
        branch.children.sort(key=lambda child: child.node.index if child.node else 0)
        branch.queries.sort(key=lambda query: query.arrival)
        branch.events.sort(key=lambda event: event.sequence)
    return top


def above(node: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    """Yield the nodes above a node, the nearest first; `parents` by id, None for the operator."""
    each = parents.get(node)
    while each is not None:
        yield each
        each = parents.get(each)
