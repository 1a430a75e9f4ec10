"""The fenced blocks of the documentation, and what becomes of them.

- `console`: each line that begins with `$ ` is executed, and must exit 0. Below it stands what was
  seen; where that draws nodes, each must be drawn again, under whatever id it has now, and this id
  takes the other's place in what follows.
- `python`: is executed.
- any kind with a `title`: is that file, for the blocks that follow.
- other kinds (`sh`, `text`, `py`, `toml`, ...) are only read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]
PAGES = TOP / "docs" / "pages"
_FENCE = re.compile(r"(`{3,})(\w*)(.*)")
_NODE = re.compile(r"─ ([0-9A-Z]{6}) (.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    place: str
    """Its page and line."""
    kind: str
    title: str | None
    text: str

    @property
    def commands(self) -> list[tuple[str, str]]:
        """What a `console` block executes, each with what was seen below it."""
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        return [(first, seen) for first, _, seen in (part.partition("\n") for part in parts)]


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in order."""
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        if not (opened := _FENCE.fullmatch(line)):
            continue
        held: list[str] = []
        for _, inside in lines:
            if inside == opened[1]:
                break
            held.append(inside)
        title = re.search(r'title="([^"]+)"', opened[3])
        place = f"{page.relative_to(TOP)}:{number}"
        yield Block(place, opened[2], title and title[1], "\n".join(held) + "\n")


def nodes(drawn: str) -> dict[str, str]:
    """Return the ids of drawn nodes by the rest of their lines."""
    return {rest: id_ for id_, rest in _NODE.findall(drawn)}


def commands(page: Path) -> Iterator[tuple[str, str]]:
    """Yield each command line of `recursor` in a fenced block, with its place."""
    for block in blocks(page):
        shown = block.text if block.kind in ("sh", "console") else ""
        for line in shown.splitlines():
            if block.kind == "console" and not line.startswith("$ "):
                continue
            yield from ((block.place, each) for each in _of_recursor(line.removeprefix("$ ")))


def _of_recursor(line: str) -> Iterator[str]:
    """Yield what a line says to `recursor`, wherever it stands in it."""
    for found in re.finditer(
        r"(?<![\w./-])(?:\S*bin/)?recursor ((?:'[^']*'|\"[^\"]*\"|[^|;&>#'\"])*)", line
    ):
        yield found[1].rstrip().rstrip(")")
