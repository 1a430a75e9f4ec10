"""The person at the terminal: reads a program and says whether it may run; says lines."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from recursor.broker.door import readable
from recursor.cli import draw
from recursor.types import Program

if TYPE_CHECKING:
    from recursor.cli.live import Display
    from recursor.runs.node import Asker

_CHUNK = 4096


class Person:
    """Asks on stderr, listens on stdin. Whoever is not there says no."""

    def __init__(self, display: Display | None = None) -> None:
        self.display = display
        """What has to be paused while they are asked."""
        self._console = Console(stderr=True, highlight=False)
        self._one_at_a_time = asyncio.Lock()
        self._typed = b""

    async def approves(self, program: Program, parent: Asker) -> bool:
        """Show a program and its place in the tree; return whether it may run (default: no)."""
        async with self._one_at_a_time:
            if self.display is not None:
                self.display.pause()
            try:
                place = f"depth {parent.depth + 1}, " + (
                    f"a child of {parent.id[-6:]}" if parent.id else "the first program"
                )
                self._console.rule(Text(f"{program.language}, {place}"))
                self._console.print(draw.highlighted(program.text, program.language))
                said = await self.line("run it? [y/N] ")
                return said is not None and said.strip().lower() in ("y", "yes")
            finally:
                if self.display is not None:
                    self.display.resume()

    async def line(self, prompt: str) -> str | None:
        """Ask for a line; return None at the end of input. May be cancelled while it waits."""
        self._console.print(prompt, end="", markup=False)
        while b"\n" not in self._typed:
            with suppress(PermissionError):
                await readable(sys.stdin.fileno())
            part = os.read(sys.stdin.fileno(), _CHUNK)
            if not part:
                rest, self._typed = self._typed, b""
                self._console.print()
                return rest.decode("utf-8", "backslashreplace") if rest else None
            self._typed += part
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode("utf-8", "backslashreplace")
