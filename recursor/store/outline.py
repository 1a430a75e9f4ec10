"""A run's tree without any text: what a drawing of it needs, in a few columns of each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, select

from recursor.store.tables import event, node, query


class NodeOutline(NamedTuple):
    """A node; its fields are those of `records.NodeRecord`, `program` is a digest."""

    id: str
    key: str
    parent: str | None
    depth: int
    started_at: str
    ended_at: str | None
    end_cause: str | None
    exit_code: int | None
    language: str
    kind: str
    link_evidence: str | None
    program: str


class QueryOutline(NamedTuple):
    """A query; its fields are those of `records.QueryRecord`."""

    node: str | None
    started_at: str
    ended_at: str | None
    decision: str
    limit: str | None
    """That denied it."""
    prompt_tokens: int | None
    answer_tokens: int | None


class Refusal(NamedTuple):
    """A program that was refused."""

    node: str | None
    time_ns: int
    limit: str


@dataclass(frozen=True)
class Outline:
    """A run's tree."""

    nodes: list[NodeOutline]
    """In the order of their start."""
    queries: list[QueryOutline]
    """In the order of their arrival."""
    refusals: list[Refusal]


def read(connection: Connection, run: str) -> Outline:
    """Return the outline of a run."""
    nodes = select(*(node.c[name] for name in NodeOutline._fields)).where(node.c.run == run)
    limit = query.c.denial["limit"].as_string()
    queries = select(
        *(limit if name == "limit" else query.c[name] for name in QueryOutline._fields)
    ).where(query.c.run == run)
    refused = select(event.c.node, event.c.time_ns, event.c.detail[("denial", "limit")].as_string())
    refusals = refused.where(event.c.run == run, event.c.kind == "refused")
    return Outline(
        [
            NodeOutline(*row)
            for row in connection.execute(nodes.order_by(node.c.started_at, node.c.id))
        ],
        [QueryOutline(*row) for row in connection.execute(queries.order_by(query.c.arrival))],
        [Refusal(*row) for row in connection.execute(refusals.order_by(event.c.sequence))],
    )
