"""What a measure is in a condition: its mean over runs, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from recursor.analysis.frames import independent, of_conditions, provenance
from recursor.analysis.intervals import bca, wilson
from recursor.analysis.measures import chosen

_NUMBERS = ("mean", "low", "high")


@dataclass(frozen=True)
class Estimate:
    """A mean over runs with its 95% interval."""

    n: int
    """Runs for which the measure is defined."""
    undefined: int
    """Runs for which it is not; they are left out."""
    mean: float | None
    low: float | None
    """None, like `high`, where nothing can be said; `method` tells why."""
    high: float | None
    method: str
    """As in `Interval`."""


def estimate(values: Iterable[float], goals: Iterable[str], *, is_share: bool = False) -> Estimate:
    """Estimate the mean over runs, each nested in its goal.

    A share (each run has 0 or 1) gets a Wilson interval whatever was seen, anything else a BCa
    bootstrap one; so does a share averaged over repeats. For what a run can only have or not have
    the distribution is known, so nothing needs to be resampled; and with few runs, or a share near
    0 or 1, resampling promises too much.
    """
    every = np.array(list(values), dtype=float)
    known = ~np.isnan(every)
    defined = every[known]
    of_goals = [goal for goal, is_known in zip(goals, known, strict=True) if is_known]
    n = len(defined)
    has_or_not = is_share and np.isin(defined, (0, 1)).all()
    interval = wilson(round(defined.sum()), n) if has_or_not else bca(defined, of_goals)
    mean = float(defined.mean()) if n else None
    return Estimate(n, len(every) - n, mean, interval.low, interval.high, interval.method)


def table(frame: pd.DataFrame, measures: Sequence[str], *, mixed: bool = False) -> pd.DataFrame:
    """Return each measure in each condition, a row each: `Estimate`'s fields beside their names.

    `provenance` is that of the models whose runs they were.
    Repeats of a goal and seed are averaged first, where the frame has seeds: they can be the same
    tree. Raises UsageError as `of_conditions` does, for each condition by itself, or if a measure
    does not exist.
    """
    conditions = list(dict.fromkeys(frame["condition"])) if "condition" in frame else []
    of = {each: of_conditions(frame, [each], measures, mixed=mixed) for each in conditions}
    whose = {each: provenance(runs) for each, runs in of.items()}
    if "seed" in frame:
        of = {each: independent(runs, measures) for each, runs in of.items()}
    rows = [
        {"measure": each.name, "condition": condition, "provenance": whose[condition]}
        | asdict(estimate(runs[each.name], runs["goal"], is_share=each.is_share))
        for each in chosen(measures)
        for condition, runs in of.items()
    ]
    columns = ["measure", "condition", "provenance", *(field.name for field in fields(Estimate))]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(_NUMBERS, float))
