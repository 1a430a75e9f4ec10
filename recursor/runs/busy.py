"""For how long anything at all was under way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Busy:
    """A clock that runs while at least one of the things that it is told of is under way."""

    def __init__(self) -> None:
        self._number = 0
        self._before_s = 0.0
        self._since = 0.0

    @property
    def seconds(self) -> float:
        return self._before_s + (time.monotonic() - self._since if self._number else 0.0)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        if self._number == 0:
            self._since = time.monotonic()
        self._number += 1
        try:
            yield
        finally:
            self._number -= 1
            if self._number == 0:
                self._before_s += time.monotonic() - self._since
