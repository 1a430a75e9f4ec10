"""What a run's rows add up to, counted by the database: no row of a large run is read twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from recursor.store.tables import event, node, query
from recursor.types import Decision, NodeEnd

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
    of_programs: Counter[str]
    """Decisions of the queries that programs asked; the operator's are not among them."""
    spawns: Counter[int]
    """Programs that programs asked to execute, granted or refused, by the depth of who asked."""
    programs: int
    """Different programs among the nodes, by SHA-256."""
    clean_exits: int
    """Nodes that ended by themselves with exit code 0."""
    events: Counter[str]
    """By kind."""
    end_causes: Counter[str]
    links: Counter[str]
    prompt_tokens: int
    cached_prompt_tokens: int
    answer_tokens: int
    queue_s: float
    model_s: float


@dataclass(frozen=True)
class Totals:
    """What a run amounts to, in a table of runs."""

    nodes: int = 0
    depth: int = 0
    """Of its deepest node."""
    queries: int = 0
    denied: int = 0
    tokens: int = 0


def totals(connection: Connection) -> dict[str, Totals]:
    """Count the rows of every run that has any, in two passes over them all."""
    tokens = func.coalesce(query.c.prompt_tokens, 0) + func.coalesce(query.c.answer_tokens, 0)
    is_denied = case((query.c.decision == Decision.DENIED, 1))
    asked = select(query.c.run, func.count(), func.count(is_denied), func.sum(tokens))
    grown = select(node.c.run, func.count(), func.max(node.c.depth)).group_by(node.c.run)
    nodes = {run: counts for run, *counts in connection.execute(grown)}
    queries = {
        run: (number, denied, int(spent))
        for run, number, denied, spent in connection.execute(asked.group_by(query.c.run))
    }
    return {
        run: Totals(*(*nodes.get(run, (0, 0)), *queries.get(run, (0, 0, 0))))
        for run in nodes.keys() | queries.keys()
    }


def tally(connection: Connection, run: str) -> Tally:
    """Count a run's rows."""
    decisions, denials, of_programs = Counter[str](), Counter[str](), Counter[str]()
    sums = [0.0] * 5
    for decision, limit, is_operators, number, *parts in connection.execute(_queries(run)):
        decisions[decision] += number
        if not is_operators:
            of_programs[decision] += number
        if limit is not None:
            denials[limit] += number
        sums = [total + part for total, part in zip(sums, parts, strict=True)]
    nodes, asked = Counter[int](), Counter[int]()
    end_causes, links, clean_exits = Counter[str](), Counter[str](), 0
    for depth, end_cause, link, number, queries, clean in connection.execute(_nodes(run)):
        nodes[depth] += number
        asked[depth] += int(queries)  # a sum of counts is a Decimal elsewhere than in SQLite
        end_causes[end_cause or "living"] += number
        links[link or "own"] += number
        clean_exits += clean
    asked[0] = decisions.total() - asked.total()
    spawns, refused = Counter({d - 1: number for d, number in nodes.items() if d > 1}), 0
    for limit, depth, number in connection.execute(_refusals(run)):
        denials[limit] += number
        refused += number
        if depth is not None:
            spawns[depth] += number
    programs = connection.execute(_programs(run)).scalar_one()
    prompt, cached, answer = map(int, sums[:3])
    return Tally(
        nodes=nodes,
        asked=asked,
        decisions=decisions,
        denials=denials,
        refused=refused,
        of_programs=of_programs,
        spawns=spawns,
        programs=programs,
        clean_exits=clean_exits,
        events=Counter(dict(connection.execute(_events(run)).all())),
        end_causes=end_causes,
        links=links,
        prompt_tokens=prompt,
        cached_prompt_tokens=cached,
        answer_tokens=answer,
        queue_s=sums[3],
        model_s=sums[4],
    )


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
    kinds = (query.c.decision, limit, query.c.node.is_(None))
    columns = ("prompt_tokens", "cached_prompt_tokens", "answer_tokens", "queue_s")
    sums = [func.coalesce(func.sum(query.c[name]), 0) for name in columns]
    chosen = select(*kinds, func.count(), *sums, func.sum(_MODEL_S))
    return chosen.where(query.c.run == run).group_by(*kinds)


def _nodes(run: str) -> Select[Any]:
    asked = select(func.count()).where(query.c.node == node.c.id).scalar_subquery()
    kinds = (node.c.depth, node.c.end_cause, node.c.link_evidence)
    is_clean = (node.c.end_cause == NodeEnd.EXITED) & (node.c.exit_code == 0)
    chosen = select(*kinds, func.count(), func.sum(asked), func.count(case((is_clean, 1))))
    return chosen.where(node.c.run == run).group_by(*kinds)


def _refusals(run: str) -> Select[Any]:
    """Programs that were refused, by limit and the depth of who asked; the operator has none."""
    limit = event.c.detail[("denial", "limit")].as_string()
    asked = event.outerjoin(node, event.c.node == node.c.id)
    chosen = select(limit, node.c.depth, func.count()).select_from(asked)
    refused = chosen.where(event.c.run == run, event.c.kind == "refused")
    return refused.group_by(limit, node.c.depth)


def _programs(run: str) -> Select[int]:
    return select(func.count(node.c.program.distinct())).where(node.c.run == run)


def _events(run: str) -> Select[Any]:
    return select(event.c.kind, func.count()).where(event.c.run == run).group_by(event.c.kind)
