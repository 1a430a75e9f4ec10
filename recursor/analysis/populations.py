"""A run's population over time.

- `living`: nodes that have begun and not ended.
- `begun`, `distinct`: nodes so far, and different programs (or families) among them.
- `dominant`: the share of the living nodes that is of the most frequent family.
- `unseen`: the chance that the next program is of a family not seen yet, by Good and Turing: those
  seen once / nodes so far (Good 1953).
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from recursor.analysis.acts import microseconds
from recursor.analysis.record import Frames

INSTANTS = 50
COLUMNS = ("run", "instant_s", "living", "begun", "distinct", "dominant", "unseen")


def over_time(
    frames: Frames, families: pd.Series | None = None, instants: int = INSTANTS
) -> pd.DataFrame:
    """Return so many rows a run, evenly from its first node's beginning to its last one's end.

    `families` names each node's family by its id; without it each different text is one.
    `dominant` is NaN while nothing lives. `instant_s` counts from the run's first node. A node
    without an end lives to the last instant that anything is known of.
    """
    nodes = frames.nodes
    named = nodes["program"] if families is None else nodes["id"].map(families)
    begun_us, ended_us = microseconds(nodes["started_at"]), microseconds(nodes["ended_at"])
    rows = []
    for run, places in nodes.groupby("run").indices.items():
        order = np.argsort(begun_us.to_numpy()[places], kind="stable")
        begun = begun_us.to_numpy()[places][order]
        ended = ended_us.to_numpy()[places][order]
        last = max(int(begun.max()), int(ended.max()))
        ended = np.where(ended < 0, last, ended)
        family, _ = pd.factorize(named.to_numpy()[places][order])
        moments = np.linspace(begun[0], last, instants)
        rows += _rows(str(run), begun, ended, family, moments)
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(
    run: str, begun: np.ndarray, ended: np.ndarray, family: np.ndarray, moments: np.ndarray
) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    seen, times, until = Counter[int](), Counter[int](), 0
    for instant in moments:
        so_far = int(np.searchsorted(begun, instant, "right"))
        for each in family[until:so_far].tolist():
            times[seen[each]] -= 1
            seen[each] += 1
            times[seen[each]] += 1
        until = so_far
        living = family[:so_far][ended[:so_far] > instant]
        dominant = float(np.bincount(living).max() / len(living)) if len(living) else None
        at_s = float(instant - begun[0]) / 1e6
        rows.append((run, at_s, len(living), so_far, len(seen), dominant, times[1] / so_far))
    return rows
