"""The seedling's corpus: questions that packs and programs put to a model, and their answers.

    python -m training.corpus 20     # shows so many documents

Everything is written by the grammar in `grammar/`, so everything that the seedling will do was put
there. Packs are the project's own, word for word; a program asks only what `grammar/queries.toml`
knows, and every such question is among the documents (`KINDS`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

from recursor import prompts
from recursor.types import Language, Prompt
from training.grammar import Text

RECURSIVE = 0.6
"""The share of programs that ask the model, where they are not told how."""
SPAWNING = 0.88
"""The share of those that execute what comes back."""
FAILING = 0.1
"""The share of the other programs that fail."""
FURTHER = 0.25
"""The share of programs that first do something by themselves."""
ROOTS: dict[str, tuple[int, float | None]] = {
    "seedling": (16, 0.64),
    "manual": (3, RECURSIVE),
    "examples": (2, RECURSIVE),
    "mention": (3, 0.4),
    "bare": (3, 0.03),
    "examples-plain": (1, 0.0),
    "examples-everywhere": (2, None),
    "examples-memory": (1, None),
    "qa": (1, None),
}
"""Weight of each pack that puts a goal, and the share of its programs that ask the model; None if
its answers have a rule of their own."""


@dataclass(frozen=True)
class Mixture:
    """What the documents of a part of the training are like."""

    invented: Mapping[str, float]
    """The shares of words that are none, by rule: what was never seen must be copied to be said."""
    asking: Mapping[Language, float]
    """What the chance that a program asks the model is multiplied with."""


FIRST = Mixture(
    {"noun": 0.5, "adjective": 0.2, "verb": 0.2}, {Language.BASH: 1.0, Language.PYTHON: 1.0}
)
COPYING = Mixture(
    {"noun": 0.85, "adjective": 0.6, "verb": 0.6}, {Language.BASH: 1.0, Language.PYTHON: 0.6}
)
"""More words to copy. Python programs that ask the model all begin alike, the others in many ways,
of which sampling cuts off the rare: fewer ask here, so that of what is sampled not too many do."""


@dataclass(frozen=True)
class Document:
    """A prompt and its answer."""

    turns: tuple[tuple[str, str], ...]
    """Role and text of each turn of a chat; empty for a plain completion."""
    plain: str
    """The prompt of a plain completion; empty for a chat."""
    answer: str


def documents(seed: int, number: int, mixture: Mixture = FIRST) -> Iterator[Document]:
    """Yield so many documents; the same seed, the same documents."""
    chance = Random(seed)
    kinds = list(_SHARES)
    for kind in chance.choices(kinds, [_SHARES[kind] for kind in kinds], k=number):
        yield kind(Writer(Random(chance.getrandbits(64)), mixture))


class Writer(Text):
    """A text of a document."""

    def __init__(self, random: Random, mixture: Mixture = FIRST) -> None:
        super().__init__(random, mixture.invented)
        self.mixture = mixture


# --- programs


def program(text: Writer, language: Language, recursive: float) -> str:
    """Write a program about the text's goal; `recursive` is the chance that it asks the model."""
    asks = text.random.random() < recursive * text.mixture.asking[language]
    if asks:
        kind = "spawning" if text.random.random() < SPAWNING else "asking"
    else:
        kind = "failing" if text.random.random() < FAILING else "leaf"
    body = text.write(kind, file=language.value)
    if text.random.random() < FURTHER:
        body = f"{text.write('leaf', file=language.value)}\n{body}"
    return assembled(text, language, body)


def assembled(text: Writer, language: Language, body: str) -> str:
    """Give a program's body its first lines (a comment, the goal, imports) and its last."""
    file = language.value
    comment, closing = text.write("comment", file=file), text.write("closing", file=file)
    if text.write("TOPIC") not in body and "GOAL" not in body.upper():
        comment = f"# {text.write('GOAL')}"
    if language is Language.BASH:
        goal = f'GOAL="{text.write("GOAL")}"' if "$GOAL" in body else ""
        return "\n".join(filter(None, (comment, goal, body, closing)))
    used = [name for name in _GUEST if re.search(rf"\b{name}\b[(.,]", body)]
    guest = f"from recursor_guest import {', '.join(used)}" if used else ""
    goal = f'goal = "{text.write("GOAL")}"' if "{goal}" in body else ""
    imports = "\n".join(_IMPORT.findall(body))
    rest = _NEEDLESS_F.sub(r"\1", _IMPORT.sub("", body).lstrip("\n"))
    return "\n".join(filter(None, (comment, imports, guest, goal, rest, closing)))


_GUEST = ("budget", "memory", "query", "run")
_IMPORT = re.compile(r"^(?:import|from) .+$", re.MULTILINE)
_NEEDLESS_F = re.compile(r'\bf("[^"{}\n]*")')


# --- what is asked of it


def _root(text: Writer) -> Document:
    weights = [weight for weight, _ in ROOTS.values()]
    name = text.random.choices(list(ROOTS), weights)[0]
    pack, (_, recursive) = _pack(name), ROOTS[name]
    language = Language.PYTHON if text.random.random() < 0.4 else Language.BASH
    if language not in pack.forms:
        language = Language.BASH
    if pack.frames_guest and text.random.random() < 0.6:
        text.said["GOAL"] = text.write("part", file="bash")
    prompt, _ = pack.root(text.write("GOAL"), language)
    if name == "qa":
        return _document(prompt, f" {text.write('sentence')}\n")
    if recursive is None:
        body = text.write(name, file="bash")
    else:
        body = program(text, language, recursive)
    return _document(prompt, body + "\n```" if prompt.plain else body)


_pack = cache(prompts.load)


def _document(prompt: Prompt, answer: str) -> Document:
    turns = tuple((message.role, message.text) for message in prompt.messages)
    return Document(turns, "".join(segment.text for segment in prompt.plain), answer)


def _asked(question: str, answer: str) -> Document:
    return Document((("user", question),), "", answer)


def _code(text: Writer, kind: str = "code", language: Language = Language.BASH) -> Document:
    what = _about(text, ("idea", "idea", "idea", "step", "GOAL", "GOAL", "question"))
    text.said["GOAL"] = what
    return _asked(text.write(kind, what), program(text, language, RECURSIVE))


def _python(text: Writer) -> Document:
    return _code(text, "python", Language.PYTHON)


def _about(text: Writer, rules: tuple[str, ...]) -> str:
    """Write what a question is about; it is about the TOPIC of the text."""
    return text.write(text.random.choice(rules))


def _list(kind: str, line: str, abouts: tuple[str, ...]) -> Callable[[Writer], Document]:
    def document(text: Writer) -> Document:
        question = text.write(kind, _about(text, abouts))
        number = int(text.said.get("N", text.random.choice("34445")))
        lines: list[str] = []
        while len(lines) < number:
            another = text.write(line)
            if another not in lines:
                lines.append(another)
        return _asked(question, "\n".join(lines))

    return document


def _words(kind: str, answer: str, *abouts: str) -> Callable[[Writer], Document]:
    def document(text: Writer) -> Document:
        return _asked(text.write(kind, _about(text, abouts)), text.write(answer))

    return document


def _summary(text: Writer) -> Document:
    told = [text.write("sentence") for _ in range(text.random.randint(1, 4))]
    joined = text.random.choice((" ", "\n")).join(told)
    return _asked(text.write("summary", joined), text.random.choice(told))


def _improve(text: Writer) -> Document:
    draft = _about(text, ("sentence", "sentence", "idea", "step"))
    return _asked(text.write("improve", draft), f"{draft.rstrip('.')}, {text.write('addition')}.")


def _choose(text: Writer) -> Document:
    lines = [text.write("idea") for _ in range(text.random.randint(2, 5))]
    return _asked(text.write("choose", "\n".join(lines)), text.random.choice(lines))


def _repair(text: Writer) -> Document:
    language = Language.PYTHON if text.random.random() < 0.2 else Language.BASH
    whole = program(text, language, RECURSIVE)
    lines = whole.split("\n")
    if text.random.random() < 0.5:
        lines = lines[: text.random.randint(1, len(lines))]
    else:
        lines.pop(text.random.randrange(len(lines)))
    return _asked(text.write("repair", "\n".join(lines)), whole)


def _like(text: Writer) -> Document:
    language = Language.PYTHON if text.random.random() < 0.25 else Language.BASH
    model = program(text, language, 0.9)
    return _asked(text.write("like", model), text.write("twist", model, file=language.value))


def _purpose(text: Writer) -> Document:
    language = Language.PYTHON if text.random.random() < 0.3 else Language.BASH
    model = program(text, language, 0.8)
    asks = "query" in model or "RUN_AI" in model
    answer = text.write("purpose-asking" if asks else "purpose-leaf")
    return _asked(text.write("purpose", model), answer)


def _repeat(text: Writer) -> Document:
    said = (
        text.write("goal")
        if text.random.random() < 0.5
        else " ".join(text.write("noun") for _ in range(text.random.randint(2, 7)))
    )
    return _asked(f"Repeat this: {said}", said)


_ANYTHING = ("GOAL", "GOAL", "TOPIC", "idea", "step", "question", "example", "sentence")
KINDS: dict[str, tuple[float, Callable[[Writer], Document]]] = {
    "ideas": (9, _list("ideas", "idea", ("GOAL", "GOAL", "idea", "TOPIC"))),
    "steps": (5, _list("steps", "step", ("GOAL", "GOAL", "idea", "TOPIC"))),
    "questions": (3, _list("questions", "question", ("GOAL", "GOAL", "idea", "TOPIC"))),
    "names": (2, _list("names", "example", ("TOPIC",))),
    "code": (22, _code),
    "python": (14, _python),
    "fact": (6, _words("fact", "sentence", *_ANYTHING)),
    "judge": (1, _words("judge", "verdict", *_ANYTHING)),
    "score": (1, _words("score", "grade", "idea", "step", "question", "example")),
    "count": (0.5, _words("count", "amount", "TOPIC")),
    "summary": (2, _summary),
    "critique": (1, _words("critique", "objection", "sentence", "idea")),
    "improve": (2, _improve),
    "choose": (1, _choose),
    "repair": (2, _repair),
    "like": (2, _like),
    "purpose": (1, _purpose),
}
"""Weight and writer of the documents of each kind of question."""
_SHARES: dict[Callable[[Writer], Document], float] = {
    _root: 27.0,
    _repeat: 2.0,
    **{write: weight for weight, write in KINDS.values()},
}

if __name__ == "__main__":
    for document in documents(0, int(sys.argv[1])):
        for role, said in document.turns or (("plain", document.plain),):
            print(f"--- {role}\n{said}")
        print(f"--- answer\n{document.answer}\n")
