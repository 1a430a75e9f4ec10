"""Copies of programs of three types, among other programs that share their boilerplate.

Type 1: other spacing and comments. Type 2: other names and literals, too. Type 3: type 2, of which
some statements were inserted, left out or written anew. Programs of another family are no copies,
whatever they have in common.
"""

from __future__ import annotations

import random
from itertools import combinations

from recursor.planted import texts
from recursor.planted.plant import Plant, Planted
from recursor.planted.texts import Family

COPIES = 5
"""Of each type, of each family."""
CHANGED = (1, 3)
"""So many statements at least and at most of a copy of type 3 are changed."""


def plant(seed: int, split: str) -> Planted:
    """Plant a run with copies; a row of truth is a pair of nodes (`one`, `other`) and its `type`.

    The type is the lowest that is true of the pair, None of programs of two families. What two
    copies of type 3 are to each other is not known to be anything, and no row.
    """
    drawn = random.Random(f"clones {seed} {split}")
    plant = Plant(f"clones-{split}", seed, "planted copies")
    made = [
        (family, kind, text)
        for family in texts.families(split)
        for kind, text in _copies(family, drawn)
    ]
    drawn.shuffle(made)
    root = plant.grow(None, "true\n")
    nodes = [
        (plant.grow(root, text, family.language), family.name, kind) for family, kind, text in made
    ]
    truth = [
        {"one": one, "other": other, "type": _type(family, kind, family_2, kind_2)}
        for (one, family, kind), (other, family_2, kind_2) in combinations(nodes, 2)
        if not (family == family_2 and kind == kind_2 == 3)
    ]
    return Planted(plant.recording(), truth)


def _copies(family: Family, drawn: random.Random) -> list[tuple[int, str]]:
    text = family.program
    made = [(0, text)]
    for _ in range(COPIES):
        changes = drawn.randint(*CHANGED)
        other = texts.renamed(text, family, drawn)
        made += [
            (1, texts.spaced(text, drawn)),
            (2, texts.spaced(other, drawn)),
            (3, texts.edited(other, family.language, changes, drawn)),
        ]
    return made


def _type(family: str, kind: int, family_2: str, kind_2: int) -> int | None:
    """Return how two programs are alike, each of which is a copy of some kind of its family's."""
    return max(kind, kind_2, 1) if family == family_2 else None
