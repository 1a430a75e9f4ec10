"""Tests that need no distribution: signs flipped within pairs, and Holm's correction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from recursor.analysis.intervals import SEED, Numbers

FLIPS = 19_999
"""So many times signs are drawn where there are too many ways to try all."""
_AT_ONCE = 2000


def sign_flip(differences: Numbers, flips: int = FLIPS) -> float:
    """Return the two-sided p of a paired permutation test of the mean difference.

    If the two conditions are the same, each difference may as well have the other sign; p is the
    share of all ways to choose signs in which the sum is at least as far from 0. Exact if there
    are no more ways than flips, or if all differences are of one size (McNemar's exact test);
    else (k + 1) / (flips + 1) of so many drawn (Phipson and Smyth 2010, Permutation p-values
    should never be zero). A difference of 0 has no sign and changes nothing.
    """
    sizes = np.abs(differences[differences != 0])
    if not len(sizes):
        return 1.0
    total = abs(float(differences.sum()))
    if np.ptp(sizes) <= 1e-12 * sizes.max():
        positive = int((differences > 0).sum())
        return equal_sizes(min(positive, len(sizes) - positive), len(sizes))
    enough = total - 1e-9 * float(sizes.sum())  # sums that differ by rounding alone are equal
    if 2 ** len(sizes) <= flips + 1:
        return float((np.abs(_all_sums(sizes)) >= enough).mean())
    return (_count_drawn(sizes, flips, enough) + 1) / (flips + 1)


def equal_sizes(fewer: int, pairs: int) -> float:
    """Return p if `pairs` differences have one size and `fewer` of them the rarer sign."""
    return min(1.0, 2 * float(special.bdtr(fewer, pairs, 0.5)))


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Return p values corrected for how many they are (Holm 1979).

    The i-th smallest of m becomes (m - i + 1) times itself, at most 1 and never below a smaller
    one's. What was declared but could not be tested (None) counts among the m.
    """
    corrected: list[float | None] = [None] * len(ps)
    known = sorted((p, place) for place, p in enumerate(ps) if p is not None)
    least = 0.0
    for rank, (p, place) in enumerate(known):
        least = max(least, min(1.0, (len(ps) - rank) * p))
        corrected[place] = least
    return corrected


def _all_sums(sizes: Numbers) -> Numbers:
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums - size, sums + size])
    return sums


def _count_drawn(sizes: Numbers, flips: int, enough: float) -> int:
    """Count drawn sums that are at least as far from 0, some at a time to spare memory."""
    generator = np.random.default_rng(SEED)
    found = 0
    for begin in range(0, flips, _AT_ONCE):
        shape = (min(_AT_ONCE, flips - begin), len(sizes))
        positive = generator.integers(0, 2, shape, dtype=np.int8) @ sizes
        found += int((np.abs(2 * positive - sizes.sum()) >= enough).sum())
    return found
