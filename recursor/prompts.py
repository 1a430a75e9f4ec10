"""Prompt packs: how goals and queries become prompts, and who wrote which words of them.

A pack is a TOML file that says, for each language, how the operator's goal is put to the model:
as chat `messages`, or as a plain completion `text`. `{goal}` stands for the goal. A guest's query
is passed raw (its own words as one user message) unless the pack says `guest = "pack"`. Every
rendered prompt carries spans: `host` for the words of the pack and of the chat template, `guest`
for the asker's own, `answer:ID` for words that the asker quotes from an answer it was given.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import MinLen
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field, model_validator

from recursor import keys, tomlfile
from recursor.errors import ModelError, UsageError
from recursor.programs import Delivered
from recursor.resources import shipped
from recursor.tomlfile import Document
from recursor.types import Language, Message, Prompt, Rendered, Sampling, Segment, Span

GOAL = "{goal}"
GOALS = "goals.toml"
"""The file beside the packs that is none."""
QUOTE_CHARACTERS = 12
"""A quotation shorter than this is taken for the asker's own words."""

SEARCHED_CHARACTERS = 32 * 1024
"""In a longer prompt no quotations are looked for: a hostile one would hold the host up."""

Tokens = Mapping[str, str] | None
"""The special tokens that a chat template names, such as `bos_token`."""


class Turn(Document):
    """One chat message of a form."""

    role: Literal["system", "user", "assistant"]
    """Who says it."""
    text: str
    """What is said; `{goal}` stands in one turn, once."""


class Form(Document):
    """How one language's prompts look: chat messages, or one plain text."""

    messages: list[Turn] = []
    """The chat's turns."""
    text: str | None = None
    """Or one plain text, which the model completes."""
    stop: list[Annotated[str, MinLen(1)]] = []
    """Words at which an answer ends."""
    grammar: Annotated[str, MinLen(1)] | None = None
    """GBNF that the answer follows."""

    @model_validator(mode="after")
    def _one_place_for_the_goal(self) -> Form:
        if bool(self.messages) == (self.text is not None):
            raise ValueError("it needs either text or messages")
        words = [self.text or "", *(turn.text for turn in self.messages)]
        if sum(text.count(GOAL) for text in words) != 1:
            raise ValueError(f"it must name {GOAL} exactly once")
        return self

    def prompt(self, words: Sequence[Segment]) -> Prompt:
        """Put the words (a goal, or a framed query) in their place."""
        if self.text is not None:
            return Prompt(plain=_fill(self.text, words))
        return Prompt(
            messages=tuple(Message(turn.role, _fill(turn.text, words)) for turn in self.messages)
        )


class _SamplingTable(Document):
    temperature: float = Field(0.8, ge=0)
    """How far chance decides; 0: the likeliest token."""
    top_k: int = Field(40, ge=0)
    """Only so many of the likeliest tokens; 0: all."""
    top_p: float = Field(0.95, gt=0, le=1)
    """Only the likeliest tokens that are together so probable."""
    min_p: float = Field(0.0, ge=0, le=1)
    """Only tokens at least so probable, to the likeliest one."""
    repeat_penalty: float = Field(1.0, gt=0)
    """Above 1, what was said before becomes less likely."""


class _PackFile(Document):
    summary: str = ""
    """One sentence, for lists."""
    plants: list[str] = []
    """The motifs that its words or examples contain; a run records them."""
    guest: Literal["raw", "pack"] = "raw"
    """How a program's query is put: as its own words alone, or framed as a goal is."""
    sampling: _SamplingTable = _SamplingTable()
    """`[sampling]`: how tokens are drawn."""
    bash: Form | None = None
    """`[bash]`: how it asks for bash."""
    python: Form | None = None
    """`[python]`: how it asks for Python."""

    @model_validator(mode="after")
    def _some_form(self) -> _PackFile:
        if self.bash is None and self.python is None:
            raise ValueError("it has neither [bash] nor [python]")
        return self


@dataclass(frozen=True)
class Pack:
    """A prompt pack."""

    name: str
    summary: str
    plants: tuple[str, ...]
    """The motifs that its words or examples contain."""
    frames_guest: bool
    """Whether guest queries are framed like the goal, not passed raw."""
    sampling: Sampling
    forms: dict[Language, Form]
    digest: str
    content: str
    """The whole of it, as JSON."""

    def form(self, language: Language) -> Form:
        """Return how this pack asks for programs in a language."""
        try:
            return self.forms[language]
        except KeyError:
            has = ", ".join(self.forms)
            raise UsageError(
                f"the pack {self.name} has no {language} form (it has: {has})"
            ) from None

    def root(self, goal: str | Sequence[Segment], language: Language) -> tuple[Prompt, Sampling]:
        """Put the operator's goal to the model."""
        words = [Segment(goal, "guest")] if isinstance(goal, str) else goal
        return self._framed(words, language)

    def guest(self, words: Sequence[Segment], language: Language) -> tuple[Prompt, Sampling]:
        """Put a guest's query to the model: raw, or framed like a goal."""
        if self.frames_guest:
            return self._framed(words, language)
        return Prompt(messages=(Message("user", tuple(words)),)), self.sampling

    def _framed(self, words: Sequence[Segment], language: Language) -> tuple[Prompt, Sampling]:
        form = self.form(language)
        sampling = dataclasses.replace(self.sampling, stop=tuple(form.stop), grammar=form.grammar)
        return form.prompt(words), sampling


def names() -> list[str]:
    """Return the names of the packs that ship."""
    files = shipped("prompts").glob("*.toml")
    return sorted(path.stem for path in files if path.name != GOALS)


def path_of(name: str) -> Path:
    """Return the file of a pack."""
    return Path(name) if name.endswith(".toml") else shipped("prompts") / f"{name}.toml"


def load(name: str, temperature: float | None = None) -> Pack:
    """Load a pack by the name of one that ships, or by the path of a TOML file.

    With another `temperature` than its own it is another pack: it has another digest.
    """
    path = path_of(name)
    if not name.endswith(".toml") and name not in names():
        raise UsageError(f"there is no pack {name!r}; `recursor prompts list` names them")
    data = tomlfile.read(path)
    pack = _pack(path, data)
    if temperature is None:
        return pack
    if not 0 <= temperature < math.inf:
        raise UsageError(f"a temperature is a number from 0 on, not {temperature:g}")
    sampling = {**data.get("sampling", {}), "temperature": temperature}
    return _pack(path, {**data, "sampling": sampling})


def recorded(name: str, content: str) -> Pack:
    """Return a pack as a run recorded it."""
    return _pack(Path(f"{name}.toml"), json.loads(content))


def _pack(path: Path, data: dict[str, Any]) -> Pack:
    file = tomlfile.validate(path, data, _PackFile)
    forms = {Language.BASH: file.bash, Language.PYTHON: file.python}
    return Pack(
        name=path.stem,
        summary=file.summary,
        plants=tuple(file.plants),
        frames_guest=file.guest == "pack",
        sampling=Sampling(**file.sampling.model_dump()),
        forms={language: form for language, form in forms.items() if form is not None},
        digest=keys.digest(data),
        content=keys.canonical(data).decode(),
    )


def _fill(text: str, words: Sequence[Segment]) -> tuple[Segment, ...]:
    before, goal, after = text.partition(GOAL)
    filled = [Segment(before), *(words if goal else ()), Segment(after)]
    return tuple(segment for segment in filled if segment.text)


# --- provenance


def attribute(
    text: str, answers: Iterable[Delivered], readings: Iterable[tuple[str, str]] = ()
) -> tuple[Segment, ...]:
    """Split a guest's words into its own and those it quotes from answers or from memory.

    `answers` run from the latest outwards, `readings` are keys and values. A quotation is a whole
    answer or value, or one whole line of it, of at least `QUOTE_CHARACTERS` characters, verbatim;
    the longest match wins, then an answer, then the latest.
    """
    quotes: dict[str, str] = {}
    sources = chain(
        ((f"answer:{answer.query}", answer.text) for answer in answers),
        ((f"memory:{name}", value) for name, value in readings),
    )
    for source, told in sources if len(text) <= SEARCHED_CHARACTERS else ():
        for quote in (told, *told.splitlines()):
            if len(quote.strip()) >= QUOTE_CHARACTERS:
                quotes.setdefault(quote.strip(), source)
    present = sorted((quote for quote in quotes if quote in text), key=len, reverse=True)
    if not present:
        return (Segment(text, "guest"),)
    pieces = re.split(f"({'|'.join(map(re.escape, present))})", text)
    return tuple(Segment(piece, quotes.get(piece, "guest")) for piece in pieces if piece)


def render(prompt: Prompt, chat_template: str, tokens: Tokens = None) -> Rendered:
    """Return the prompt as the model reads it.

    `chat_template` is the model's own (Jinja); `tokens` are the special tokens that it names.
    Raises ModelError if the template fails.
    """
    if prompt.plain:
        return _joined(prompt.plain)
    text = _apply(chat_template, [(m.role, m.text) for m in prompt.messages], tokens)
    for messages in (prompt.messages, tuple(map(_stripped, prompt.messages))):
        rendered = _joined(_provenance(chat_template, messages, tokens))
        if rendered.text == text:
            return Rendered(text, rendered.spans, template=True)
    # The template rewrites what it is given: nobody's words can be told apart in it.
    return Rendered(text, (Span(0, len(text), "host"),), template=True)


def _joined(segments: Iterable[Segment]) -> Rendered:
    spans: list[Span] = []
    text = ""
    for segment in segments:
        spans.append(Span(len(text), len(text) + len(segment.text), segment.source))
        text += segment.text
    return Rendered(text, tuple(spans))


def _apply(template: str, messages: list[tuple[str, str]], tokens: Tokens) -> str:
    # The template comes out of a model file: it is not trusted, hence the sandbox.
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    try:
        return environment.from_string(template).render(
            messages=[{"role": role, "content": text} for role, text in messages],
            add_generation_prompt=True,
            **(tokens or {}),
        )
    except Exception as error:  # it may do anything that an expression can
        message = f"the model's chat template fails: {str(error) or type(error).__name__}"
        raise ModelError(message, "unrenderable") from error


def _provenance(template: str, messages: Sequence[Message], tokens: Tokens) -> Iterator[Segment]:
    """Yield the template's own words and the messages' segments in the order of the prompt.

    The template is applied to a placeholder for each segment, so that words which also occur
    elsewhere in the prompt cannot be mistaken for it.
    """
    segments = [segment for message in messages for segment in message.segments]
    numbers = iter(range(len(segments)))
    marked = [
        (m.role, "".join(f"\ue000{next(numbers)}\ue001" for _ in m.segments)) for m in messages
    ]
    for piece in re.split("(\ue000\\d+\ue001)", _apply(template, marked, tokens)):
        if piece.startswith("\ue000"):
            yield segments[int(piece[1:-1])]
        elif piece:
            yield Segment(piece)


def _stripped(message: Message) -> Message:
    first, *rest = message.segments
    segments = [Segment(first.text.lstrip(), first.source), *rest]
    segments[-1] = Segment(segments[-1].text.rstrip(), segments[-1].source)
    return Message(message.role, tuple(segments))
