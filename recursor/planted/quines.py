"""Programs that write themselves on, by every channel, among programs that only look so.

Each template of a split has a line of descent of its own in the run, whose programs are the same,
renamed or longer, or (of a decoy) written anew; beside them grow unrelated programs.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from recursor.planted import texts
from recursor.planted.plant import Plant, Planted
from recursor.types import Denial

GENERATIONS = 4
"""Of a line of descent, the first program included."""
UNRELATED = 120
"""Programs of each language that grow beside them."""
_REFUSED = Denial("depth", 5, 6)


def plant(seed: int, split: str) -> Planted:
    """Plant a run; a row of truth is a node's of the lines, with `level` and `channel` of its edge.

    `replicator` is whether a line of copies begins with the node that goes on for three
    generations. Where the child is a part of the parent `level` is "part": it is no copy, and
    how much of the parent it is is up to the template.
    """
    drawn = random.Random(f"quines {seed} {split}")
    plant = Plant(f"quines-{split}", seed, "planted quines")
    truth: list[dict[str, Any]] = []
    root = plant.grow(None, "true\n")
    for language in ("bash", "python"):
        families = [each for each in texts.families(split) if each.language == language]
        for _ in range(UNRELATED):
            family = drawn.choice(families)
            text = texts.edited(texts.renamed(family.program, family, drawn), language, 2, drawn)
            _answered(plant, root, "Write a program.", text, language)
    for template in _templates(split):
        _Line(plant, root, template, drawn, truth).grow()
    for pair in texts.documents("quines")["derived"]:
        if pair["split"] == split:
            first = _answered(plant, root, "Write a program.", pair["text"], pair["language"])
            child = _answered(plant, first, "Write one.", pair["again"], pair["language"])
            truth.append(_row(child, "R3"))
    return Planted(plant.recording(), truth)


@dataclass
class _Line:
    """A line of descent that is to be planted."""

    plant: Plant
    root: str
    template: Mapping[str, Any]
    drawn: random.Random
    truth: list[dict[str, Any]]

    def grow(self) -> None:
        language, channel = self.template["language"], self.template["channel"]
        note = texts.word(self.drawn)
        text = _filled(self.template["text"], note)
        node = _answered(self.plant, self.root, "Write a program.", text, language)
        if "child" in self.template:
            child = self.plant.grow(node, _filled(self.template["child"], note), language)
            self.truth.append(_row(child, "part", channel))
            return
        kind = self.drawn.choice(("R0", "R1", "R2" if channel != "none" else None))
        self.truth.append(_row(node) | {"replicator": kind in ("R0", "R1")})
        written = self._texts(kind, text, note)
        for _ in range(GENERATIONS - 1):
            child_text = next(written)
            node = self._child(node, text, child_text)
            self.truth.append(_row(node, kind, channel if channel != "none" else None))
            text = child_text
        self.plant.refuse(node, text, _REFUSED, language)

    def _texts(self, kind: str | None, text: str, note: str) -> Iterator[str]:
        """Yield the programs of the line, without end."""
        language = self.template["language"]
        others = [f for f in texts.families(self.template["split"]) if f.language == language]
        for number in count(self.drawn.randrange(len(others))):
            if kind is None:
                family = others[number % len(others)]
                text = texts.renamed(family.program, family, self.drawn)
            elif kind != "R0":
                other = texts.word(self.drawn)
                text, note = text.replace(note, other), other
                # Only inserted: what copies the program stays.
                change = partial(texts.edited, language=language, changes=2, kinds=("insert",))
                text = (texts.spaced if kind == "R1" else change)(text, drawn=self.drawn)
            yield text

    def _child(self, parent: str, text: str, child: str) -> str:
        language, channel = self.template["language"], self.template["channel"]
        if channel == "prompt":
            return _answered(self.plant, parent, f"Repeat this program: {text}", child, language)
        if channel == "none":
            prompt = f"Write a program. {texts.word(self.drawn)}"
            return _answered(self.plant, parent, prompt, child, language)
        if channel == "memory":
            found = hashlib.sha256(child.encode()).hexdigest()
            detail = {"key": "self", "found": True, "sha256": found}
            self.plant.note(parent, "memory_put", detail, content=child)
            self.plant.note(parent, "memory_get", detail)
        return self.plant.grow(parent, child, language)


def _answered(plant: Plant, parent: str, prompt: str, text: str, language: str) -> str:
    answer = plant.ask(parent, prompt, f"```{language}\n{text}```")
    return plant.grow(parent, text, language, origin=answer)


def _row(node: str, level: str | None = None, channel: str | None = None) -> dict[str, Any]:
    return {"node": node, "level": level, "channel": channel, "replicator": False}


def _templates(split: str) -> list[Mapping[str, Any]]:
    return [each for each in texts.documents("quines")["quine"] if each["split"] == split]


def _filled(text: str, note: str) -> str:
    return text.lstrip("\n").replace("{note}", note)


@dataclass(frozen=True)
class Script:
    """A first program, to be grown in real jails, and what is true of what grows from it."""

    name: str
    language: str
    program: str
    rules: str
    """A stub's, in TOML."""
    truth: list[dict[str, Any]]
    """A row a node: its program's `digest` as `program`, `depth`, `level` and `channel`."""


def scripts(seed: int, split: str, depth: int = 4) -> list[Script]:
    """Return the templates that need no model to copy themselves, for runs of this depth limit."""
    drawn = random.Random(f"scripts {seed} {split}")
    return [
        _script(template, texts.word(drawn), depth)
        for template in _templates(split)
        if template.get("jail")
    ]


def _script(template: Mapping[str, Any], note: str, depth: int) -> Script:
    text = _filled(template["text"], note)
    channel = template["channel"]
    below = [(text, "R0", channel)] * (depth - 1)
    if "child" in template:
        below = [(_filled(template["child"], note), "part", channel)]
    nodes = [(text, None, None), *below]
    truth = [
        {
            "program": digest(program),
            "depth": number,
            "level": level,
            "channel": how,
        }
        for number, (program, level, how) in enumerate(nodes, 1)
    ]
    rules = "[[rule]]\nmatch = ''\nanswer = \"one\\ntwo\"\n"
    return Script(template["name"], template["language"], text, rules, truth)


def digest(program: str) -> str:
    """Return the SHA-256 of a program without white space at its ends, in hex."""
    return hashlib.sha256(program.strip().encode()).hexdigest()
