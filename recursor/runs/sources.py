"""What a recorded prompt is made of: whose words stand where, as far as they can be left out.

A *source* is a part of a prompt that may have given something to the answer. Its words are found by
putting the query into its prompt once more, as it was put when it was asked, but with each part
named. What the chat template writes around messages is of no source; nor is, in a pack that is one
plain text, the line of the goal around it and what follows it: without this frame no answer would
know where it begins.

A *worked example* of a pack begins after a blank line with what stands before the goal in the
goal's own line (`Goal: `, `Q: `) and ends where the next one begins. What else the pack says is the
source `pack`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from recursor.errors import ModelError
from recursor.models.base import Models
from recursor.prompts import GOAL, Form, Pack
from recursor.records import QueryRecord
from recursor.types import Language, Message, Prompt, Rendered, Segment, Span

PACK, EXAMPLE, OPERATOR, GUEST, DENIAL = "pack", "pack example", "goal", "guest", "denial"
_FRAME = "host"
"""What is of no source is called as the chat template's words are."""
_UNKNOWN = "nobody's words can be told apart in the prompt: the chat template rewrites them"


@dataclass(frozen=True)
class Source:
    """A part of a prompt."""

    name: str
    """`pack`, `pack example 1`, `goal` (the operator's words), `guest` (the asker's own),
    `answer:ID`, `memory:NAME`, or `denial`."""
    spans: tuple[Span, ...]
    """Its words in the rendered prompt, from its beginning to its end."""

    @property
    def intervals(self) -> list[list[int]]:
        return [[span.start, span.end] for span in self.spans]


@dataclass(frozen=True)
class Parts:
    """A prompt as the model read it, and its sources in the order in which they begin."""

    rendered: Rendered
    sources: tuple[Source, ...]


def take_apart(
    query: QueryRecord, models: Models, pack: Pack, language: Language, told: Iterable[str] = ()
) -> Parts:
    """Find the sources of a recorded query's prompt.

    `models` (which need only render), `pack` and `language` are those with which it was asked,
    `told` the texts of denials that its asker was told before it. Raises ModelError if the recorded
    prompt is not what comes of them.
    """
    own = OPERATOR if query.node is None else GUEST
    words = [
        part
        for span in query.spans
        if span["source"] != _FRAME
        for part in _told(_segment(query, span), own, tuple(told))
    ]
    if not words:
        raise ModelError(_UNKNOWN)
    form = pack.form(language) if query.node is None or pack.frames_guest else None
    put = Prompt(messages=(Message("user", tuple(words)),)) if form is None else _put(form, words)
    named = models.get(query.model).render(put)
    if named.text != query.rendered:
        raise ModelError(_UNKNOWN)
    spans = tuple(Span(span["start"], span["end"], span["source"]) for span in query.spans)
    return Parts(replace(named, spans=spans), parts_of(named).sources)


def parts_of(named: Rendered) -> Parts:
    """Return the sources of a prompt whose spans have their names."""
    found: dict[str, list[Span]] = {}
    for span in named.spans:
        if span.source != _FRAME and span.start < span.end:
            found.setdefault(span.source, []).append(span)
    return Parts(named, tuple(Source(name, tuple(spans)) for name, spans in found.items()))


def without(rendered: Rendered, spans: Iterable[Span]) -> Rendered:
    """Return a prompt from which some spans are cut."""
    cuts = sorted((span.start, span.end) for span in spans)

    def at(position: int) -> int:
        return position - sum(min(end, position) - start for start, end in cuts if start < position)

    text = rendered.text
    for start, end in reversed(cuts):
        text = text[:start] + text[end:]
    kept = tuple(Span(at(s.start), at(s.end), s.source) for s in rendered.spans)
    return replace(rendered, text=text, spans=tuple(s for s in kept if s.start < s.end))


def _segment(query: QueryRecord, span: Mapping[str, Any]) -> Segment:
    return Segment(query.rendered[span["start"] : span["end"]], span["source"])


def _told(segment: Segment, own: str, told: Sequence[str]) -> Iterator[Segment]:
    """Split the asker's own words where they repeat a denial."""
    if segment.source != GUEST:
        yield segment
        return
    longest = sorted({text for text in told if text}, key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, longest))})", segment.text) if longest else []
    for piece in filter(None, pieces) if pieces else [segment.text]:
        yield Segment(piece, DENIAL if piece in longest else own)


def _put(form: Form, words: Sequence[Segment]) -> Prompt:
    """Put words in their place, as `Form.prompt` does, with the pack's parts named."""
    texts = [turn.text for turn in form.messages] if form.text is None else [form.text]
    (goals,) = (text for text in texts if GOAL in text)
    lead = goals.partition(GOAL)[0].rpartition("\n")[2]
    numbers = count(1)
    if form.text is not None:
        before, _, after = form.text.partition(GOAL)
        shown = _examples(before.removesuffix(lead), lead, numbers)
        return Prompt(plain=(*shown, Segment(lead), *words, Segment(after)))
    messages = []
    for turn in form.messages:
        before, goal, after = turn.text.partition(GOAL)
        parts = [*_examples(before.removesuffix(lead) if goal else before, lead, numbers)]
        parts += [Segment(lead, PACK), *words, Segment(after, PACK)] if goal else []
        filled = tuple(part for part in parts if part.text or part in words)
        messages.append(Message(turn.role, filled))
    return Prompt(messages=tuple(messages))


def _examples(text: str, lead: str, numbers: Iterator[int]) -> Iterator[Segment]:
    """Split words of the pack before each worked example."""
    begin = rf"(?:\A|(?<=\n\n))(?={re.escape(lead)})" if lead.strip() else r"(?!)"
    first, *shown = re.split(begin, text)
    yield Segment(first, PACK)
    yield from (Segment(example, f"{EXAMPLE} {next(numbers)}") for example in shown)
