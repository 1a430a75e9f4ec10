"""Power: against a closed form, against the test itself, and where it cannot be said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from recursor.analysis.permutation import sign_flip
from recursor.analysis.power import power
from recursor.errors import UsageError
from tests.analysis.frames import a_frame


def a_probe(values: list[float], measure: str = "nodes") -> pd.DataFrame:
    """The same values in two conditions, a million apart."""
    return a_frame(
        (
            (condition, "g", seed, value + more)
            for condition, more in (("a", 0.0), ("b", 1e6))
            for seed, value in enumerate(values)
        ),
        measure,
    )


def shares(yes: int, runs: int) -> pd.DataFrame:
    return a_frame((("a", "g", seed, float(seed < yes)) for seed in range(runs)), "grows")


NORMAL = a_probe(np.random.default_rng(1).normal(0, 1, 200).tolist())
SKEWED = np.random.default_rng(2).lognormal(1, 0.9, 12).round()


def closed_form(effect: float, deviation: float, pairs: int, level: float) -> float:
    """The power of the paired t test (noncentral t)."""
    shift, t = effect / deviation * pairs**0.5, stats.t.ppf(1 - level / 2, pairs - 1)
    return float(stats.nct.sf(t, pairs - 1, shift) + stats.nct.cdf(-t, pairs - 1, shift))


@pytest.mark.parametrize(("pairs", "tests"), [(12, 1), (20, 10), (50, 1), (50, 10), (200, 1)])
def test_normal_runs_have_the_power_of_the_paired_t_test(pairs: int, tests: int) -> None:
    """4000 experiments: two standard errors are at most 1.6%."""
    found = power(NORMAL, "nodes", pairs, tests=tests, effect=0.5)
    deviation = found.spread * 2**0.5
    assert found.power == pytest.approx(closed_form(0.5, deviation, pairs, 0.05 / tests), abs=0.025)
    assert found.smallest is not None
    its_power = closed_form(found.smallest, deviation, pairs, 0.05 / tests)
    assert its_power == pytest.approx(0.8, abs=0.025)


@pytest.mark.parametrize(
    ("pairs", "effect", "tests"), [(8, 6.0, 1), (12, 4.0, 1), (20, 4.0, 10), (60, 2.0, 5)]
)
def test_skewed_runs_have_the_power_of_the_test_itself(
    pairs: int, effect: float, tests: int
) -> None:
    """2500 experiments of real tests: two standard errors are at most 2%, of both 2.5%."""
    found = power(a_probe(SKEWED.tolist()), "nodes", pairs, tests=tests, effect=effect)
    generator = np.random.default_rng(3)
    drawn = generator.choice(SKEWED * (12 / 11) ** 0.5, (2, 2500, pairs))
    real = [sign_flip(each, 4999) <= 0.05 / tests for each in drawn[1] - drawn[0] + effect]
    assert found.power == pytest.approx(np.mean(real), abs=0.035)


@pytest.mark.parametrize(
    ("pairs", "effect", "tests"), [(20, 0.4, 1), (50, 0.25, 10), (200, -0.15, 5)]
)
def test_shares_have_the_power_of_the_test_itself(pairs: int, effect: float, tests: int) -> None:
    """2000 experiments of real tests: two standard errors are at most 2.3%."""
    found = power(shares(6, 20), "grows", pairs, tests=tests, effect=effect)
    assert found.mean == 7 / 22
    drawn = np.random.default_rng(4).random((2, 2000, pairs)) < [[[7 / 22]], [[7 / 22 + effect]]]
    differences = drawn[1].astype(float) - drawn[0]
    real = [sign_flip(each) <= 0.05 / tests for each in differences]
    assert found.power == pytest.approx(np.mean(real), abs=0.03)


def test_shares_by_hand() -> None:
    """Six pairs, p = 1/2, and q = 1: p of six of six unequal pairs is 1/32, of five it is 1/16.

    Only six gained ones find something: (1/2)^6.
    """
    found = power(shares(1, 2), "grows", 6, effect=0.5)
    assert found.power == pytest.approx(1 / 64)
    assert found.smallest is None and found.note is not None and "plan more" in found.note


def test_without_an_effect_the_power_is_that_of_false_alarms() -> None:
    for probe, measure in ((NORMAL, "nodes"), (shares(10, 20), "grows")):
        found = power(probe, measure, 100, effect=0).power
        assert found is not None and 0.02 < found <= 0.065


def test_more_pairs_find_less_and_more_tests_find_less_often() -> None:
    smallest = [power(NORMAL, "nodes", pairs).smallest for pairs in (10, 30, 100)]
    assert all(one is not None for one in smallest)
    assert smallest == sorted(smallest, key=lambda one: -(one or 0))
    one, ten = (power(NORMAL, "nodes", 50, tests=tests, effect=0.5) for tests in (1, 10))
    assert one.power is not None and ten.power is not None and ten.power < one.power
    assert one.level == 0.05
    assert ten.level == pytest.approx(0.005)


def test_a_share_near_1_can_only_fall() -> None:
    high, low = power(shares(18, 20), "grows", 100), power(shares(2, 20), "grows", 100)
    assert high.smallest is not None and high.smallest < 0
    assert low.smallest == pytest.approx(-high.smallest)


def test_a_share_that_no_run_of_the_probe_has_is_not_taken_to_be_0() -> None:
    found = power(shares(0, 8), "grows", 50, effect=0.3)
    assert found.mean == 0.1 and found.note is None
    assert found.power is not None and 0.5 < found.power < 1


def test_what_goals_and_conditions_differ_by_is_no_spread() -> None:
    rows = [
        (condition, goal, seed, 100.0 * (goal == "y") + 10 * (condition == "b") + seed)
        for condition in "ab"
        for goal in "xy"
        for seed in range(3)
    ]
    found = power(a_frame(rows), "nodes", 20)
    assert found.spread == pytest.approx(1)  # of 0, 1, 2


def test_where_a_goal_has_one_run_what_goals_differ_by_is_part_of_the_spread() -> None:
    rows = [
        (condition, goal, 0, 10.0 * (condition == "b") + value)
        for condition in "ab"
        for value, goal in enumerate("xyz")
    ]
    assert power(a_frame(rows), "nodes", 20).spread == pytest.approx(1)


@pytest.mark.parametrize("values", [[3.0, 3.0, 3.0], [3.0], [0.0, 0.0]])
def test_a_probe_without_spread_says_nothing(values: list[float]) -> None:
    found = power(a_probe(values), "nodes", 50, effect=1)
    assert (found.spread, found.power, found.smallest) == (0, None, None)
    assert found.note is not None and found.note.startswith("the probe shows no spread")


def test_too_few_pairs_find_nothing_however_large_it_is() -> None:
    """The smallest p of five pairs is 1/16; of eight it is 1/128, which is above 0.05/10."""
    for pairs, tests in ((5, 1), (8, 10)):
        found = power(NORMAL, "nodes", pairs, tests=tests, effect=1000)
        assert (found.power, found.smallest) == (0, None)
        assert found.note is not None and found.note.startswith(f"no p of {pairs} pairs")


def test_what_makes_no_sense_is_said() -> None:
    with pytest.raises(UsageError, match=r"a share of 0\.9 cannot change by 0.2"):
        power(shares(8, 8), "grows", 50, effect=0.2)
    with pytest.raises(UsageError, match="no run in which nodes is defined"):
        power(NORMAL.assign(nodes=np.nan), "nodes", 50)
    with pytest.raises(UsageError, match="a pair and a test at least"):
        power(NORMAL, "nodes", 0)
