"""Families of programs, and the changes that a generator makes to them."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "families"
SPLITS = ("dev", "test")

_SYLLABLES = re.findall("..", "bacedifoguhakilomuneparisotuvawexiyoza")
_WORDS = [
    "apples", "bridges", "candles", "deserts", "engines", "flowers", "glaciers", "hammers",
    "islands", "jackets", "kettles", "ladders", "mirrors", "needles", "oceans", "pencils",
    "quilts", "rivers", "saddles", "tables", "umbrellas", "violins",
]  # fmt: skip
_INSERTED = {
    "bash": (
        'echo "{word}"',
        "sleep 1",
        "{name}=({word} {number})",
        'echo "{word} {number}" >> {word}.log',
        'echo "$PWD" > /dev/null',
        "date +%s > {word}.time",
        './memory put {word} "{number}"',
        '{name}="$(./query-model "about {word}")"',
    ),
    "python": (
        'print("{word}")',
        '{name} = ({number}, "{word}")',
        '{name} = ["{word}", {number}]',
        'print("{word}", {number}, file=sys.stderr)',
        "{name} = max({number}, len(sys.argv))",
        '{name} = "{word}".upper()',
    ),
}
_STRUCTURE = re.compile(
    r"(do|done|then|else|elif|fi|esac|if|for|while|until|case|declare|def|class|return|try|except"
    r"|continue|break|import|from|with|\}|\*)\b|.*(\{|do|then|\\|:|;;|\|)$|[}*#]"
)
_HERE_DOCUMENT = re.compile(r"(?<!<)<<(?!<)\s*([\"']?)([A-Za-z]\w*)\1")


@dataclass(frozen=True)
class Family:
    """Programs with one idea."""

    name: str
    language: str
    header: str
    text: str
    names: tuple[str, ...]
    literals: tuple[str, ...]

    @property
    def program(self) -> str:
        return self.header + self.text


@cache
def documents(name: str) -> Mapping[str, Any]:
    """Read a file of templates."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))


@cache
def families(split: str) -> tuple[Family, ...]:
    """Return the families of programs of one split."""
    document = documents("programs")
    headers = {name: text.lstrip("\n") for name, text in document["headers"].items()}
    return tuple(
        Family(
            each["name"],
            each["language"],
            headers[each["header"]],
            each["text"].lstrip("\n"),
            tuple(each["names"]),
            tuple(each["literals"]),
        )
        for each in document["family"]
        if each["split"] == split
    )


def spaced(text: str, drawn: random.Random) -> str:
    """Return a program with other spacing and comments: indents, blank lines, remarks."""
    lines: list[str] = []
    before = text.rstrip("\n").split("\n")
    here = _here_documents(before)
    for place, line in enumerate(before):
        if place in here:
            lines.append(line)
            continue
        chance = drawn.random()
        if chance < 0.15:
            lines.append("")
        elif chance < 0.35:
            lines.append(f"# {drawn.choice(_WORDS)} {drawn.choice(_WORDS)}")
        indent = len(line) - len(line.lstrip())
        lines.append(" " * indent + line + ("  " if drawn.random() < 0.2 else ""))
    return "\n".join([*lines, f"# {drawn.random()}", ""])


def renamed(text: str, family: Family, drawn: random.Random) -> str:
    """Return a program with other names and other literals."""
    for literal in family.literals:
        other = f"{drawn.choice(_WORDS)}-{drawn.choice(_WORDS)}"
        text = re.sub(rf"(?<!\w){re.escape(literal)}(?!\w)", other, text)
    for name in family.names:  # after the literals, one of which a new name might hold
        new = word(drawn)
        text = re.sub(rf"\b{name}\b", new.upper() if name.isupper() else new, text)
    return text


def edited(
    text: str,
    language: str,
    changes: int,
    drawn: random.Random,
    kinds: tuple[str, ...] = ("insert", "replace", "delete"),
) -> str:
    """Return a program with so many statements inserted, left out or written anew."""
    lines = text.rstrip("\n").split("\n")
    here = _here_documents(lines)
    free = [place for place, line in enumerate(lines) if place not in here and _is_free(line)]
    for place in sorted(drawn.sample(free, min(changes, len(free))), reverse=True):
        indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
        new = indent + drawn.choice(_INSERTED[language]).format(
            word=drawn.choice(_WORDS), name=word(drawn), number=drawn.randrange(100)
        )
        kind = drawn.choice(kinds)
        if kind == "insert":
            lines.insert(place, new)
        elif kind == "replace" or language == "python" or _is_alone(lines, place):
            lines[place] = new  # a block may not be empty
        else:
            del lines[place]
    return "\n".join(lines) + "\n"


def _is_free(line: str) -> bool:
    """Return whether a line is a statement that can be left out."""
    return bool(line.strip()) and not _STRUCTURE.match(line.strip())


def _is_alone(lines: list[str], place: int) -> bool:
    """Return whether a statement may be the only one of its block."""
    around = lines[max(place - 1, 0) : place] + lines[place + 1 : place + 2]
    return not any(map(_is_free, around))


def _here_documents(lines: list[str]) -> set[int]:
    """Return the places of lines that begin, are in or end a here-document, where all is text."""
    places: set[int] = set()
    end = None
    for place, line in enumerate(lines):
        if end is not None:
            places.add(place)
            end = None if line == end else end
        elif found := _HERE_DOCUMENT.search(line):
            end = found[2]
            places.add(place)
    return places


def mutated(text: str, rate: float, drawn: random.Random) -> str:
    """Return a program in which each token changes by chance: to another word, to none, to two."""
    parts = re.split(r"(\w+|[^\w\s])", text)
    for place in range(1, len(parts), 2):
        if drawn.random() < rate:
            kind = drawn.choice(("replace", "replace", "delete", "insert"))
            parts[place] = {
                "replace": word(drawn),
                "delete": "",
                "insert": f"{parts[place]} {word(drawn)}",
            }[kind]
    return "".join(parts)


def word(drawn: random.Random) -> str:
    """Return a name that nothing else has."""
    return "".join(drawn.choices(_SYLLABLES, k=4))
