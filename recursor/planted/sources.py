"""Answers of which it is known where they were copied from: the truth for inheritance in bits.

A case is a prompt with several candidates, which are programs that do something each in its own
way, and a *given* answer that is copied from exactly one of them. Nothing is generated: a model
only scores. Candidates are the worked examples of a plain prompt, or answers that a guest quotes in
a chat. The copy is the whole program, its first half, or the whole with its topic changed to the
goal's: that one has words of the goal too, so the truth can be the first of the candidates only.
Ways of doing things and topics are split: no program of `test` is like one of `dev`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from recursor.analysis.attribution import kind
from recursor.models.base import Scorer
from recursor.runs import attribute
from recursor.runs.sources import EXAMPLE, GUEST, OPERATOR, PACK, Parts, parts_of
from recursor.types import Message, Prompt, Segment

Split = Literal["dev", "test"]
COPIES = ("whole", "half", "renamed")
SHOWN = (3, 4, 5)
"""How many candidates a prompt has."""

_WAYS: dict[Split, tuple[str, ...]] = {
    "dev": (
        'DRAFT="$(./query-model "Explain {topic}.")"\n'
        './query-model "Improve this text: $DRAFT" > {topic}.txt\n',
        './query-model "List {topic}, one per line." | while read -r ITEM; do\n'
        '  echo "candidate: $ITEM"\ndone\n',
        './query-model --code "write a script about {topic}" > part.sh\n./run-program part.sh\n',
        'for COLOUR in red green blue; do\n  ./query-model "Describe {topic} in $COLOUR"\ndone\n',
        'ask() {{\n  ./query-model "$1" | head -n 3\n}}\nask "What is special about {topic}?"\n',
        'cat > notes.md <<END\n# Notes on {topic}\nEND\n'
        './query-model "Continue: $(cat notes.md)" >> notes.md\n',
    ),
    "test": (
        'COUNT=0\nuntil [ "$COUNT" -ge 4 ]; do\n  ./query-model "Fact $COUNT about {topic}"\n'
        "  COUNT=$((COUNT + 1))\ndone\n",
        'case "$(./query-model "Is {topic} cheap? yes or no")" in\n'
        "  yes*) echo buy ;;\n  *) echo wait ;;\nesac\n",
        'mapfile -t LINES < <(./query-model "Name kinds of {topic}")\n'
        'printf "%s\\n" "${{LINES[@]}}" | sort -u\n',
        "printf '%s\\n' first second third | xargs -I@ ./query-model \"The @ step for {topic}\"\n",
        'if ./query-model "Describe {topic}" | tee out.log | grep -qi danger; then\n'
        '  echo "careful" >&2\nelse\n  rm out.log\nfi\n',
        'trap "rm -f tmp.$$" EXIT\n./query-model "Rate {topic} from 1 to 9" > tmp.$$\n'
        "awk '{{ sum += $1 }} END {{ print sum / NR }}' tmp.$$\n",
    ),
}  # fmt: skip
_TOPICS: dict[Split, tuple[str, ...]] = {
    "dev": ("kites", "old maps", "tea pots", "snow boots", "garden gates", "violins", "bread",
            "lanterns", "river boats", "paper cranes"),
    "test": ("candles", "wooden spoons", "night trains", "seashells", "bicycles", "honey",
             "chess clocks", "blankets", "windmills", "postcards"),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A prompt, an answer, and where this was copied from."""

    name: str
    form: Literal["examples", "quotes"]
    copy: str
    """How much of it is copied: one of `COPIES`."""
    prompt: Prompt
    """Whose segments are named as sources are."""
    answer: str
    truth: str
    """The source's name."""


def cases(split: Split, number: int = 60, seed: int = 0) -> list[Case]:
    """Return so many cases, the same of the same seed."""
    return [_case(split, index, seed) for index in range(number)]


def measure(model: Scorer, chosen: Iterable[Case]) -> list[dict[str, Any]]:
    """Rank the sources of each case's answer by their bits; return a row a case.

    Keys: `case`, `form`, `copy`, `truth`, `ranked` (pairs of source and bits, the strongest first,
    the goal and the pack among them), `is_first` (whether the truth is the strongest of all), and
    `leads` (whether it is the strongest of the candidates). Raises ModelError.
    """
    return asyncio.run(_measure(model, list(chosen)))


async def _measure(model: Scorer, chosen: Sequence[Case]) -> list[dict[str, Any]]:
    places = asyncio.Semaphore(attribute.AT_ONCE)

    async def one(case: Case) -> dict[str, Any]:
        async with places:
            parts: Parts = parts_of(model.render(case.prompt))
            bits = await attribute.weigh(model, parts, model.tokens(case.answer), case.name)
        ranked = sorted(
            ((source, round(sum(bits[source]), 3)) for source in (s.name for s in parts.sources)),
            key=lambda pair: -pair[1],
        )
        candidates = [name for name, _ in ranked if kind(name) == kind(case.truth)]
        return {
            "case": case.name,
            "form": case.form,
            "copy": case.copy,
            "truth": case.truth,
            "ranked": ranked,
            "is_first": ranked[0][0] == case.truth,
            "leads": candidates[0] == case.truth,
        }

    return list(await asyncio.gather(*map(one, chosen)))


def _case(split: Split, index: int, seed: int) -> Case:
    drawn = random.Random(f"{split} {seed} {index}")
    number = drawn.choice(SHOWN)
    ways = drawn.sample(_WAYS[split], number)
    goal, *topics = drawn.sample(_TOPICS[split], number + 1)
    programs = [way.format(topic=topic) for way, topic in zip(ways, topics, strict=True)]
    truth, copy = drawn.randrange(number), COPIES[index % len(COPIES)]
    answer = programs[truth]
    if copy == "half":
        lines = answer.splitlines(keepends=True)
        answer = "".join(lines[: (len(lines) + 1) // 2])
    elif copy == "renamed":
        answer = ways[truth].format(topic=goal)
    name = f"{split}-{seed}-{index}"
    if index % 2:
        prompt = _quotes(goal, programs)
        return Case(name, "quotes", copy, prompt, f"```bash\n{answer}", f"answer:{truth + 1}")
    prompt = _examples(goal, topics, programs)
    return Case(name, "examples", copy, prompt, answer, f"{EXAMPLE} {truth + 1}")


def _examples(goal: str, topics: Sequence[str], programs: Sequence[str]) -> Prompt:
    shown = [
        Segment(f"Goal: find out about {topic}\n```bash\n{program}```\n\n", f"{EXAMPLE} {number}")
        for number, (topic, program) in enumerate(zip(topics, programs, strict=True), 1)
    ]
    first = Segment("Shell scripts that reach a goal with the help of a language model.\n\n", PACK)
    asked = Segment(f"find out about {goal}", OPERATOR)
    return Prompt(plain=(first, *shown, Segment("Goal: "), asked, Segment("\n```bash\n")))


def _quotes(goal: str, programs: Sequence[str]) -> Prompt:
    words = [Segment("These scripts were written before:\n", GUEST)]
    for number, program in enumerate(programs, 1):
        words += [Segment(program, f"answer:{number}"), Segment("\n", GUEST)]
    words.append(Segment(f"Write a bash script like one of them about {goal}.", GUEST))
    return Prompt(messages=(Message("user", tuple(words)),))
