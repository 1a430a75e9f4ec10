"""Prompts that were computed, so that a new one begins where it begins to differ.

What is kept of a prompt is found again by the longest common beginning; the one that was used least
recently makes room. In separate streams it is a copy outside of the context; in a unified cache it
is a sequence of its own, which shares its cells with every other one that begins like it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Generic, Protocol, TypeVar

from recursor.errors import ModelError
from recursor.models.llama.context import Context, Saved

Place = TypeVar("Place")


class Prefixes(Protocol):
    """The kept prompts of a context."""

    def shared(self, tokens: list[int]) -> int:
        """Return for how many tokens a prompt begins like a kept one."""
        ...

    def begin(self, sequence: int, tokens: list[int], most: int) -> int:
        """Let a sequence begin with what is kept of a prompt, `most` tokens; return how many."""
        ...

    def keep(self, sequence: int, tokens: list[int]) -> None:
        """Keep a prompt that was just computed in a sequence."""
        ...

    def evict(self) -> bool:
        """Let the least recently used one go; return whether there was one."""
        ...

    def forget_all(self) -> None: ...


@dataclass(eq=False)
class _Prompt(Generic[Place]):
    """A kept prompt, and where it lies."""

    tokens: list[int]
    place: Place
    used: int


class _Kept(Generic[Place]):
    """Kept prompts, wherever they lie."""

    def __init__(self) -> None:
        self._kept: list[_Prompt[Place]] = []
        self._clock = count()

    def shared(self, tokens: list[int]) -> int:
        return max((common(prompt.tokens, tokens) for prompt in self._kept), default=0)

    def _best(self, tokens: list[int]) -> tuple[_Prompt[Place] | None, int]:
        found, longest = None, 0
        for prompt in self._kept:
            length = common(prompt.tokens, tokens)
            if length > longest:
                found, longest = prompt, length
        if found is not None:
            found.used = next(self._clock)
        return found, longest

    def _put(self, tokens: list[int], place: Place) -> None:
        self._kept.append(_Prompt(tokens, place, next(self._clock)))

    def _oldest(self) -> _Prompt[Place] | None:
        """Take the least recently used one out."""
        oldest = min(self._kept, key=lambda prompt: prompt.used, default=None)
        if oldest is not None:
            self._kept.remove(oldest)
        return oldest

    def _covered(self, tokens: list[int]) -> list[_Prompt[Place]]:
        """Take out those that a longer one makes needless."""
        covered = [kept for kept in self._kept if kept.tokens == tokens[: len(kept.tokens)]]
        self._kept = [kept for kept in self._kept if kept not in covered]
        return covered


class SavedPrefixes(_Kept[Saved]):
    """Prompts kept outside of a context of separate streams, in so many bytes."""

    def __init__(self, context: Context, size: int) -> None:
        super().__init__()
        self._context = context
        self._room = size

    def begin(self, sequence: int, tokens: list[int], most: int) -> int:
        best, shared = self._best(tokens)
        shared = min(shared, most)
        if best is None or shared <= 0:
            return 0
        try:
            self._context.restore(sequence, best.place, shared)
        except ModelError:  # then it is computed again
            self._context.forget(sequence)
            return 0
        return shared

    def keep(self, sequence: int, tokens: list[int]) -> None:
        try:
            saved = self._context.save(sequence)
        except (ModelError, MemoryError):  # then the next prompt is computed from its beginning
            return
        for kept in self._covered(tokens):
            self._room += len(kept.place)
        self._room -= len(saved)
        while self._room < 0 and self.evict():
            pass
        self._put(tokens, saved)

    def evict(self) -> bool:
        oldest = self._oldest()
        if oldest is not None:
            self._room += len(oldest.place)
        return oldest is not None

    def forget_all(self) -> None:
        while self.evict():
            pass


class TaggedPrefixes(_Kept[int]):
    """Prompts kept in sequences of their own in a unified cache."""

    def __init__(self, context: Context, sequences: Sequence[int]) -> None:
        super().__init__()
        self._context = context
        self._sequences = list(sequences)

    def begin(self, sequence: int, tokens: list[int], most: int) -> int:
        best, shared = self._best(tokens)
        shared = min(shared, most)
        if best is None or shared <= 0:
            return 0
        self._context.copy(best.place, sequence, shared)
        return shared

    def keep(self, sequence: int, tokens: list[int]) -> None:
        for kept in self._covered(tokens):
            self._free(kept.place)
        if not self._sequences:
            self.evict()
        place = self._sequences.pop()
        self._context.copy(sequence, place, len(tokens))
        self._put(tokens, place)

    def evict(self) -> bool:
        oldest = self._oldest()
        if oldest is not None:
            self._free(oldest.place)
        return oldest is not None

    def forget_all(self) -> None:
        while self.evict():
            pass

    def _free(self, sequence: int) -> None:
        self._context.forget(sequence)
        self._sequences.append(sequence)


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
