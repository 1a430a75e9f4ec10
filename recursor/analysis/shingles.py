"""Shingles as numbers: what programs are compared by, when they are many.

A shingle is `SHINGLE_TOKENS` tokens in a row, as in `programs.shingles`; here it is 64 bits of a
hash that is the same in every process. Two of a million different ones are the same with a
probability of 3e-8.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from recursor.programs import COMPARED_CHARACTERS, SHINGLE_TOKENS

Shingles = npt.NDArray[np.uint64]
"""Different ones, in order."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def of_tokens(tokens: Sequence[str]) -> Shingles:
    """Return the shingles of a sequence of tokens; a shorter one is one shingle."""
    hashes = np.fromiter(map(_hash, tokens), dtype=np.uint64, count=len(tokens))
    rows = max(1, len(hashes) - SHINGLE_TOKENS + 1) if len(hashes) else 0
    mixed = np.zeros(rows, dtype=np.uint64)
    for place in range(min(SHINGLE_TOKENS, len(hashes))):
        mixed = (mixed ^ hashes[place : place + rows]) * _FACTOR
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed)


@lru_cache(1 << 15)
def of_text(text: str) -> Shingles:
    """Return the shingles of a program's words and signs, those of `programs.shingles`."""
    return of_tokens(_TOKEN.findall(text[:COMPARED_CHARACTERS]))


def shared(one: Shingles, other: Shingles) -> int:
    """Return how many shingles both have."""
    both = np.concatenate([one, other])
    both.sort(kind="stable")
    return int(np.count_nonzero(both[1:] == both[:-1]))


def likeness(one: Shingles, other: Shingles) -> float:
    """Return the share of the shingles of both that both have: Broder's resemblance (1997)."""
    common = shared(one, other)
    all_ = len(one) + len(other) - common
    return common / all_ if all_ else 1.0


def containment(part: Shingles, whole: Shingles) -> float | None:
    """Return the share of `part`'s shingles that `whole` has, too; None if it has none."""
    return shared(part, whole) / len(part) if len(part) else None


@lru_cache(1 << 18)
def _hash(token: str) -> int:
    digest = hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")
