"""A reader that keeps the head and the tail of a stream, and counts the rest."""

from __future__ import annotations

from recursor.types import Capture

KEPT_BYTES = 64 * 1024
"""Of each end of a stream."""


class Tape:
    """What one stream said."""

    def __init__(self) -> None:
        self.bytes_total = 0
        self._head = bytearray()
        self._tail = bytearray()

    def add(self, data: bytes) -> None:
        self.bytes_total += len(data)
        room = KEPT_BYTES - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        del self._tail[:-KEPT_BYTES]

    def capture(self) -> Capture:
        return Capture(bytes(self._head + self._tail), self.bytes_total)
