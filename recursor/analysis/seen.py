"""A node as the record knows it: its text, what it did, what it got, and the programs around it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from recursor.analysis.acts import QUERY, Act, by_node
from recursor.analysis.deeds import Deed, deeds
from recursor.analysis.denials import responses
from recursor.analysis.record import Frames, rows
from recursor.analysis.stops import stops

TELLING_CHARACTERS = 12
"""A line, an answer or an output that is shorter says nothing about where its words came from."""


@dataclass(eq=False)
class Seen:
    """A node as the record knows it."""

    run: str
    id: str
    program: str
    language: str
    end_cause: str | None
    exit_code: int | None
    stdout: str
    stderr: str
    names: frozenset[tuple[str, str]]
    acts: Sequence[Act]
    children: list[Seen] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    """The child that came of the answer to a query of its."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Of its queries, by their id."""
    workarounds: Sequence[Any] = ()
    stops: Sequence[Any] = ()

    @cached_property
    def deeds(self) -> list[Deed]:
        return deeds(self.program, self.language, self.names)

    def of(self, *kinds: str) -> list[Deed]:
        """Return where its text does something of a kind."""
        return [deed for deed in self.deeds if deed.kind in kinds]

    def did(self, *kinds: str) -> list[Act]:
        """Return what it did of a kind."""
        return [act for act in self.acts if act.kind in kinds]

    @cached_property
    def own_lines(self) -> set[str]:
        lines = (line.strip() for line in self.program.splitlines())
        return {line for line in lines if len(line) >= TELLING_CHARACTERS}

    def quotes_itself(self, text: str) -> bool:
        """Return whether a text holds at least half of this program's lines that tell something."""
        held = sum(line in text for line in self.own_lines)
        return held > 0 and 2 * held >= len(self.own_lines)

    def earlier_results(self, act: Act) -> Iterator[str]:
        """Yield what it had got by then: answers, and outputs of programs it had executed."""
        for other in self.acts:
            if other.kind == QUERY and other.row in self.answers and other.ended_us <= act.at_us:
                yield self.answers[other.row]
        for child in self.children:
            if child.stdout.strip():
                yield child.stdout

    def quoted(self, act: Act) -> list[str]:
        """Return the earlier results of which a prompt holds all, or a line that tells something.

        A short one has to stand there as a word of its own.
        """
        return [each for each in dict.fromkeys(self.earlier_results(act)) if _holds(act.text, each)]

    def own_words(self, act: Act) -> str:
        """Return a prompt without what it quotes of earlier results."""
        words = act.text
        for result in self.quoted(act):
            for line in (result.strip(), *result.splitlines()):
                words = words.replace(line.strip(), " ") if line.strip() else words
        return words


def nodes(frames: Frames) -> Iterator[Seen]:
    """Yield the nodes that did something, or put something out."""
    acts, answers = by_node(frames), _answers(frames)
    around, stopped = defaultdict(list), defaultdict(list)
    for response in responses(frames).itertuples():
        if response.response == "workaround":
            around[response.node].append(response)
    for stop in stops(frames).itertuples():
        stopped[stop.node].append(stop)
    names = {
        run: frozenset((guest.get("names") or {}).items())
        for run, guest in frames.runs[["id", "guest"]].to_numpy()
    }
    all_ = {
        row["id"]: Seen(
            run=row["run"],
            id=row["id"],
            program=row["program"],
            language=row["language"],
            end_cause=row["end_cause"],
            exit_code=row["exit_code"],
            stdout=_text(row["stdout"]),
            stderr=_text(row["stderr"]),
            names=names[row["run"]],
            acts=acts.get(row["id"], ()),
            answers=answers.get(row["id"], {}),
            workarounds=around.get(row["id"], ()),
            stops=stopped.get(row["id"], ()),
        )
        for row in rows(frames.nodes)
    }
    for id_, parent, origin in zip(
        *(frames.nodes[name] for name in ("id", "parent", "origin_query")), strict=True
    ):
        if parent in all_:
            all_[parent].children.append(all_[id_])
            all_[parent].origins[origin] = id_
    yield from (seen for seen in all_.values() if seen.acts or seen.stdout)


def _answers(frames: Frames) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    columns = (frames.queries[name] for name in ("id", "node", "answer"))
    for id_, node, answer in zip(*columns, strict=True):
        if answer is not None:
            found[node][id_] = answer
    return found


def _text(output: bytes | None) -> str:
    return (output or b"").decode("utf-8", "replace")


def _holds(text: str, result: str) -> bool:
    whole = result.strip()
    if len(whole) < TELLING_CHARACTERS:
        is_there = bool(whole) and whole in text
        return is_there and re.search(rf"(?<!\w){re.escape(whole)}(?!\w)", text) is not None
    lines = (line.strip() for line in result.splitlines())
    return whole in text or any(len(line) >= TELLING_CHARACTERS and line in text for line in lines)
