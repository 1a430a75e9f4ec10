"""What a run's rows add up to, counted by the database: no row of a large run is read twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from recursor.store.tables import event, node, query
from recursor.types import Decision

_MODEL_S = func.coalesce(query.c.prefill_s, 0.0) + func.coalesce(query.c.decode_s, 0.0)


@dataclass(frozen=True)
class Tally:
    """Counts and sums over one run's rows."""

    nodes: Counter[int]
    """By depth."""
    asked: Counter[int]
    """Queries by the depth of who asked; the operator's is 0."""
    decisions: Counter[str]
    denials: Counter[str]
    """Refused queries and programs, by limit."""
    refused: int
    """Programs."""
    end_causes: Counter[str]
    links: Counter[str]
    prompt_tokens: int
    cached_prompt_tokens: int
    answer_tokens: int
    queue_s: float
    model_s: float


def tally(connection: Connection, run: str) -> Tally:
    """Count a run's rows."""
    decisions, denials = Counter[str](), Counter[str]()
    sums = [0.0] * 5
    for decision, limit, number, *parts in connection.execute(_queries(run)):
        decisions[decision] += number
        if limit is not None:
            denials[limit] += number
        sums = [total + part for total, part in zip(sums, parts, strict=True)]
    nodes, asked = Counter[int](), Counter[int]()
    end_causes, links = Counter[str](), Counter[str]()
    for depth, end_cause, link, number, queries in connection.execute(_nodes(run)):
        nodes[depth] += number
        asked[depth] += queries
        end_causes[end_cause or "living"] += number
        links[link or "own"] += number
    asked[0] = decisions.total() - asked.total()
    refusals: dict[str, int] = dict(connection.execute(_refusals(run)).all())
    denials.update(refusals)
    prompt, cached, answer = map(int, sums[:3])
    return Tally(
        nodes, asked, decisions, denials, sum(refusals.values()), end_causes, links,
        prompt, cached, answer, queue_s=sums[3], model_s=sums[4],
    )  # fmt: skip


def answers(connection: Connection, run: str) -> list[tuple[float, float, int]]:
    """Return when the model ended each answer (Unix time), how long it took (s), and its tokens."""
    chosen = select(query.c.ended_at, _MODEL_S, func.coalesce(query.c.answer_tokens, 0))
    rows = chosen.where(query.c.run == run, query.c.ended_at.is_not(None), _MODEL_S > 0)
    return [
        (datetime.fromisoformat(ended_at).timestamp(), model_s, tokens)
        for ended_at, model_s, tokens in connection.execute(rows)
    ]


def _queries(run: str) -> Select[Any]:
    limit = case((query.c.decision == Decision.DENIED, query.c.denial["limit"].as_string()))
    columns = ("prompt_tokens", "cached_prompt_tokens", "answer_tokens", "queue_s")
    sums = [func.coalesce(func.sum(query.c[name]), 0) for name in columns]
    chosen = select(query.c.decision, limit, func.count(), *sums, func.sum(_MODEL_S))
    return chosen.where(query.c.run == run).group_by(query.c.decision, limit)


def _nodes(run: str) -> Select[Any]:
    asked = select(func.count()).where(query.c.node == node.c.id).scalar_subquery()
    kinds = (node.c.depth, node.c.end_cause, node.c.link_evidence)
    chosen = select(*kinds, func.count(), func.sum(asked))
    return chosen.where(node.c.run == run).group_by(*kinds)


def _refusals(run: str) -> Select[Any]:
    limit = event.c.detail[("denial", "limit")].as_string()
    chosen = select(limit, func.count())
    return chosen.where(event.c.run == run, event.c.kind == "refused").group_by(limit)
