"""Shapes reckoned by hand, and trees that chance draws."""

from __future__ import annotations

from math import log2

import pytest

from recursor.analysis import record, shape
from recursor.analysis.shape import Shape
from recursor.planted.plant import Plant
from recursor.types import Limits

CHAIN, STAR = [-1, 0, 1, 2], [-1, 0, 0, 0]
FULL, UNEVEN = [-1, 0, 0, 1, 1, 2, 2], [-1, 0, 0, 1, 1, 3, 3]


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ([], Shape(0, 0, 0, 0, 0, 0, None)),
        ([-1], Shape(1, 1, 1, 1, 1, 1, None)),
        (CHAIN, Shape(4, 1, 4, 1, 4, 1, 0.0)),
        (STAR, Shape(4, 3, 2, 3, 6, 2, 1.0)),
        (FULL, Shape(7, 4, 3, 4, 12, 3, 1.0)),
    ],
)
def test_by_hand(parents: list[int], expected: Shape) -> None:
    assert shape.shape(parents) == expected


def test_j1_of_an_uneven_tree() -> None:
    quarter = 0.25 * log2(4) + 0.75 * log2(4 / 3)
    third = log2(3) / 3 + 2 / 3 * log2(1.5)
    by_hand = (4 * quarter + 3 * third + 2 * 1) / 9
    assert shape.shape(UNEVEN).j1 == pytest.approx(by_hand)


def test_strahler_needs_two_alike() -> None:
    assert shape.shape([-1, 0, 0, 1, 1, 0]).strahler == 2
    assert shape.shape([*FULL, 0]).strahler == 3


def planted(parents: list[int], limits: Limits) -> record.Frames:
    plant, ids = Plant("shape", limits=limits), list[str]()
    for parent in parents:
        ids.append(plant.grow(ids[parent] if parent >= 0 else None, "echo"))
    return record.of([plant.recording()])


def test_a_chain_is_not_chances() -> None:
    found = shape.against_chance(planted([-1, *range(30)], Limits(depth=40)))
    p = dict(zip(found["index"], found["p"], strict=True))
    assert p["depth"] == p["sackin"] == pytest.approx(1 / 200)


def test_a_tree_of_chance_is_chances() -> None:
    import numpy as np

    drawn = np.random.default_rng(5)
    alarms = 0
    for _ in range(20):
        parents = [-1, *(int(drawn.integers(0, n)) for n in range(1, 25))]
        found = shape.against_chance(planted(parents, Limits(depth=40, breadth=40)))
        (p,) = found.loc[found["index"] == "sackin", "p"].tolist()
        alarms += p < 0.05
    assert alarms <= 4


def test_the_null_keeps_the_budget() -> None:
    import numpy as np

    for parents in (shape._drawn(40, 1, 4, 3, np.random.default_rng(seed)) for seed in range(20)):
        drawn = shape.shape(parents)
        assert drawn.nodes == 40
        assert drawn.depth <= 4
        assert max(parents.count(node) for node in range(40)) <= 3


def test_ids_may_come_in_any_order() -> None:
    found = planted(UNEVEN, Limits())
    shuffled = record.Frames(
        found.runs, found.nodes.sample(frac=1, random_state=3), found.queries, found.events
    )
    run = found.runs["id"][0]
    assert shape.of_run(shuffled, run) == shape.of_run(found, run) == shape.shape(UNEVEN)
