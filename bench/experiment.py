"""How fast an experiment is: `python bench/experiment.py [--quick]`.

- runs an hour: SmolLM2 pursues goals, 1, 2 and 4 runs at a time. `one engine` is an experiment,
  whose runs grow in processes of their own that ask one engine; `separate` is as many processes of
  `recursor run` side by side, each with an engine of its own, the next one when one has ended. Both
  have the same goals, seeds and limits, and so the same trees: the nodes are counted.
- overhead: a run whose stub answers at once with a program that does nothing, by `recursor.run` in
  one process, as a run of an experiment (the next after the last; the start of its process is the
  first's), and as a process of its own.

All take turns, shuffled in each round. Read the ratios, each taken within a round: median
(least-most). `--quick` is a glance at fewer and shorter runs.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import recursor
from recursor.experiments import goals
from recursor.experiments.goals import Goal
from recursor.experiments.trial import AHEAD

T = TypeVar("T")

PLACES = (1, 2, 4)
GOALS = goals.choose(goals.Chosen(tags=["recursive"]))
FIRST = "the first run of an experiment"
NOTHING = "[[rule]]\nmatch = ''\nanswer = '''\n```bash\ntrue\n```\n'''\n"


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    rounds: int = 3
    runs: int = 12
    answer_tokens: int = 96
    empty: int = 10
    """Runs of nothing, by round and way."""


FULL = Size()
QUICK = Size(1, runs=4, answer_tokens=32, empty=5)


def common(answer_tokens: int) -> dict[str, Any]:
    """Return the options of SmolLM2's runs."""
    return {
        "model": "smollm2", "pack": "examples-everywhere", "depth": 3, "breadth": 3,
        "answer-tokens": answer_tokens, "program-time": "10s", "time": "10m",
    }  # fmt: skip


@dataclass(frozen=True)
class Work:
    """Runs to be grown: what they have in common, their goals, each with each seed."""

    options: dict[str, Any]
    goals: Sequence[Goal]
    seeds: Sequence[int]


class Folder:
    """Where everything of a bench lies: a new database for each arm."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._numbers = itertools.count()
        self.stub = path / "nothing.toml"
        self.stub.write_text(NOTHING)

    def database(self) -> str:
        return str(self._path / f"{next(self._numbers)}.db")

    def plan(self, work: Work) -> Path:
        path = self._path / f"{next(self._numbers)}.toml"
        texts, seeds = [goal.text for goal in work.goals], list(work.seeds)
        options = "".join(f"{name} = {json.dumps(said)}\n" for name, said in work.options.items())
        path.write_text(
            f"name = 'bench'\nseeds = {seeds}\nmeasures = ['nodes']\n"
            f"goals = {{ texts = {json.dumps(texts)} }}\n[run]\n{options}"
        )
        return path


@dataclass(frozen=True)
class Done:
    """What an arm took, and grew."""

    nodes: int
    gaps_s: list[float]
    """From one run's end to the next, the first from the start."""

    @property
    def runs_per_hour(self) -> float:
        return len(self.gaps_s) * 3600 / sum(self.gaps_s)


class Ends:
    """Notes when runs end."""

    def __init__(self) -> None:
        self._times = [time.perf_counter()]

    def note(self, ended: int) -> None:
        """Note that so many runs have ended."""
        if ended == len(self._times):
            self._times.append(time.perf_counter())

    @property
    def gaps_s(self) -> list[float]:
        return [after - before for before, after in itertools.pairwise(self._times)]


def one_engine(folder: Folder, work: Work, places: int) -> Done:
    """Carry an experiment out."""
    ends, path, db = Ends(), folder.plan(work), folder.database()
    found = recursor.experiment(
        path, db=db, at_once=places, watch=lambda progress: ends.note(progress.ended)
    )
    return Done(int(found.runs_df()["nodes"].sum()), ends.gaps_s)


def separate(folder: Folder, work: Work, places: int) -> Done:
    """Have a process each, so many at a time."""
    return asyncio.run(_separate(folder, work, places))


async def _separate(folder: Folder, work: Work, places: int) -> Done:
    db, free, ends, grew = folder.database(), asyncio.Semaphore(places), Ends(), list[int]()
    flags = [word for name, value in work.options.items() for word in (f"--{name}", str(value))]

    async def one(goal: Goal, seed: int) -> None:
        async with free:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "recursor", "run", goal.text, "--seed", str(seed)),
                *(*flags, "--db", db, "--display", "none", "--json"),
                stdout=asyncio.subprocess.PIPE,
            )
            told, _ = await process.communicate()
        grew.append(int(json.loads(told)["counts"]["nodes"]))
        ends.note(len(grew))

    await asyncio.gather(*(one(goal, seed) for seed in work.seeds for goal in work.goals))
    return Done(sum(grew), ends.gaps_s)


def one_process(folder: Folder, work: Work, places: int) -> Done:
    """Grow one run after the other here."""
    options = {name.replace("-", "_"): value for name, value in work.options.items()}
    db, ends = folder.database(), Ends()
    for number, (seed, goal) in enumerate(itertools.product(work.seeds, work.goals), 1):
        recursor.run(goal.text, seed=seed, db=db, warm=AHEAD, **options)
        ends.note(number)
    return Done(0, ends.gaps_s)


# --- measuring

Arm = Callable[[Folder, Work, int], Done]


def runs_per_hour(folder: Folder, size: Size) -> dict[int, dict[str, list[float]]]:
    """Return what SmolLM2 does in an hour, by runs at a time and arm; a number a round."""
    arms: dict[str, Arm] = {"one engine": one_engine, "separate": separate}
    found: dict[int, dict[str, list[float]]] = {n: {name: [] for name in arms} for n in PLACES}
    for number in range(size.rounds):
        work = Work(common(size.answer_tokens), GOALS[: size.runs], [number])
        nodes = set[int]()
        for places, name in _shuffled([(n, name) for n in PLACES for name in arms], number):
            print(f"round {number + 1}: {name}, {places} at a time", file=sys.stderr)
            done = arms[name](folder, work, places)
            found[places][name].append(done.runs_per_hour)
            nodes.add(done.nodes)
        said = "in each arm" if len(nodes) == 1 else "in different arms: not the same trees"
        print(f"round {number + 1}: {', '.join(map(str, nodes))} nodes {said}", file=sys.stderr)
    return found


def overhead(folder: Folder, size: Size) -> dict[str, list[float]]:
    """Return the milliseconds of a run that does nothing, by arm; a number a round."""
    arms: dict[str, Arm] = {
        "recursor.run in one process": one_process,
        "a run of an experiment": one_engine,
        "recursor run, a process each": separate,
    }
    found: dict[str, list[float]] = {name: [] for name in [*arms, FIRST]}
    work = Work(
        {"model": f"stub:{folder.stub}", "pack": "bare"}, GOALS[:1], list(range(size.empty))
    )
    for number in range(size.rounds):
        for name in _shuffled(arms, number):
            first, *others = arms[name](folder, work, 1).gaps_s
            found[name].append(statistics.median(others) * 1000)
            if name == "a run of an experiment":
                found[FIRST].append(first * 1000)
    return found


def _shuffled(things: Iterable[T], number: int) -> list[T]:
    chosen = list(things)
    return random.Random(number).sample(chosen, len(chosen))


# --- telling


def ratios(ours: Sequence[float], others: Sequence[float]) -> str:
    """Return the ratios of a round each: median (least-most)."""
    found = [one / other for one, other in zip(ours, others, strict=True)]
    return f"{statistics.median(found):.2f} ({min(found):.2f}-{max(found):.2f})"


def tell(hours: dict[int, dict[str, list[float]]], empty: dict[str, list[float]]) -> None:
    print(f"\n{'SmolLM2, runs an hour':32}{'one engine':>12}{'separate':>12}{'ratio':>22}")
    for places, arms in hours.items():
        one, apart = arms["one engine"], arms["separate"]
        print(f"{f'{places} at a time':32}{statistics.median(one):>12.0f}"
              f"{statistics.median(apart):>12.0f}{ratios(one, apart):>22}")  # fmt: skip
    base = next(iter(empty.values()))
    print(f"\n{'a run that does nothing':32}{'median ms':>12}{'ratio':>34}")
    for name, times in empty.items():
        print(f"{name:32}{statistics.median(times):>12.0f}{ratios(times, base):>34}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--quick", action="store_true", help="less of everything, in two minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round")
    options = parser.parse_args()
    size = QUICK if options.quick else FULL
    size = replace(size, rounds=options.rounds or size.rounds)
    print(f"{size}; {os.cpu_count()} cores, kernel {platform.release()}, load {os.getloadavg()}")
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(Path(path))
        empty, hours = overhead(folder, size), runs_per_hour(folder, size)
    tell(hours, empty)
    if options.json:
        options.json.write_text(json.dumps({"runs_per_hour": hours, "empty_ms": empty}, indent=2))


if __name__ == "__main__":
    main()
