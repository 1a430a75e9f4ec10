"""Trees of a known law: how many programs each program asks for is drawn, whatever is granted.

The law is the same for every program of a run. Two kinds of programs are planted: some ask on when
they are refused (`stubborn`), so that every attempt is seen; others give up.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from recursor.planted.plant import Plant, Planted
from recursor.types import Denial, Limits

LAWS = {
    "binomial-1.0": (1.0, [0.3164, 0.4219, 0.2109, 0.0469, 0.0039]),
    "binomial-1.5": (1.5, [0.125, 0.375, 0.375, 0.125]),
    "rare-0.8": (0.8, [0.7, 0.1, 0.05, 0.05, 0.05, 0.05]),
    "heavy-1.2": (1.2, [0.5, 0.2, 0.1, 0.1, 0.05, 0.05]),
}
"""Mean attempts a program, and the probabilities of 0, 1, 2, ... attempts."""

BUDGETS = {
    "wide": Limits(depth=5, breadth=6, nodes=512),
    "usual": Limits(),
    "narrow": Limits(depth=4, breadth=2, nodes=64),
    "scarce": Limits(depth=6, breadth=6, nodes=16),
}


@dataclass(frozen=True)
class _Waiting:
    node: str
    attempts: int


def plant(
    seed: int, law: str, budget: str, *, stubborn: bool = True, goal: str = "planted"
) -> Planted:
    """Plant one run of a law under a budget, breadth first."""
    mean, shares = LAWS[law]
    limits, drawn = BUDGETS[budget], random.Random(f"{law} {budget} {seed}")
    plant = Plant(f"branching-{law}-{budget}", seed, goal, limits)
    waiting = [_sprout(plant, None, drawn, shares)]
    nodes, depths = 1, {waiting[0].node: 1}
    for each in waiting:  # it grows while it is walked
        granted = 0
        for number in range(each.attempts):
            denial = _denial(limits, depths[each.node] + 1, granted + 1, nodes + 1)
            if denial is not None:
                plant.refuse(each.node, f"echo {number}\n", denial)
                if stubborn:
                    continue
                break
            child = _sprout(plant, each.node, drawn, shares)
            depths[child.node] = depths[each.node] + 1
            granted, nodes = granted + 1, nodes + 1
            waiting.append(child)
    return Planted(plant.recording(), [{"law": law, "budget": budget, "mean": mean}])


def _sprout(
    plant: Plant, parent: str | None, drawn: random.Random, shares: list[float]
) -> _Waiting:
    attempts = drawn.choices(range(len(shares)), shares)[0]
    program = f"for N in $(seq {attempts}); do ./query-model --code again | ./run-program; done\n"
    query = plant.ask(parent, "again", f"```bash\n{program}```")
    return _Waiting(plant.grow(parent, program, origin=query), attempts)


def _denial(limits: Limits, depth: int, breadth: int, nodes: int) -> Denial | None:
    for name, value in (("depth", depth), ("breadth", breadth), ("nodes", nodes)):
        if value > getattr(limits, name):
            return Denial(name, getattr(limits, name), value)
    return None
