"""A grammar: rules that write texts at random, one after another and all about the same thing.

A folder of TOML files; a file's keys are its rules. A rule's alternatives are the items of an array
or the lines of a string (in `words.toml`: its words), each as likely as the others. In them stand
calls of rules:

- `«rule»` is one of the rule's alternatives. A file's own rule comes before that of another file;
- `«rule: words»` is one of them with `words` in place of its `«X»`;
- `«RULE»` is the same words each time, all through one `Text`;
- `«^rule»` begins with a capital.

A call that stands behind white space alone passes that on to every line that it writes, so programs
can be nested.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).with_name("grammar")
_WORDS = "words"


@dataclass(frozen=True)
class Call:
    """A rule's name in an alternative, and the words that it is about."""

    rule: str
    about: tuple[str | Call, ...] | None
    capital: bool


Template = tuple[str | Call, ...]


@cache
def rules() -> dict[tuple[str, str], list[Template]]:
    """Return every rule's alternatives by its file's stem and its name."""
    read = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for name, written in tomllib.loads(path.read_text()).items():
            if isinstance(written, str):
                lines = written.strip("\n").split("\n")
                written = written.split() if path.stem == _WORDS else lines
            read[path.stem, name] = [_parsed(alternative) for alternative in written]
    return read


def _parsed(text: str) -> Template:
    parts: list[str | Call] = []
    while text:
        before, opened, text = text.partition("«")
        if before:
            parts.append(before)
        if opened:
            end = _end(text)
            name, about, words = text[:end].partition(": ")
            rule = name.lstrip("^")
            parts.append(Call(rule, _parsed(words) if about else None, name != rule))
            text = text[end + 1 :]
    return tuple(parts)


def _end(text: str) -> int:
    depth = 1
    for mark in re.finditer("[«»]", text):
        depth += 1 if mark[0] == "«" else -1
        if not depth:
            return mark.start()
    raise ValueError(f"« without » before {text!r}")


_NOTHING: Mapping[str, float] = MappingProxyType({})


class Text:
    """One thing written from the grammar: whatever it says, it says of the same things."""

    def __init__(self, random: random.Random, invented: Mapping[str, float] = _NOTHING) -> None:
        """Write with this source of chance.

        `invented` are the shares of words that are none, by rule.
        """
        self.random = random
        self.said: dict[str, str] = {}
        """What each `«RULE»` says; whoever sets one decides it."""
        self._invented = invented
        self._rules = rules()
        self._files = sorted({file for file, _ in self._rules})

    def write(self, rule: str, about: str = "", file: str = "") -> str:
        """Return one of a rule's alternatives. Raises KeyError if there is no such rule."""
        if rule == "X":
            return about
        if rule == "word":
            return invented(self.random)
        if rule == "name":
            return invented(self.random).capitalize()
        if self.random.random() < self._invented.get(rule, 0.0):
            return invented(self.random)
        if rule.isupper():
            if rule not in self.said:
                self.said[rule] = self.write(rule.lower(), about, file)
            return self.said[rule]
        file = self.file_of(rule, file)
        alternatives = self._rules[file, rule]
        return self._filled(self.random.choice(alternatives), about, file)

    def file_of(self, rule: str, file: str) -> str:
        """Return the file whose rule is meant in a file. Raises KeyError if there is none."""
        for candidate in (file, *self._files):
            if (candidate, rule) in self._rules:
                return candidate
        raise KeyError(f"the grammar has no rule {rule!r}")

    def _filled(self, template: Template, about: str, file: str) -> str:
        written = ""
        for part in template:
            if isinstance(part, str):
                written += part
                continue
            inner = about if part.about is None else self._filled(part.about, about, file)
            words = self.write(part.rule, inner, file)
            indent = written[written.rfind("\n") + 1 :]
            if not indent.strip():
                words = words.replace("\n", "\n" + indent)
            written += words[:1].upper() + words[1:] if part.capital else words
        return written


# --- invented words

_ENGLISH = ("noun", "adjective", "verb")
_USUAL = 0.88
"""How often a letter follows two others as in English."""


def invented(chance: random.Random) -> str:
    """Return a word that means nothing; by its trigrams most read as English."""
    kind = chance.random()
    if kind < 0.2:
        word = "".join(_word(chance, "syllable") for _ in range(chance.randint(2, 4)))
    elif kind < 0.3:
        word = "".join(_word(chance, "letter") for _ in range(chance.randint(3, 9)))
    else:
        word = _likely(chance)
    return word if word.endswith("s") else word + chance.choice(("", "s", "s"))


def _word(chance: random.Random, rule: str) -> str:
    (word,) = chance.choice(rules()[_WORDS, rule])
    return str(word)


def _likely(chance: random.Random) -> str:
    follows = _trigrams()
    while True:
        word = "^^"
        while len(word) < 15 and word[-2:] in follows:
            usual = chance.random() < _USUAL
            letter = chance.choice(follows[word[-2:]]) if usual else _word(chance, "letter")
            if letter == "$":
                break
            word += letter
        if 3 <= len(word) - 2 <= 12:
            return word[2:]


@cache
def _trigrams() -> dict[str, list[str]]:
    """Return what follows two letters; `^` is a word's beginning, `$` its end."""
    follows: dict[str, list[str]] = {}
    for rule in _ENGLISH:
        for (word,) in rules()[_WORDS, rule]:
            spelled = f"^^{word}$"
            for i in range(len(spelled) - 2):
                follows.setdefault(spelled[i : i + 2], []).append(spelled[i + 2])
    return follows
