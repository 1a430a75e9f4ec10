"""Programs whose doings are known, executed in real jails.

A file of cases (`families/*.toml`) holds programs as small models write them, and says of each what
it does. All cases of a split are grown as one run: its first program asks for each and has it
executed. The model is a stub that is written for them, so nothing is left to chance but what the
seed fills in for words in «».
"""

from __future__ import annotations

import json
import random
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from recursor import prompts, tomlfile
from recursor.errors import RecursorError
from recursor.planted.plant import Planted
from recursor.records import Recording
from recursor.runs import options, start
from recursor.runs.grow import Growth
from recursor.store import Store
from recursor.tomlfile import Document
from recursor.types import Language, MemoryReach, Program, StopReach

FAMILIES = Path(__file__).parent / "families"
FORBIDDEN, FAILS = "forbidden", "unanswerable"
"""A query in which the first word stands is denied, as is a program; with the second one the model
fails."""
_AT_ONCE = 4
_LAST_WORD = r"(?s)(\w+)\W*$"
_REST = (
    {"match": FAILS, "error": "the model failed"},
    {"match": _LAST_WORD, "answer": r"This is what can be said of \1 in short.", "expand": True},
    {"match": "", "answer": "There is nothing to be said of it."},
)
"""What answers to whatever a case has no answer of its own for."""


class _Part(Document):
    """A program of a case that another one asks for by the case's name and its own."""

    name: str
    language: Language = Field(Language.BASH, strict=False)
    program: str
    truth: dict[str, Any] | None = None


class _Case(Document):
    family: str
    split: str
    language: Language = Field(Language.BASH, strict=False)
    program: str
    truth: dict[str, Any] | None = None
    """What is true of the node that executes it; a part has a truth of its own."""
    part: list[_Part] = []
    answers: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    """Regular expressions of queries, and the answers to them."""


class _File(Document):
    words: dict[str, list[str]]
    """What may stand for a word in «»: other words, drawn anew for each case, none twice."""
    case: list[_Case]


@dataclass(frozen=True)
class Case:
    """A case whose words are filled in."""

    name: str
    family: str
    programs: dict[str, tuple[Language, str]]
    """By the query that asks for it; first its own, then those of its parts."""
    truths: dict[str, dict[str, Any]]
    """By the same query, where something is known."""
    answers: list[tuple[str, str]]


def cases(file: str, seed: int, split: str) -> list[Case]:
    """Fill in the cases of one split of a file in `families`."""
    path = FAMILIES / f"{file}.toml"
    read = tomlfile.validate(path, tomlfile.read(path), _File)
    chosen = [case for case in read.case if case.split == split]
    return [
        _filled(case, f"case {number}", random.Random(f"{file} {seed} {number}"), read.words)
        for number, case in enumerate(chosen)
    ]


def grow(planted: list[Case], seed: int, db: str | None = None) -> Planted:
    """Grow the cases in jails as one run; it is kept if a database (a URL) is given.

    The truth has a row a node of which something is known: `node`, `family`, `case`, and what the
    file says. Raises RecursorError if a case's program was not executed.
    """
    with tempfile.TemporaryDirectory() as folder:
        stub = Path(folder) / "planted.toml"
        stub.write_text("".join(map(_rule, _rules(planted))), encoding="utf-8")
        url = db or f"sqlite:///{folder}/planted.db"
        configuration = options.configure(
            "planted",
            model=f"stub:{stub}",
            pack="bare",
            root=Program(Language.BASH, _first(planted)),
            seed=seed,
            depth=8,
            breadth=4 * len(planted),
            nodes=40 * len(planted),
            queries=80 * len(planted),
            tokens=10_000_000,
            parallel=_AT_ONCE * 4,
            memory=MemoryReach.RUN,
            stop_scope=StopReach.RUN,
            forbid_prompts=(FORBIDDEN,),
            forbid_programs=(FORBIDDEN.upper(),),
            tags=("planted",),
        )
        pack = prompts.load(configuration.pack)
        run = start.grown(Growth, Growth.follow_goal, configuration, pack, url)
        with Store(url) as store:
            recording = store.recording(run.id)
    return Planted(recording, list(_truth(recording, planted)))


def _filled(case: _Case, name: str, drawn: random.Random, words: dict[str, list[str]]) -> Case:
    chosen = {"case": name, **{kind: drawn.choice(some) for kind, some in words.items()}}

    def fill(text: str) -> str:
        return re.sub("«(\\w+)»", lambda found: chosen[found[1]], text)

    programs = {name: (case.language, fill(case.program))}
    programs |= {f"{name} {p.name}": (p.language, fill(p.program)) for p in case.part}
    truths = {f"{name} {p.name}": p.truth for p in case.part if p.truth is not None}
    if case.truth is not None:
        truths[name] = case.truth
    answers = [(fill(match), fill(answer)) for match, answer in case.answers]
    return Case(name, case.family, programs, truths, answers)


def _rules(planted: list[Case]) -> Iterator[dict[str, Any]]:
    for case in planted:
        for query, (language, program) in case.programs.items():
            yield {"match": f"^{query}$", "answer": f"```{language}\n{program}```"}
    for case in planted:
        yield from ({"match": match, "answer": answer} for match, answer in case.answers)
    yield from _REST


def _rule(values: dict[str, Any]) -> str:
    # JSON's strings, numbers and truth values are TOML's.
    return "[[rule]]\n" + "".join(f"{name} = {json.dumps(v)}\n" for name, v in values.items())


def _first(planted: list[Case]) -> str:
    names = " ".join(f'"{case.name}"' for case in planted)
    return f"""N=0
for CASE in {names}; do
  ./query-model --code "$CASE" > "$CASE.program"
  ./run-program "$CASE.program" > /dev/null 2>&1 < /dev/null &
  (( ++N % {_AT_ONCE} == 0 )) && wait
done
wait
"""


def _truth(recording: Recording, planted: list[Case]) -> Iterator[dict[str, Any]]:
    prompts_ = {query.id: query.prompt for query in recording.queries}
    nodes = {prompts_.get(node.origin_query or ""): node.id for node in recording.nodes}
    for case in planted:
        for query, truth in case.truths.items():
            if query not in nodes:
                raise RecursorError(f"{case.family}: {query} was planted and not executed")
            yield {"node": nodes[query], "family": case.family, "case": query, **truth}
