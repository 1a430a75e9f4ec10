"""Programs that change from parent to child at a known rate; and others that inherit nothing."""

from __future__ import annotations

import random

from recursor.planted import texts
from recursor.planted.plant import Plant, Planted

RATES = (0.02, 0.05, 0.1, 0.2, 0.3)
"""Shares of tokens that change from a parent to its child."""
_CHILDREN = (4, 3, 2)
"""Of a program at each depth."""


def plant(seed: int, split: str, rate: float) -> Planted:
    """Plant a tree in which each child is its parent with tokens changed at this rate."""
    drawn = random.Random(f"mutation {seed} {split} {rate}")
    plant = Plant(f"mutation-{split}-{rate}", seed, "planted mutation")
    family = drawn.choice(texts.families(split))
    level = [(plant.grow(None, family.program, family.language), family.program)]
    truth = []
    for children in _CHILDREN:
        below = []
        for parent, text in level:
            for _ in range(children):
                child = texts.mutated(text, rate, drawn)
                below.append((plant.grow(parent, child, family.language), child))
                truth.append({"node": below[-1][0], "rate": rate})
        level = below
    return Planted(plant.recording(), truth)


def converge(seed: int, split: str) -> Planted:
    """Plant the same tree, in which each program is drawn anew from the same few families."""
    drawn = random.Random(f"convergence {seed} {split}")
    plant = Plant(f"convergence-{split}", seed, "planted convergence")
    families = drawn.sample(texts.families(split), 3)
    level: list[str | None] = [None]
    for children in (1, *_CHILDREN):
        level = [_draw(plant, parent, families, drawn) for parent in level for _ in range(children)]
    return Planted(plant.recording(), [])


def _draw(
    plant: Plant, parent: str | None, families: list[texts.Family], drawn: random.Random
) -> str:
    family = drawn.choice(families)
    text = texts.mutated(texts.renamed(family.program, family, drawn), 0.05, drawn)
    return plant.grow(parent, text, family.language)
