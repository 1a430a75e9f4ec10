"""What one run amounts to: counts, profiles by depth, tokens, denials, end causes, times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from recursor.records import EventRecord, NodeRecord, QueryRecord, RunRecord


def counts(nodes: Sequence[NodeRecord], queries: Sequence[QueryRecord]) -> dict[str, int]:
    """Count executed nodes and attempted queries; granted + denied + failed = queries."""
    decisions = Counter(query.decision for query in queries)
    return {
        "nodes": len(nodes),
        "queries": len(queries),
        "granted": decisions["granted"],
        "denied": decisions["denied"],
        "failed": decisions["failed"],
    }


def summary(
    run: RunRecord,
    nodes: Sequence[NodeRecord],
    queries: Sequence[QueryRecord],
    events: Sequence[EventRecord],
) -> dict[str, Any]:
    """Summarise a run. Times in seconds, `depths` a list of one profile a depth."""
    refused = [event for event in events if event.kind == "refused"]
    denials = Counter(q.denial["limit"] for q in queries if q.denial and q.decision == "denied")
    denials.update(event.detail["denial"]["limit"] for event in refused)
    return {
        **counts(nodes, queries),
        "refused": len(refused),
        "depth": max((node.depth for node in nodes), default=0),
        "depths": _profile(nodes, queries),
        "prompt_tokens": sum(query.prompt_tokens or 0 for query in queries),
        "answer_tokens": sum(query.answer_tokens or 0 for query in queries),
        "denials": dict(sorted(denials.items())),
        "end_causes": dict(Counter(node.end_cause or "living" for node in nodes).most_common()),
        "links": dict(Counter(node.link_evidence or "own" for node in nodes).most_common()),
        "wall_s": _wall(run),
        "model_s": round(sum(map(_model_s, queries)), 3),
        "queue_s": round(sum(query.queue_s or 0 for query in queries), 3),
        **_engine(queries),
    }


def _engine(queries: Sequence[QueryRecord]) -> dict[str, float | None]:
    """Return how the model worked; None where it did not.

    `tokens_per_s`: answer tokens a second of the time in which it computed any answer;
    `prompt_tokens_reused`: the share of prompt tokens that did not have to be computed again;
    `answers_at_once`: how many it computed at a time, on average over that time.
    """
    answered = [query for query in queries if query.ended_at and _model_s(query)]
    ends = [datetime.fromisoformat(query.ended_at or "").timestamp() for query in answered]
    spans = sorted((end - _model_s(query), end) for query, end in zip(answered, ends, strict=True))
    busy_s, until = 0.0, 0.0
    for begin, end in spans:
        busy_s += max(0.0, end - max(begin, until))
        until = max(until, end)
    prompt_tokens = sum(query.prompt_tokens or 0 for query in queries)
    reused = sum(query.cached_prompt_tokens or 0 for query in queries)
    tokens = sum(query.answer_tokens or 0 for query in answered)
    return {
        "tokens_per_s": round(tokens / busy_s, 1) if busy_s else None,
        "prompt_tokens_reused": round(reused / prompt_tokens, 3) if prompt_tokens else None,
        "answers_at_once": round(sum(map(_model_s, answered)) / busy_s, 2) if busy_s else None,
    }


def _model_s(query: QueryRecord) -> float:
    return (query.prefill_s or 0) + (query.decode_s or 0)


def _profile(nodes: Sequence[NodeRecord], queries: Sequence[QueryRecord]) -> list[dict[str, int]]:
    """Return nodes (the tree's width) and queries at each depth; the operator's depth is 0."""
    depth = {node.id: node.depth for node in nodes}
    width = Counter(depth.values())
    asked = Counter(depth.get(query.node or "", 0) for query in queries)
    deepest = max([0, *width, *asked])
    return [{"depth": d, "nodes": width[d], "queries": asked[d]} for d in range(deepest + 1)]


def _wall(run: RunRecord) -> float | None:
    if run.ended_at is None:
        return None
    start, end = (datetime.fromisoformat(instant) for instant in (run.started_at, run.ended_at))
    return round((end - start).total_seconds(), 3)
