"""Intervals against published numbers, another implementation, and planted truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from recursor.analysis.intervals import Interval, Numbers, bca, paired_shares, wilson


def ends(found: Interval) -> tuple[float, float]:
    assert found.low is not None and found.high is not None
    return found.low, found.high


@pytest.mark.parametrize(
    ("yes", "runs", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(yes: int, runs: int, low: float, high: float) -> None:
    """Newcombe 1998, Two-sided confidence intervals for the single proportion, table I."""
    assert ends(wilson(yes, runs)) == pytest.approx((low, high), abs=6e-5)
    assert ends(wilson(runs - yes, runs)) == pytest.approx((1 - high, 1 - low), abs=6e-5)


def test_paired_shares_by_hand() -> None:
    """The airway data of Fagerland and others 2014: of 21 pairs 1 gained, 7 lost.

    (1+1)/23 - (7+1)/23 = -0.2609, and 1.96 times the root of (10/23 - 0.2609^2) / 23 is 0.2475.
    """
    assert ends(paired_shares(1, 7, 21)) == pytest.approx((-0.508, -0.013), abs=5e-4)


def test_paired_shares_that_never_differ_still_have_a_width() -> None:
    low, high = ends(paired_shares(0, 0, 20))
    assert -low == pytest.approx(high)
    assert 0.1 < high < 0.15


def test_bca_agrees_with_scipy_where_nothing_special_is_done() -> None:
    """With many runs of one goal drawing one fewer, and Student's t, make no difference."""
    values = np.random.default_rng(1).lognormal(0, 0.8, 400)
    low, high = ends(bca(values, ["g"] * 400))
    theirs = stats.bootstrap(
        (values,), np.mean, method="BCa", n_resamples=20_000, rng=np.random.default_rng(2)
    ).confidence_interval
    width = theirs.high - theirs.low
    assert low == pytest.approx(theirs.low, abs=0.05 * width)
    assert high == pytest.approx(theirs.high, abs=0.05 * width)


def test_bca_does_not_depend_on_the_order_of_runs() -> None:
    generator = np.random.default_rng(3)
    values, goals = generator.exponential(1, 30), np.array(["a", "b", "c"] * 10)
    order = generator.permutation(30)
    assert bca(values, list(goals)) == bca(values[order], list(goals[order]))


def test_what_goals_differ_by_does_not_widen_an_interval() -> None:
    values = np.random.default_rng(4).normal(0, 1, 40)
    goals = ["a", "b"] * 20
    apart = values + np.array([0.0, 1000.0] * 20)
    near, far = np.ptp(ends(bca(values, goals))), np.ptp(ends(bca(apart, goals)))
    assert far == pytest.approx(near, rel=0.02)


def test_goals_with_one_run_are_taken_together() -> None:
    values = np.array([1.0, 2.0, 4.0, 8.0, 9.0, 11.0])
    together = bca(values, ["g"] * 6)
    assert bca(values, list("abcdef")).low == pytest.approx(together.low, abs=0.5)
    one_alone = bca(values, ["a", "a", "a", "b", "b", "c"])
    assert one_alone.method == "bca"


NOTHING_SEEN = [
    ([], [], "too few"),
    ([3.0], ["a"], "too few"),
    ([3.0, 3.0, 3.0], ["a", "a", "b"], "no spread"),
    ([0.1 + 0.2, 0.3, 9.0, 9.0], ["a", "a", "b", "b"], "no spread"),
]


@pytest.mark.parametrize(("values", "goals", "why"), NOTHING_SEEN)
def test_where_nothing_was_seen_nothing_is_said(
    values: list[float], goals: list[str], why: str
) -> None:
    assert bca(np.array(values), goals) == Interval(None, None, why)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 1000), st.sampled_from("abcd")), min_size=2, max_size=12))
def test_an_interval_lies_where_runs_do(runs: list[tuple[int, str]]) -> None:
    values = np.array([float(value) for value, _ in runs])
    found = bca(values, [goal for _, goal in runs])
    if found.method == "bca":
        low, high = ends(found)
        assert values.min() - 1e-9 <= low <= high <= values.max() + 1e-9


# --- coverage

SIMULATIONS = 800


Draw = Callable[[tuple[int, int]], Numbers]


def holds(found: Interval, truth: float) -> bool:
    low, high = ends(found)
    return low <= truth <= high


def coverage(goals: int, runs: int, draw: Draw, mean: float) -> float:
    """Return how often the interval holds the true mean; each goal has another mean."""
    names = [f"g{goal}" for goal in range(goals) for _ in range(runs)]
    shift = 3.0 * np.arange(goals)[:, None]
    truth, hits = mean + float(shift.mean()), 0
    for _ in range(SIMULATIONS):
        hits += holds(bca((draw((goals, runs)) + shift).ravel(), names), truth)
    return hits / SIMULATIONS


@pytest.mark.parametrize(
    ("goals", "runs", "least"), [(5, 10, 0.93), (10, 5, 0.92), (5, 20, 0.93), (2, 5, 0.89)]
)
def test_bca_covers_the_mean_of_counts_that_are_skewed(goals: int, runs: int, least: float) -> None:
    """Geometric, of skewness 2: 95% but for what few runs cost; 1.6% is two standard errors."""
    generator = np.random.default_rng(5)

    def draw(shape: tuple[int, int]) -> Numbers:
        return np.asarray(generator.geometric(0.3, shape), dtype=np.float64)

    found = coverage(goals, runs, draw, 1 / 0.3)
    assert least - 0.01 <= found <= 0.97


def test_bca_covers_a_little_less_where_the_tail_is_long() -> None:
    """Lognormal, of skewness 3.7: any bootstrap of 50 runs does."""
    generator = np.random.default_rng(6)

    def draw(shape: tuple[int, int]) -> Numbers:
        return np.asarray(generator.lognormal(0, 0.8, shape), dtype=np.float64)

    found = coverage(5, 10, draw, float(np.exp(0.32)))
    assert 0.91 <= found <= 0.97


@pytest.mark.parametrize(
    ("shares", "least"), [([0.1] * 5, 0.93), ([0.5] * 5, 0.92), ([0.05, 0.2, 0.5, 0.8, 0.95], 0.95)]
)
def test_wilson_covers_shares_and_more_than_so_where_goals_differ(
    shares: list[float], least: float
) -> None:
    generator = np.random.default_rng(7)
    yes = generator.binomial(10, shares, (4000, 5)).sum(axis=1)
    truth = float(np.mean(shares))
    assert np.mean([holds(wilson(int(each), 50), truth) for each in yes]) >= least


@pytest.mark.parametrize(("p", "q"), [(0.05, 0.05), (0.1, 0.4), (0.5, 0.5), (0.02, 0.9)])
def test_paired_shares_cover_their_difference(p: float, q: float) -> None:
    generator = np.random.default_rng(8)
    gained, lost = (1 - p) * q, p * (1 - q)
    counts = generator.multinomial(30, [gained, lost, 1 - gained - lost], 4000)
    found = [paired_shares(int(more), int(less), 30) for more, less, _ in counts]
    assert np.mean([holds(each, q - p) for each in found]) >= 0.93
