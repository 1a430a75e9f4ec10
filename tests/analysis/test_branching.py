"""How many programs a program asks for, where that is known."""

from __future__ import annotations

import numpy as np
import pytest

from recursor.analysis import branching, record
from recursor.planted import branching as trees
from recursor.planted.plant import Plant
from recursor.types import Denial, Limits


def frames(law: str, budget: str, runs: int = 60, *, stubborn: bool = True) -> record.Frames:
    grown = (trees.plant(seed, law, budget, stubborn=stubborn) for seed in range(runs))
    return record.of([each.recording for each in grown])


@pytest.mark.parametrize("budget", trees.BUDGETS)
@pytest.mark.parametrize("law", trees.LAWS)
def test_the_law_is_found_whatever_the_budget_grants(law: str, budget: str) -> None:
    table = branching.by_depth(frames(law, budget))
    mean = trees.LAWS[law][0]
    sure = table[~table["at_limit"] & (table["nodes"] >= 50)]
    assert len(sure)
    assert list(sure["m"]) == pytest.approx([mean] * len(sure), abs=0.4)
    assert (sure["granted"] <= sure["attempts"]).all()
    assert ((sure["low"] < sure["m"]) & (sure["m"] < sure["high"])).all()


def test_children_alone_would_say_less() -> None:
    table = branching.by_depth(frames("binomial-1.5", "narrow"))
    of_two = table[~table["at_limit"]]
    assert (of_two["granted"] / of_two["nodes"]).max() < 1.45
    assert (of_two["granted"] < of_two["attempts"]).any()


def test_nodes_at_the_depth_limit_stand_apart() -> None:
    table = branching.by_depth(frames("binomial-1.5", "usual"))
    (last,) = record.rows(table[table["at_limit"]])
    assert last["depth"] == trees.BUDGETS["usual"].depth
    assert last["granted"] == 0 < last["attempts"]
    assert np.isnan(last["m_censored"])


def test_a_link_that_is_contained_is_no_exact_one() -> None:
    plant = Plant("weak")
    top = plant.grow(None, "echo top")
    for evidence in ("broker", "contained", "exact"):
        plant.grow(top, "echo", origin=plant.ask(top, "more", "echo"), evidence=evidence)
    found = record.of([plant.recording()])
    assert found.weak_links == 1
    first = branching.by_depth(found).iloc[0]
    assert (first["m"], first["m_exact"]) == (3, 2)


def test_kaplan_and_meier_by_hand() -> None:
    values, none = np.array([0.0, 1, 2, 3]), np.zeros(4)
    assert branching.kaplan_meier_mean(values, none) == pytest.approx(1.5)
    # One is at least 1: it is as likely to get to 2 as others that got past 0, which all did.
    censored = np.array([0.0, 1.0, 0.0])
    assert branching.kaplan_meier_mean(np.array([0.0, 1.0, 2.0]), censored) == pytest.approx(4 / 3)
    assert branching.kaplan_meier_mean(np.array([]), np.array([])) is None


def test_who_gives_up_when_refused_is_censored() -> None:
    limits = Limits(depth=4, breadth=1)
    plant = Plant("gives up", limits=limits)
    top = plant.grow(None, "for N in 1 2 3; do :; done")
    plant.grow(top, "echo 1", origin=plant.ask(top, "1", "echo 1"))
    plant.refuse(top, "echo 2", Denial("breadth", 1, 2))
    first = branching.by_depth(record.of([plant.recording()])).iloc[0]
    assert (first["attempts"], first["granted"], first["censored"]) == (2, 1, 1)


def test_an_interval_needs_more_than_one_run() -> None:
    one = branching.by_depth(frames("binomial-1.5", "usual", runs=1))
    assert set(one["method"]) == {"too few"}
    assert one["low"].isna().all()


def test_goals_with_one_run_each_are_taken_together() -> None:
    over, under = np.array([1.0, 2, 4, 3]), np.ones(4)
    apart = branching.ratio(over, under, ["a", "b", "c", "d"])
    same = branching.ratio(over, under, ["a"] * 4)
    assert apart == same
    within = branching.ratio(over, under, ["a", "a", "b", "b"])
    assert within.high is not None and same.high is not None
    assert within.high < same.high


def test_survival_counts_runs() -> None:
    found = frames("rare-0.8", "usual", runs=40)
    table = branching.survival(found)
    assert table["reached"].iloc[0] == 40
    assert table["reached"].is_monotonic_decreasing
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()


def test_extinction_only_of_one_law() -> None:
    same = record.rows(branching.extinction(frames("binomial-1.5", "usual", runs=200)))[0]
    assert same["p_homogeneity"] > branching.ALPHA
    # The smallest root of ((1 + s) / 2)^3 = s is sqrt(5) - 2.
    assert same["probability"] == pytest.approx(5**0.5 - 2, abs=0.06)
    plants = []
    for seed in range(60):
        plant = Plant("two laws", seed)
        top = plant.grow(None, "a")
        below = [plant.grow(top, "b", origin=plant.ask(top, "b", "b")) for _ in range(3)]
        plant.grow(below[0], "c", origin=plant.ask(below[0], "c", "c"))
        plants.append(plant.recording())
    other = record.rows(branching.extinction(record.of(plants)))[0]
    assert other["p_homogeneity"] < branching.ALPHA
    assert other["probability"] is None
