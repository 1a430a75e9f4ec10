"""Scores, counted on paper."""

from __future__ import annotations

import pytest

from recursor.planted.scores import Score, confusion


def test_the_four_counts() -> None:
    score = confusion("odd", "recall >= 0.5", {1, 2, 3}, {1, 3, 5}, range(10))
    assert (score.tp, score.fp, score.fn, score.tn) == (2, 1, 1, 6)
    assert score.precision == score.recall == pytest.approx(2 / 3)
    assert score.accuracy == 0.8
    assert score.alarms == pytest.approx(1 / 7)
    interval = score.interval("recall")
    assert interval.low == pytest.approx(0.2077, abs=1e-4)
    assert interval.high == pytest.approx(0.9385, abs=1e-4)


def test_cases_that_are_not_counted_are_no_true_negatives() -> None:
    assert confusion("odd", "recall >= 0.5", {1}, {1}).tn == 0


@pytest.mark.parametrize(
    ("goal", "is_met"),
    [
        ("recall >= 0.9", True),
        ("recall >= 0.9, precision >= 0.99", False),
        ("alarms <= 0.05", True),
        ("alarms <= 0.001", False),
        ("accuracy >= 0.95", True),
    ],
)
def test_a_goal_is_met_if_each_part_is(goal: str, is_met: bool) -> None:
    assert Score("odd", 9, 1, 1, 99, goal).is_met is is_met


def test_a_share_of_nothing_meets_no_goal() -> None:
    assert not Score("odd", 0, 0, 0, 10, "recall >= 0").is_met
