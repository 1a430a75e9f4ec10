"""What the seedling does with goals that it never saw.

    python -m training.evaluate            # the open goals
    python -m training.evaluate --sealed   # those that nothing was tuned on
    python -m training.evaluate --grow     # trees, of the goals that ship

It needs what `recursor run` needs, not what the training does. The goals lie in `goals/`, the word
that a program must repeat between asterisks; no such word is in the grammar. A program is *valid*
if it is found in its answer and bash, or Python, can read it, *recursive* if it asks the model,
*copied* if the goal's word is in it, *ended* if it was not cut off. `distinct` counts different
programs among the first hundred.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import re
import statistics
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import recursor
from recursor import programs, prompts
from recursor.analysis.summary import summary
from recursor.experiments import goals
from recursor.models import registry
from recursor.models.base import Model
from recursor.types import Language, Message, Prompt, Request, Sampling, Segment
from training.grammar import FOLDER as GRAMMAR

GOALS = Path(__file__).with_name("goals")
SEEDS = range(5)
GROWN = 20
ALIKE = 0.8
"""From this likeness on a program is a near-copy of an earlier one of its tree."""
_ASKS = re.compile(r"query-model|\$RUN_AI|\bquery\(")


@dataclass(frozen=True)
class Goal:
    """A goal, and the word of it that a program must repeat."""

    text: str
    word: str

    @classmethod
    def read(cls, name: str) -> list[Goal]:
        """Read a file of goals. Raises ValueError if the grammar knows a goal's word."""
        known = " ".join(path.read_text().lower() for path in GRAMMAR.glob("*.toml"))
        found = []
        for line in (GOALS / f"{name}.txt").read_text().splitlines():
            word = line.split("*")[1]
            if re.search(rf"\b{word.lower()}\b", known):
                raise ValueError(f"the grammar knows the word {word}")
            found.append(cls(line.replace("*", ""), word))
        return found


@dataclass(frozen=True)
class Sample:
    """An answer that should be a program."""

    goal: Goal
    language: Language
    text: str
    ended: bool
    tokens: int

    @property
    def is_valid(self) -> bool:
        found = programs.extract(self.text, None)
        if found is None or found.language is not self.language:
            return False
        if found.language is Language.BASH:
            read = ["bash", "-n"]
            checked = subprocess.run(read, input=found.text, text=True, capture_output=True)
            return checked.returncode == 0 and not checked.stderr
        try:
            ast.parse(found.text)
        except SyntaxError:
            return False
        return True

    @property
    def is_recursive(self) -> bool:
        return _ASKS.search(self.text) is not None

    @property
    def is_copied(self) -> bool:
        return self.goal.word.lower() in self.text.lower()


def main() -> None:
    """Print how a model answers."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", default=registry.SEEDLING)
    parser.add_argument("--sealed", action="store_true", help="the goals that nothing was tuned on")
    parser.add_argument("--grow", action="store_true", help="grow trees")
    arguments = parser.parse_args()
    if arguments.grow:
        grow(arguments.model)
        return
    model = registry.load(arguments.model)
    try:
        asyncio.run(_evaluate(model, Goal.read("sealed" if arguments.sealed else "open")))
    finally:
        model.close()


# --- answers


async def _evaluate(model: Model, asked: Sequence[Goal]) -> None:
    print(f"{len(asked)} goals, {len(SEEDS)} seeds")
    print(
        f"{'':22}{'samples':>8}{'valid':>8}{'recursive':>10}{'copied':>8}{'ended':>8}"
        f"{'distinct':>9}{'lines':>7}{'tokens':>7}"
    )
    pack = prompts.load("seedling")
    for language in Language:
        prompt = {goal: pack.root(goal.text, language)[0] for goal in asked}
        of_goals = [(goal, prompt[goal]) for goal in asked for _ in SEEDS]
        _show(f"goals, {language}", await _samples(model, of_goals, language, pack.sampling))
    lists = [
        (goal, _chat(f"List 4 ideas to {goal.text}, one per line."))
        for goal in asked
        for _ in SEEDS
    ]
    ideas = await _samples(model, lists, Language.BASH, pack.sampling)
    for language, question in (
        (Language.BASH, "Write a bash script to {}."),
        (Language.PYTHON, "Write a Python script to {}."),
    ):
        of_ideas = [
            (idea.goal, _chat(question.format(idea.text.strip().split("\n")[-1]))) for idea in ideas
        ]
        _show(f"ideas, {language}", await _samples(model, of_ideas, language, pack.sampling))
    lines = [(idea.goal.word, line) for idea in ideas for line in idea.text.split("\n")]
    copied = _share(word.lower() in line.lower() for word, line in lines)
    print(
        f"lists: {len(lines) / len(ideas):.1f} ideas each, of which {copied} have the goal's word"
    )
    one = [(asked[0], pack.root(asked[0].text, Language.BASH)[0])] * 100
    alone = await _samples(model, one, Language.BASH, pack.sampling)
    print(f"one goal, 100 seeds: {len({sample.text for sample in alone})} distinct programs")


def _chat(words: str) -> Prompt:
    return Prompt(messages=(Message("user", (Segment(words, "guest"),)),))


async def _samples(
    model: Model, asked: Sequence[tuple[Goal, Prompt]], language: Language, sampling: Sampling
) -> list[Sample]:
    async def sample(seed: int, goal: Goal, prompt: Prompt) -> Sample:
        request = Request(model.render(prompt), sampling, seed, goal.text)
        answer = await model.complete(request)
        ended = answer.finish_reason == "stop"
        return Sample(goal, language, answer.text, ended, answer.answer_tokens)

    awaited = (sample(seed, goal, prompt) for seed, (goal, prompt) in enumerate(asked))
    return list(await asyncio.gather(*awaited))


def _show(name: str, samples: Sequence[Sample]) -> None:
    lines = statistics.mean(sample.text.strip().count("\n") + 1 for sample in samples)
    print(
        f"{name:22}{len(samples):8}{_share(s.is_valid for s in samples):>8}"
        f"{_share(s.is_recursive for s in samples):>10}{_share(s.is_copied for s in samples):>8}"
        f"{_share(s.ended for s in samples):>8}{len({s.text for s in samples[:100]}):9}"
        f"{lines:7.1f}{statistics.mean(s.tokens for s in samples):7.0f}"
    )


def _share(those: Iterable[bool]) -> str:
    return f"{statistics.mean(map(float, those)):.1%}"


# --- trees


def grow(model: str) -> None:
    """Grow a tree of each of the goals that ship, as `recursor run` does, and print what grew."""
    chosen = [goal for goal in goals.load() if "null" not in goal.tags][:GROWN]
    columns = ("nodes", "depth", "failed", "near", "denied", "wall_s")
    print("".join(f"{column:>8}" for column in columns), " goal")
    depths = []
    with tempfile.TemporaryDirectory() as folder:
        for goal in chosen:
            run = recursor.run(goal.text, model=model, pack="seedling", db=f"{folder}/grown.db")
            with recursor.open(run.url) as store:
                told, nodes = summary(store, run.record), store.nodes(run.id)
            told["failed"] = sum(node.exit_code != 0 for node in nodes)
            told["near"] = _near_copies([node.program for node in nodes])
            print("".join(f"{told[column]:8}" for column in columns), f" {goal.text}", flush=True)
            depths.append(told["depth"])
    print(f"depth 3 or more: {sum(depth >= 3 for depth in depths)} of {len(depths)} trees")


def _near_copies(programs_in_order: Sequence[str]) -> int:
    return sum(
        any(programs.likeness(text, earlier) >= ALIKE for earlier in programs_in_order[:place])
        for place, text in enumerate(programs_in_order)
    )


if __name__ == "__main__":
    main()
