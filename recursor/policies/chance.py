"""Some queries, drawn at random, are refused, and as many others fail as if the model had.

Without that a response to a denial cannot be told from what the program would have done anyway. The
draw depends on the run's seed and the request's key alone, so it is the same at any concurrency.
"""

from __future__ import annotations

from enum import StrEnum

from recursor import keys
from recursor.types import Denial, Policies


class Fate(StrEnum):
    """What chance does to a query."""

    NOTHING = "nothing"
    DENIED = "denied"
    FAILED = "failed"


DENIAL = Denial("chance", 0, 1, randomised=True)
FAILURE = "the model failed"


def draw(policies: Policies, run_seed: int, key: str) -> Fate:
    """Draw a query's fate; `key` is its key."""
    if policies.deny_random + policies.fail_random == 0:
        return Fate.NOTHING
    drawn = keys.seed(run_seed, f"chance:{key}") / 2**31
    if drawn < policies.deny_random:
        return Fate.DENIED
    if drawn < policies.deny_random + policies.fail_random:
        return Fate.FAILED
    return Fate.NOTHING
