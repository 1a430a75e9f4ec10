"""A program's place among those that run, and its running time.

Theory of operation. At most `parallel` programs run at a time. A program that waits at the door or
for a child does not run: it gives its place back (else parents that wait for children would hold
every place, and the children would wait for one forever) and its clock stops (else six slow answers
would time every parent out). Several of a program's requests may be under way at once; the first
gives the place back, the last takes one again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turn:
    """One program's place and clock."""

    def __init__(self, places: asyncio.Semaphore, limit_s: float) -> None:
        self._places = places
        self._taking = asyncio.Lock()
        self._limit_s = limit_s
        self._held = False
        self._ended = False
        self._waiting = 0
        self._used_s = 0.0
        self._waited_s = 0.0
        self._changed_at = time.monotonic()
        self._running = asyncio.Event()
        self._paused = asyncio.Event()

    @property
    def waited_s(self) -> float:
        """Seconds spent at the door, for children, and for a place."""
        return self._waited_s

    @property
    def is_running(self) -> bool:
        return self._running.is_set()

    async def take(self) -> None:
        """Wait for a place."""
        await self._places.acquire()
        self._held = True

    def begin(self) -> None:
        """Start the clock: the program starts now."""
        self._changed_at = time.monotonic()
        self._paused.clear()
        self._running.set()

    def end(self) -> None:
        """Give the place back for good."""
        self._ended = True
        if self._paused.is_set():  # it ended while it waited
            self._waited_s += time.monotonic() - self._changed_at
        self._pause()
        self._release()

    @asynccontextmanager
    async def given_back(self) -> AsyncIterator[None]:
        """Be without a place, and with a stopped clock, while a request is under way."""
        self._waiting += 1
        self._pause()
        self._release()
        try:
            yield
        finally:
            self._waiting -= 1
            if self._waiting == 0 and not self._ended:
                await self._take_again()

    async def used_up(self) -> None:
        """Return when the program has run for as long as it may."""
        while True:
            await self._running.wait()
            left = self._limit_s - self._used_s - (time.monotonic() - self._changed_at)
            try:
                await asyncio.wait_for(self._paused.wait(), max(0.0, left))
            except TimeoutError:
                return

    async def _take_again(self) -> None:
        async with self._taking:  # whoever comes second must not wait for the place of the first
            if self._ended or self._waiting or self._held:
                return
            await self._places.acquire()
            if self._ended or self._waiting:
                self._places.release()
                return
            self._held = True
            self._waited_s += time.monotonic() - self._changed_at
            self.begin()

    def _pause(self) -> None:
        if self._running.is_set():
            now = time.monotonic()
            self._used_s += now - self._changed_at
            self._changed_at = now
            self._running.clear()
            self._paused.set()

    def _release(self) -> None:
        if self._held:
            self._held = False
            self._places.release()
