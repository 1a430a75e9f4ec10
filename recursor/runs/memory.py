"""The memory that the programs of a run share: an append-only log of (key, writer, value).

What a reader finds under a key is the fold of the entries that it may see: a value put there
replaces what it sees, an appended one follows it as a new line. So nothing that is appended at the
same time is lost, and what somebody wrote stays when its program has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from recursor.programs import Delivered
from recursor.runs.node import Asker
from recursor.types import Denial, MemoryReach

ENTRY_BYTES = 64 * 1024
TOTAL_BYTES = 4 * 2**20
OVERHEAD_BYTES = 64
"""What an entry counts besides its key and value."""


@dataclass(frozen=True)
class Entry:
    """Something that a program wrote."""

    name: str
    writer: Asker
    value: str
    replaces: bool
    quotes: tuple[Delivered, ...]
    """The answers that the value holds whole."""


class Memory:
    """One run's memory."""

    def __init__(self, reach: MemoryReach) -> None:
        self._reach = reach
        self._log: list[Entry] = []
        self._bytes = 0

    def refuses(self) -> Denial | None:
        """Return why nobody may use it, if nobody may."""
        return Denial("memory", 0, 1) if self._reach is MemoryReach.NONE else None

    def write(self, writer: Asker, name: str, value: str, *, replaces: bool) -> Denial | None:
        """Add an entry, if there is room for it."""
        size = len(value.encode()) + len(name.encode()) + OVERHEAD_BYTES
        if size > ENTRY_BYTES:
            return Denial("memory", ENTRY_BYTES, size)
        if self._bytes + size > TOTAL_BYTES:
            return Denial("memory", TOTAL_BYTES, self._bytes + size)
        self._bytes += size
        quotes = {d.query: d for d in writer.heard() if d.text.strip() and d.text.strip() in value}
        self._log.append(Entry(name, writer, value, replaces, tuple(quotes.values())))
        return None

    def read(self, reader: Asker, name: str) -> tuple[str | None, tuple[Delivered, ...]]:
        """Return what a reader finds under a key, and the answers that it holds whole."""
        found: list[Entry] = []
        for entry in self._seen(reader):
            if entry.name == name:
                if entry.replaces:
                    found = []
                found.append(entry)
        quotes = {quote.query: quote for entry in found for quote in entry.quotes}
        value = "\n".join(entry.value for entry in found) if found else None
        return value, tuple(quotes.values())

    def names(self, reader: Asker, prefix: str) -> list[str]:
        """Return the keys that a reader can see, in order."""
        return sorted({e.name for e in self._seen(reader) if e.name.startswith(prefix)})

    def _seen(self, reader: Asker) -> Iterator[Entry]:
        above = set(map(id, reader.lineage()))
        for entry in self._log:
            related = id(entry.writer) in above or any(a is reader for a in entry.writer.lineage())
            if self._reach is MemoryReach.RUN or related:
                yield entry
