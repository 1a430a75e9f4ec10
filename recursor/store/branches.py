"""A part of a run's tree: a node and what is below it, as far as is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import CTE, Connection, func, select

from recursor.records import NodeRecord
from recursor.store import rows
from recursor.store.tables import node as table


@dataclass(frozen=True)
class Branches:
    """Nodes of which each but the first ones is a child of another."""

    nodes: list[NodeRecord]
    """In the order of their start."""
    total: int
    """How many there would be without a limit."""
    children: Mapping[str, int]
    """How many children each node has, whether these are among the nodes or not."""


def read(
    connection: Connection, run: str, node: str | None, limit: int | None, *, content: bool
) -> Branches:
    """Return a node and those below it; of more than `limit`, those that are nearest to it."""
    below = _below(run, node)
    # SQLite takes the next node from the front of its queue: the nearest ones come first.
    ids = select(below.c.id).limit(limit)
    nodes = rows.fetch(connection, NodeRecord, table.c.id.in_(ids), content=content)
    counted = select(table.c.parent, func.count()).where(table.c.parent.in_(ids))
    children: dict[str, int] = dict(connection.execute(counted.group_by(table.c.parent)).all())
    total = len(nodes)
    if total == limit:
        all_ = select(func.count()).select_from(below)
        if node is None:
            all_ = select(func.count()).where(table.c.run == run)
        total = connection.scalars(all_).one()
    return Branches(sorted(nodes, key=lambda n: (n.started_at, n.id)), total, children)


def at(connection: Connection, run: str, place: str) -> list[str]:
    """Return the id of the node at a place, or nothing; `1.3` is the third child of the first."""
    found: list[str] = []
    for number in map(int, place.split(".")):
        parent = table.c.parent == found[0] if found else table.c.parent.is_(None)
        children = select(table.c.id).where(table.c.run == run, parent)
        ordered = children.order_by(table.c.index, table.c.id).limit(1)
        found = [*connection.scalars(ordered.offset(number - 1))]
        if not found:
            return []
    return found


def _below(run: str, node: str | None) -> CTE:
    top = (table.c.run == run) & table.c.parent.is_(None) if node is None else table.c.id == node
    found = select(table.c.id).where(top).cte("below", recursive=True)
    return found.union_all(select(table.c.id).join(found, table.c.parent == found.c.id))
