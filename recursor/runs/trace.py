"""A trace: every command that one bash executes, of which the record keeps the telling parts.

Those are its head, its tail, and what stands around each denial. Consecutive commands are one
event; the rest is counted.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from recursor.runs.node import Node

if TYPE_CHECKING:
    from recursor.runs.grow import Growth

HEAD, TAIL, AROUND = 200, 200, 20
"""Commands kept at the beginning, at the end, and before and after a denial."""


ROOM_BYTES = 4 * 2**20
"""What the traces of one jail's processes may add to the record."""


ROW_BYTES = 512
"""What an event takes besides."""


class Room:
    """What is left of it."""

    def __init__(self) -> None:
        self._bytes = ROOM_BYTES
        self.not_kept = 0
        """Commands for which there was none."""

    def has(self, size: int) -> bool:
        """Take so many bytes, if they are left."""
        if size > self._bytes:
            return False
        self._bytes -= size
        return True


class Trace:
    """The trace of one process."""

    def __init__(self, growth: Growth, node: Node, room: Room) -> None:
        self._growth = growth
        self._node = node
        self._room = room
        self._wanted = HEAD
        self._kept: list[str] = []
        self._last: deque[str] = deque(maxlen=TAIL)
        self._not_kept = 0
        self.is_over = False

    def add(self, line: bytes) -> None:
        """Take a command."""
        text = line.decode("utf-8", "backslashreplace")
        if self._wanted > 0:
            self._wanted -= 1
            self._kept.append(text)
            if self._wanted == 0:
                self._note()
            return
        if len(self._last) == TAIL:
            self._not_kept += 1
        self._last.append(text)

    def denied(self) -> None:
        """Something was denied: keep what stands around it."""
        before = [self._last.pop() for _ in range(min(AROUND, len(self._last)))]
        self._not_kept += len(self._last)
        self._last.clear()
        self._kept += reversed(before)
        self._wanted = max(self._wanted, AROUND)

    def end(self) -> None:
        """The process has ended."""
        self.is_over = True
        self._note()
        self._kept = list(self._last)
        self._note()

    def _note(self) -> None:
        if self._kept or self._not_kept:
            detail = {"not_kept": self._not_kept} if self._not_kept else {}
            content = "".join(f"{line}\n" for line in self._kept)
            if self._room.has(len(content.encode()) + ROW_BYTES):
                self._growth.note(self._node, "command", detail, content=content, observer="hook")
            else:
                self._room.not_kept += self._not_kept + len(self._kept)
        self._kept, self._not_kept = [], 0
