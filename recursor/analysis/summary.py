"""What one run amounts to: counts, profiles by depth, tokens, denials, end causes, times."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from recursor.records import RunRecord
from recursor.store import Store, Tally

COUNTS = ("nodes", "queries", "granted", "denied", "failed")
"""The first of a summary's measures; granted + denied + failed = queries."""


def summary(store: Store, run: RunRecord) -> dict[str, Any]:
    """Summarise a run. Times in seconds, `depths` a list of one profile a depth."""
    # SQLite counts on another core while the answers come one by one.
    with ThreadPoolExecutor(1) as beside:
        counted = beside.submit(store.tally, run.id)
        answers = store.answers(run.id)
        tally = counted.result()
    return {
        "nodes": tally.nodes.total(),
        "queries": tally.decisions.total(),
        "granted": tally.decisions["granted"],
        "denied": tally.decisions["denied"],
        "failed": tally.decisions["failed"],
        "refused": tally.refused,
        "depth": max(tally.nodes, default=0),
        "depths": _profile(tally),
        "prompt_tokens": tally.prompt_tokens,
        "answer_tokens": tally.answer_tokens,
        "denials": dict(sorted(tally.denials.items())),
        "end_causes": _most_common(tally.end_causes),
        "links": _most_common(tally.links),
        "wall_s": wall_s(run),
        "model_s": round(tally.model_s, 3),
        "queue_s": round(tally.queue_s, 3),
        **_engine(tally, answers),
    }


def wall_s(run: RunRecord) -> float | None:
    """Return how long a run took; None if it has no end."""
    if run.ended_at is None:
        return None
    start, end = (datetime.fromisoformat(instant) for instant in (run.started_at, run.ended_at))
    return round((end - start).total_seconds(), 3)


def _engine(tally: Tally, answers: list[tuple[float, float, int]]) -> dict[str, float | None]:
    """Return how the model worked; None where it did not.

    `tokens_per_s`: answer tokens a second of the time in which it computed any answer;
    `prompt_tokens_reused`: the share of prompt tokens that did not have to be computed again;
    `answers_at_once`: how many it computed at a time, on average over that time.
    """
    busy_s, until = 0.0, 0.0
    for begin, end in sorted((end - model_s, end) for end, model_s, _ in answers):
        busy_s += max(0.0, end - max(begin, until))
        until = max(until, end)
    tokens = sum(tokens for _, _, tokens in answers)
    model_s = sum(model_s for _, model_s, _ in answers)
    reused, prompt_tokens = tally.cached_prompt_tokens, tally.prompt_tokens
    return {
        "tokens_per_s": round(tokens / busy_s, 1) if busy_s else None,
        "prompt_tokens_reused": round(reused / prompt_tokens, 3) if prompt_tokens else None,
        "answers_at_once": round(model_s / busy_s, 2) if busy_s else None,
    }


def _profile(tally: Tally) -> list[dict[str, int]]:
    """Return nodes (the tree's width) and queries at each depth; the operator's depth is 0."""
    deepest = max([0, *tally.nodes])
    return [
        {"depth": depth, "nodes": tally.nodes[depth], "queries": tally.asked[depth]}
        for depth in range(deepest + 1)
    ]


def _most_common(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))
