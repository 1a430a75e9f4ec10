"""Intervals at 95%: from resampling runs within goals, and for shares of runs.

Theory of operation. Goals are fixed, chosen by whoever plans; runs are drawn. So only the runs of
a goal are resampled, and what goals differ by does not widen an interval. Four things are done
otherwise than in the textbook's bootstrap:

- Of n runs of a goal n - 1 are drawn. Drawing n makes the variance too small by (n - 1) / n, which
  with a few seeds a goal is much (Rao and Wu 1988, Resampling inference with complex survey data).
- Student's t with (runs - goals) degrees of freedom stands where the normal distribution would:
  without it intervals of few runs are too short (Hesterberg 2015, What teachers should know about
  the bootstrap).
- A goal with one run says nothing of runs that differ. Such goals are taken together as if they
  were one, which widens the interval by what they differ by.
- Values that are all the same have no interval but for shares: no resampling shows what was not
  seen, and nothing but a share is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Numbers = npt.NDArray[np.float64]

LEVEL = 0.95
RESAMPLES = 2000
SEED = 19790101
"""Of all that is drawn here: the same values give the same interval, in whatever order."""
_Z = float(special.ndtri((1 + LEVEL) / 2))


@dataclass(frozen=True)
class Interval:
    """Where the true value lies, in 95 of 100 such intervals."""

    low: float | None
    """None, like `high`, where nothing can be said."""
    high: float | None
    method: str
    """`bca`, `wilson`, `bonett-price`; or `too few` runs, or `no spread` among them."""


def bca(values: Numbers, goals: Sequence[str]) -> Interval:
    """Return the BCa bootstrap interval of the mean over runs, resampled within goals.

    Efron 1987, Better bootstrap confidence intervals. With r the distance of each run from its
    goal's mean, the acceleration by the jackknife over runs is sum(r^3) / (6 sum(r^2)^1.5).
    """
    if len(values) < 2:
        return Interval(None, None, "too few")
    groups = _groups(values, goals)
    residuals = np.concatenate([group - group.mean() for group in groups])
    if not np.abs(residuals).max() > 1e-12 * np.abs(values).max():
        return Interval(None, None, "no spread")
    acceleration = float((residuals**3).sum() / (6 * (residuals**2).sum() ** 1.5))
    means = _resampled_means(groups, len(values))
    t = float(special.stdtrit(len(values) - len(groups), (1 + LEVEL) / 2))
    low, high = np.quantile(means, _bca_levels(means, float(values.mean()), acceleration, t))
    return Interval(float(low), float(high), "bca")


def wilson(yes: int, runs: int) -> Interval:
    """Return Wilson's score interval (1927) of a share.

    That is for runs that are all alike. If goals have different shares it is too wide rather than
    too narrow: the sum of unlike trials varies less (Hoeffding 1956).
    """
    if not runs:
        return Interval(None, None, "too few")
    share, weight = yes / runs, _Z**2 / runs
    middle = (share + weight / 2) / (1 + weight)
    half = (weight * (share * (1 - share) + weight / 4)) ** 0.5 / (1 + weight)
    # At the ends the formula gives exactly 0 and 1, but for rounding.
    low = 0.0 if yes == 0 else middle - half
    return Interval(low, 1.0 if yes == runs else middle + half, "wilson")


def paired_shares(gained: int, lost: int, pairs: int) -> Interval:
    """Return Bonett and Price's interval (2012) of a difference of paired shares.

    `gained` pairs go from 0 to 1 and `lost` ones from 1 to 0. As if one more of each had been
    seen, so that it has a width whatever was seen; for its coverage see Fagerland, Lydersen and
    Laake 2014, Recommended tests and confidence intervals for paired binomial proportions.
    """
    if not pairs:
        return Interval(None, None, "too few")
    more, less = (gained + 1) / (pairs + 2), (lost + 1) / (pairs + 2)
    half = _Z * float(np.sqrt((more + less - (more - less) ** 2) / (pairs + 2)))
    middle = more - less
    return Interval(max(-1.0, middle - half), min(1.0, middle + half), "bonett-price")


def _groups(values: Numbers, goals: Iterable[str]) -> list[Numbers]:
    """Split values by goal, in an order of their own; see above for goals with one run."""
    by_goal: dict[str, list[float]] = {}
    for goal, value in sorted(zip(goals, values.tolist(), strict=True)):
        by_goal.setdefault(goal, []).append(value)
    single = [group[0] for group in by_goal.values() if len(group) == 1]
    groups = [group for group in by_goal.values() if len(group) > 1]
    if len(single) == 1 and groups:
        min(groups, key=len).extend(single)
    elif single:
        groups.append(single)
    return [np.array(group) for group in groups]


def _resampled_means(groups: list[Numbers], runs: int) -> Numbers:
    generator = np.random.default_rng(SEED)
    means = np.zeros(RESAMPLES)
    for group in groups:
        drawn = generator.integers(0, len(group), (RESAMPLES, len(group) - 1))
        means += group[drawn].mean(axis=1) * len(group) / runs
    return means


def _bca_levels(means: Numbers, mean: float, acceleration: float, t: float) -> Numbers:
    """Return the quantiles of the resampled means between which the interval lies.

    Means equal to what was measured count half: there are many of them where values are few.
    """
    close = np.isclose(means, mean, rtol=1e-12, atol=0)
    below = ((means < mean) & ~close).sum() + close.sum() / 2
    bias = special.ndtri((below + 0.5) / (RESAMPLES + 1))
    shifted = bias + np.array([-t, t])
    levels: Numbers = special.ndtr(bias + shifted / (1 - acceleration * shifted))
    return levels
