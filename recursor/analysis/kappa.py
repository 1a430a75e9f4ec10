"""Agreement of two who label the same things: Cohen's kappa (1960)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """How far two agree on a yes or no."""

    n: int
    both: int
    """Labelled yes by both."""
    a_only: int
    b_only: int
    observed: float | None
    """The share of equal labels; None of nothing."""
    kappa: float | None
    """(observed - expected) / (1 - expected), expected from each one's own share of yes; None where
    both said the same of everything, since then chance would agree as well."""


def agreement(a: Sequence[bool], b: Sequence[bool]) -> Agreement:
    """Compare two sequences of labels of the same things, in the same order."""
    n = len(a)
    both = sum(x and y for x, y in zip(a, b, strict=True))
    a_only, b_only = sum(a) - both, sum(b) - both
    if not n:
        return Agreement(0, 0, 0, 0, None, None)
    observed = (n - a_only - b_only) / n
    share_a, share_b = sum(a) / n, sum(b) / n
    expected = share_a * share_b + (1 - share_a) * (1 - share_b)
    kappa = (observed - expected) / (1 - expected) if expected < 1 else None
    return Agreement(n, both, a_only, b_only, observed, kappa)
