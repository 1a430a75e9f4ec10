"""The shape of a tree, beside that of trees which chance draws under the same budget.

- Width profile: nodes at each depth.
- Sackin's index: the sum of the depths of all leaves (Sackin 1972; Shao and Sokal 1990).
- Strahler number: 1 for a leaf; else the greatest of the children's, one more if two have it
  (Strahler 1957). How much of the tree branches at all scales.
- J1: how evenly nodes divide what is below them, 0 to 1, whatever the outdegrees (Lemant et al.
  2022, Robust, universal tree balance indices): the mean over nodes that have children, weighed by
  the leaves below each, of the sum over its children of -p log(p) / log(k), p a child's share of
  those leaves, k the number of children; a node with one child has 0. Only leaves have a size.

The null has as many nodes: they are added one at a time below a node that chance chooses from those
whose depth and breadth leave room. p is the share of such trees whose index is at least as far from
their mean, two-sided, (k + 1) / (draws + 1). It tells that a shape is not chance's, not why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import log

import numpy as np
import pandas as pd

from recursor.analysis.intervals import SEED
from recursor.analysis.record import Frames

DRAWS, DRAWN_NODES = 199, 1_000_000
"""So many trees of the null, but no more than have so many nodes in all; at least 19."""


@dataclass(frozen=True)
class Shape:
    """The shape of one tree."""

    nodes: int
    leaves: int
    depth: int
    width: int
    sackin: int
    strahler: int
    j1: float | None
    """None for a tree in which no node has a child."""


def shape(parents: list[int]) -> Shape:
    """Return the shape of a tree: for each node its parent's place before it, or -1 for none.

    Several nodes without a parent make one tree, whose top (the operator) is not counted.
    """
    n = len(parents)
    depths, children = [1] * n, [0] * n
    for node, parent in enumerate(parents):
        if parent >= 0:
            depths[node] = depths[parent] + 1
            children[parent] += 1
    leaves = [int(not count) for count in children]
    highest, is_tied, parts = [0] * n, [False] * n, [0.0] * n
    weight, balance = 0, 0.0
    ranks: list[int] = []
    for node in range(n - 1, -1, -1):  # children before parents
        rank, below, parent = highest[node] + is_tied[node] or 1, leaves[node], parents[node]
        if children[node]:
            weight += below
        if children[node] > 1:
            balance += (below * log(below) - parts[node]) / log(children[node])
        if parent >= 0:
            leaves[parent] += below
            parts[parent] += below * log(below)
            is_tied[parent] = rank == highest[parent] or (
                is_tied[parent] and rank < highest[parent]
            )
            highest[parent] = max(highest[parent], rank)
        else:
            ranks.append(rank)
    ends = [depth for depth, count in zip(depths, children, strict=True) if not count]
    return Shape(
        nodes=n,
        leaves=len(ends),
        depth=max(depths, default=0),
        width=max(Counter(depths).values(), default=0),
        sackin=sum(ends),
        strahler=max(ranks, default=0),
        j1=balance / weight if weight else None,
    )


def of_run(frames: Frames, run: str) -> Shape:
    """Return the shape of a run's tree."""
    return shape(_parents(frames.nodes[frames.nodes["run"] == run]))


def against_chance(frames: Frames) -> pd.DataFrame:
    """Return each index of each run beside the null's.

    Columns: `run`, `index`, `value`, `mean`, `low` and `high` (the null's mean and its central
    95%), `p`, `draws`; NaN where an index is not defined.
    """
    rows = []
    for run, budget in frames.runs[["id", "budget"]].to_numpy():
        parents = _parents(frames.nodes[frames.nodes["run"] == run])
        found = vars(shape(parents))
        null = [vars(each) for each in _null(parents, budget["depth"], budget["breadth"])]
        rows += [_row(run, name, found[name], [each[name] for each in null]) for name in _INDICES]
    return pd.DataFrame(rows, columns=_COLUMNS)


_INDICES = ("leaves", "depth", "width", "sackin", "strahler", "j1")
_COLUMNS = ("run", "index", "value", "mean", "low", "high", "p", "draws")


def _row(run: str, name: str, value: float | None, null: list[float | None]) -> tuple[object, ...]:
    drawn = np.array([each for each in null if each is not None], dtype=float)
    if value is None or not len(drawn):
        return (run, name, value, None, None, None, None, 0)
    mean, distance = float(drawn.mean()), np.abs(drawn - drawn.mean())
    farther = int((distance >= abs(value - mean) - 1e-9).sum())
    low, high = np.quantile(drawn, (0.025, 0.975))
    return (run, name, value, mean, low, high, (farther + 1) / (len(drawn) + 1), len(drawn))


def _null(parents: list[int], depth: int, breadth: int) -> Iterator[Shape]:
    nodes, tops = len(parents), sum(parent < 0 for parent in parents)
    generator = np.random.default_rng(SEED)
    draws = max(19, min(DRAWS, DRAWN_NODES // max(nodes, 1)))
    for _ in range(draws if nodes > 1 else 0):
        yield shape(_drawn(nodes, tops, depth, breadth, generator))


def _drawn(
    nodes: int, tops: int, depth: int, breadth: int, generator: np.random.Generator
) -> list[int]:
    """Draw a tree; nodes that are full leave the list of those that can be chosen."""
    parents, depths, children = [-1] * tops, [1] * tops, [0] * nodes
    free = list(range(tops)) if depth > 1 else []
    chances = generator.random(nodes).tolist()
    for node in range(tops, nodes):
        if not free:  # a recorded tree can have what its budget has no room for: a forged one
            break
        place = int(chances[node] * len(free))
        parent = free[place]
        children[parent] += 1
        if children[parent] == breadth:
            free[place] = free[-1]
            free.pop()
        parents.append(parent)
        depths.append(depths[parent] + 1)
        if depths[node] < depth:
            free.append(node)
    return parents


def _parents(nodes: pd.DataFrame) -> list[int]:
    """Return each node's parent's place, parents first: ids may come in any order."""
    ordered = nodes.sort_values("depth", kind="stable")
    places = {id_: place for place, id_ in enumerate(ordered["id"])}
    return [places.get(parent, -1) for parent in ordered["parent"]]
