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

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: list[_Prompt[Place]] = []
        self._clock = count()

    def shared(self, tokens: list[int]) -> int:
        return max((common(prompt.tokens, tokens) for prompt in self._kept), default=0)

    def begin(self, sequence: int, tokens: list[int], most: int) -> int:
        found, longest = None, 0
        for prompt in self._kept:
            length = common(prompt.tokens, tokens)
            if length > longest:
                found, longest = prompt, length
        shared = min(longest, most)
        if found is None or shared <= 0:
            return 0
        found.used = next(self._clock)
        return shared if self._bring(found.place, sequence, shared) else 0

    def evict(self) -> bool:
        oldest = min(self._kept, key=lambda prompt: prompt.used, default=None)
        if oldest is None:
            return False
        self._kept.remove(oldest)
        self._free(oldest.place)
        return True

    def forget_all(self) -> None:
        while self.evict():
            pass

    def _put(self, tokens: list[int], place: Place) -> None:
        self._kept.append(_Prompt(tokens, place, next(self._clock)))

    def _drop_covered(self, tokens: list[int]) -> None:
        """Let those go that a longer one makes needless."""
        for kept in [kept for kept in self._kept if kept.tokens == tokens[: len(kept.tokens)]]:
            self._kept.remove(kept)
            self._free(kept.place)

    def _bring(self, place: Place, sequence: int, length: int) -> bool:
        """Let a sequence begin with what lies in a place; return whether it could."""
        raise NotImplementedError

    def _free(self, place: Place) -> None:
        """Give back what a kept prompt held."""
        raise NotImplementedError


class SavedPrefixes(_Kept[Saved]):
    """Prompts kept outside of a context of separate streams, in so many bytes."""

    def __init__(self, context: Context, size: int) -> None:
        super().__init__(context)
        self._room = size

    def keep(self, sequence: int, tokens: list[int]) -> None:
        try:
            saved = self._context.save(sequence)
        except (ModelError, MemoryError):  # then the next prompt is computed from its beginning
            return
        self._drop_covered(tokens)
        self._room -= len(saved)
        while self._room < 0 and self.evict():
            pass
        self._put(tokens, saved)

    def _bring(self, place: Saved, sequence: int, length: int) -> bool:
        try:
            self._context.restore(sequence, place, length)
        except ModelError:  # then it is computed again
            self._context.forget(sequence)
            return False
        return True

    def _free(self, place: Saved) -> None:
        self._room += len(place)


class TaggedPrefixes(_Kept[int]):
    """Prompts kept in sequences of their own in a unified cache."""

    def __init__(self, context: Context, sequences: Sequence[int]) -> None:
        super().__init__(context)
        self._sequences = list(sequences)

    def keep(self, sequence: int, tokens: list[int]) -> None:
        self._drop_covered(tokens)
        if not self._sequences:
            self.evict()
        place = self._sequences.pop()
        self._context.copy(sequence, place, len(tokens))
        self._put(tokens, place)

    def _bring(self, place: int, sequence: int, length: int) -> bool:
        self._context.copy(place, sequence, length)
        return True

    def _free(self, place: int) -> None:
        self._context.forget(place)
        self._sequences.append(place)


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
