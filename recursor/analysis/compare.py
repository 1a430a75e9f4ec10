"""Two conditions over the same goals and seeds: how they differ, and whether by more than chance.

A comparison is of complete pairs only; pairs of one goal and seed are averaged before anything is
tested, since they are alike. All comparisons that were declared before the first run are corrected
together; and one condition compared with itself shows how often the test finds what is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from recursor.analysis.frames import independent, of_conditions, paired, provenance
from recursor.analysis.intervals import SEED, Interval, Numbers, bca, paired_shares, wilson
from recursor.analysis.measures import ENOUGH_RUNS, chosen
from recursor.analysis.permutation import holm, sign_flip
from recursor.errors import UsageError

ALARM = 0.05
"""A p below it is an alarm."""
_ALARM_FLIPS = 999


@dataclass(frozen=True)
class Comparison:
    """How one measure differs between two conditions."""

    measure: str
    a: str
    b: str
    provenance: str
    """Of the models whose runs are compared, as `frames.provenance` says it."""
    pairs: int
    """Complete ones: goals, seeds and repeats for which both conditions have a value."""
    incomplete: int
    """Pairs that were left out: one side has no finished run, or is undefined; or both are."""
    independent: int
    """Different goals and seeds of complete pairs: of so many are interval and p."""
    mean_a: float | None
    """Over goals and seeds; None, like all that follows, where there is none."""
    mean_b: float | None
    difference: float | None
    """mean_b - mean_a."""
    effect: float | None
    """difference / standard deviation of the differences: Cohen's d for pairs (Lakens 2013, d_z);
    None where these do not differ."""
    low: float | None
    """The difference's 95% interval: None, like `high`, where nothing can be said."""
    high: float | None
    method: str
    """Of the interval, as in `Interval`."""
    p: float | None
    """Of the paired permutation test, two-sided."""
    p_holm: float | None = None
    """The same, corrected for all declared comparisons of all measures."""

    @property
    def has_enough_runs(self) -> bool:
        """Whether each arm has at least 50 runs, each of a goal and seed of its own."""
        return self.independent >= ENOUGH_RUNS


@dataclass(frozen=True)
class FalseAlarms:
    """How often the test finds a difference between runs of one condition."""

    measure: str
    condition: str
    provenance: str
    """As in `Comparison`."""
    pairs: int
    times: int
    share: float
    """Of the times, those with p < 0.05."""
    low: float
    """Its 95% interval, Wilson's."""
    high: float


def compare(
    frame: pd.DataFrame, measure: str, a: str, b: str, *, mixed: bool = False
) -> Comparison:
    """Compare a measure in condition `b` with that in condition `a`.

    Raises UsageError as `paired` does, or if the measure does not exist.
    """
    (which,) = chosen([measure])
    rows = paired(frame, measure, a, b, mixed=mixed)
    whose = provenance(frame[frame["condition"].isin([a, b])])
    complete = rows.dropna()
    pairs, incomplete = len(complete), len(rows) - len(complete)
    if not pairs:
        return nothing(measure, a, b, whose, incomplete)
    units = independent(complete, ["a", "b"])
    first, second = units["a"].to_numpy(float), units["b"].to_numpy(float)
    differences = second - first
    interval = _interval(differences, list(units["goal"]), which.is_share)
    return Comparison(
        measure=measure,
        a=a,
        b=b,
        provenance=whose,
        pairs=pairs,
        incomplete=incomplete,
        independent=len(units),
        mean_a=float(first.mean()),
        mean_b=float(second.mean()),
        difference=float(differences.mean()),
        effect=_effect(differences),
        low=interval.low,
        high=interval.high,
        method=interval.method,
        p=sign_flip(differences),
    )


def nothing(measure: str, a: str, b: str, provenance: str, incomplete: int) -> Comparison:
    """Return what a comparison without a complete pair says."""
    nones = dict.fromkeys(("mean_a", "mean_b", "difference", "effect", "low", "high", "p"))
    return Comparison(measure, a, b, provenance, 0, incomplete, 0, method="too few", **nones)


def corrected(found: Sequence[Comparison]) -> list[Comparison]:
    """Return all declared comparisons, of every measure, with their p corrected together (Holm)."""
    ps = holm([each.p for each in found])
    return [replace(each, p_holm=p) for each, p in zip(found, ps, strict=True)]


def false_alarms(
    frame: pd.DataFrame, measure: str, condition: str, *, times: int = 1000, mixed: bool = False
) -> FalseAlarms:
    """Test runs of one condition against each other, many times.

    Each time the runs of each goal are paired at random, and which of two is `a` is drawn. So the
    share of alarms is at most 5% but for chance, and below it where few values are possible. It
    tests the test on values such as these, not that the runs of two conditions came about alike.
    Raises UsageError as `of_conditions` does, or if no goal has two runs.
    """
    chosen([measure])
    rows = of_conditions(frame, [condition], [measure], mixed=mixed).dropna(subset=[measure])
    whose = provenance(rows)
    rows = independent(rows, [measure]) if "seed" in rows else rows
    goals = [group.to_numpy(float) for _, group in rows.groupby("goal")[measure]]
    pairs = sum(len(group) // 2 for group in goals)
    if not pairs:
        raise UsageError(f"no goal has two runs with {measure} in the condition {condition!r}")
    generator = np.random.default_rng(SEED)
    alarms = sum(
        sign_flip(_pseudo_pairs(goals, generator), _ALARM_FLIPS) < ALARM for _ in range(times)
    )
    interval = wilson(alarms, times)
    assert interval.low is not None and interval.high is not None
    return FalseAlarms(
        measure, condition, whose, pairs, times, alarms / times, interval.low, interval.high
    )


def _effect(differences: Numbers) -> float | None:
    """Return the standardised mean of some differences."""
    if len(differences) < 2:
        return None
    spread = float(differences.std(ddof=1))
    is_spread = spread > 1e-12 * float(np.abs(differences).max())
    return float(differences.mean()) / spread if is_spread else None


def _interval(differences: Numbers, goals: Sequence[str], is_share: bool) -> Interval:
    if not (is_share and np.isin(differences, (-1, 0, 1)).all()):
        return bca(differences, goals)
    gained, lost = int((differences > 0).sum()), int((differences < 0).sum())
    return paired_shares(gained, lost, len(differences))


def _pseudo_pairs(goals: list[Numbers], generator: np.random.Generator) -> Numbers:
    """Return the differences of runs paired at random within goals; one may be left over."""
    found = []
    for group in goals:
        shuffled = generator.permutation(group)
        half = len(group) // 2
        found.append(shuffled[:half] - shuffled[half : 2 * half])
    return np.concatenate(found)
