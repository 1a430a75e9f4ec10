"""Comparisons of conditions: what is planted is found, and what is not there is not."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from recursor.analysis.compare import compare, corrected, false_alarms
from recursor.analysis.measures import ENOUGH_RUNS
from recursor.errors import UsageError
from tests.analysis.frames import a_frame

NAN = math.nan


def by_hand() -> pd.DataFrame:
    """Six pairs, of which one lacks a run and one a value."""
    bare = [("bare", "ab"[seed % 2], seed, float(seed)) for seed in range(6)]
    full = [("full", "ab"[seed % 2], seed, value) for seed, value in enumerate([2, 3, 5, NAN, 6])]
    return a_frame([*bare, *full])


def planted(effect: float, goals: int = 5, seeds: int = 12, number: int = 0) -> pd.DataFrame:
    """Skewed counts in goals of different means; `full` has `effect` more of them."""
    generator = np.random.default_rng(number)
    return a_frame(
        (condition, f"g{goal}", seed, 5 * goal + more + float(generator.geometric(0.3)))
        for condition, more in (("bare", 0.0), ("full", effect))
        for goal in range(goals)
        for seed in range(seeds)
    )


def test_complete_pairs_are_compared_and_others_counted() -> None:
    """Differences 2, 2, 3, 2: none of the other 15 ways to choose signs but all - is as far."""
    found = compare(by_hand(), "nodes", "bare", "full")
    assert (found.pairs, found.incomplete) == (4, 2)
    assert (found.mean_a, found.mean_b, found.difference) == (1.75, 4, 2.25)
    assert (found.p, found.p_holm, found.method) == (2 / 16, None, "bca")
    assert not found.has_enough_runs


def test_the_other_way_round_is_the_same_with_another_sign() -> None:
    one = compare(planted(1), "nodes", "bare", "full")
    other = compare(planted(1), "nodes", "full", "bare")
    assert one.difference is not None and one.low is not None and one.high is not None
    assert other.difference == -one.difference and other.p == one.p
    assert other.low == pytest.approx(-one.high, abs=0.1)
    assert one.pairs == 60 >= ENOUGH_RUNS and one.has_enough_runs


def test_a_planted_effect_is_found_and_nothing_else() -> None:
    frame = planted(2).assign(depth=planted(0, number=1)["nodes"])
    declared = [compare(frame, measure, "bare", "full") for measure in ("nodes", "depth")]
    nodes, depth = corrected(declared)
    assert nodes.low is not None and nodes.high is not None and nodes.p is not None
    assert nodes.low < 2 < nodes.high and nodes.low > 0
    assert nodes.p_holm == 2 * nodes.p < 0.05
    assert depth.p_holm is not None and depth.p_holm > 0.05


def test_shares_are_compared_as_shares() -> None:
    """Of ten pairs six gain and none loses: p = 2 / 2^6."""
    rows = [("bare", "g", seed, 0.0) for seed in range(10)]
    rows += [("full", "g", seed, float(seed < 6)) for seed in range(10)]
    found = compare(a_frame(rows, "grows"), "grows", "bare", "full")
    assert (found.difference, found.p, found.method) == (0.6, 2 / 64, "bonett-price")
    assert found.low is not None and found.high is not None and 0 < found.low < 0.6 < found.high


def test_without_a_complete_pair_there_is_no_p() -> None:
    frame = a_frame([("bare", "g", 1, 1.0), ("full", "g", 2, 2.0)])
    (found,) = corrected([compare(frame, "nodes", "bare", "full")])
    assert (found.pairs, found.incomplete, found.difference) == (0, 2, None)
    assert (found.p, found.p_holm, found.method) == (None, None, "too few")


def test_the_order_of_rows_does_not_matter() -> None:
    frame = planted(1, number=2)
    shuffled = frame.sample(frac=1, random_state=1)
    assert compare(frame, "nodes", "bare", "full") == compare(shuffled, "nodes", "bare", "full")


def test_planted_and_general_models_are_mixed_only_if_asked() -> None:
    frame = by_hand()
    frame.loc[frame["condition"] == "full", "provenance"] = "planted"
    with pytest.raises(UsageError, match=r"\(general \+ planted\)"):
        compare(frame, "nodes", "bare", "full")
    assert compare(frame, "nodes", "bare", "full", mixed=True).pairs == 4
    elsewhere = a_frame([("third", "a", 1, 1.0)], provenance="planted")
    assert compare(pd.concat([by_hand(), elsewhere]), "nodes", "bare", "full").pairs == 4


def test_what_cannot_be_compared_is_said() -> None:
    frame = by_hand()
    for a, b, said in (
        ("bare", "bare", "compared with itself"),
        ("bare", "third", "the condition 'third' has no finished run yet"),
    ):
        with pytest.raises(UsageError, match=said):
            compare(frame, "nodes", a, b)
    with pytest.raises(UsageError, match="the frame has no column 'depth'"):
        compare(frame, "depth", "bare", "full")
    with pytest.raises(UsageError, match="a pair has two runs in one condition"):
        compare(pd.concat([frame, frame]), "nodes", "bare", "full")


def test_one_condition_gives_false_alarms_one_time_in_twenty() -> None:
    found = false_alarms(planted(0, number=3), "nodes", "bare")
    assert (found.pairs, found.times) == (30, 1000)
    assert 0.03 <= found.share <= 0.07
    assert found.low < found.share < found.high


def test_runs_of_one_goal_only_are_set_against_each_other() -> None:
    """Were goals mixed, their means would hide everything; and one run a goal is no pair."""
    frame = a_frame([("bare", "a", 1, 1.0), ("bare", "a", 2, 2.0), ("bare", "b", 1, 9.0)])
    assert false_alarms(frame, "nodes", "bare", times=10).pairs == 1
    with pytest.raises(UsageError, match="no goal has two runs with nodes"):
        false_alarms(frame.iloc[1:], "nodes", "bare")


def test_what_is_the_same_seed_again_is_no_more_evidence() -> None:
    """Without an effect, four copies of each run are no more often an alarm than one."""
    alarms = 0
    for number in range(100):
        once = planted(0, seeds=4, number=number)
        seeds = once.assign(seed=once["pair"])
        copies = [seeds.assign(pair=seeds["pair"] + f"/{copy}") for copy in range(4)]
        found = compare(pd.concat(copies), "nodes", "bare", "full")
        assert (found.pairs, found.independent) == (80, 20)
        assert found.p == compare(once, "nodes", "bare", "full").p
        alarms += found.p is not None and found.p < 0.05
    assert alarms <= 12
    assert false_alarms(pd.concat(copies), "nodes", "bare", times=10).pairs == 10
