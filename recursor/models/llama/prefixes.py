"""Prompts whose computed prefix is kept, and which of them a new prompt begins like.

Each kept prompt holds one sequence of the context. The one that was used least recently makes room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count


@dataclass
class Prefix:
    """A kept prompt."""

    sequence: int
    tokens: list[int] = field(default_factory=list)
    used: int = 0
    is_held: bool = False
    """Whether it is being computed, so that it must stay."""


class Prefixes:
    """The kept prompts."""

    def __init__(self, sequences: Sequence[int]) -> None:
        self._kept = [Prefix(sequence) for sequence in sequences]
        self._clock = count(1)

    def best(self, tokens: list[int]) -> tuple[Prefix | None, int]:
        """Return the kept prompt that a prompt begins like for longest, and for how many tokens."""
        found, longest = None, 0
        for prefix in self._kept:
            length = common(prefix.tokens, tokens)
            if length > longest:
                found, longest = prefix, length
        if found is not None:
            found.used = next(self._clock)
        return found, longest

    def evict(self, keep: Prefix | None = None) -> Prefix | None:
        """Return the least recently used one, emptied; None if all are held."""
        free = [prefix for prefix in self._kept if not prefix.is_held and prefix is not keep]
        if not free:
            return None
        oldest = min(free, key=lambda prefix: prefix.used)
        oldest.tokens = []
        oldest.used = next(self._clock)
        return oldest

    def forget_all(self) -> None:
        for prefix in self._kept:
            prefix.tokens = []


def common(one: list[int], other: list[int]) -> int:
    """Return how many tokens two texts have in common at their beginnings."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while low < high:  # comparing slices is far faster than comparing tokens
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
