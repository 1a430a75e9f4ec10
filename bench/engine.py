"""How many tokens a second the engine generates, beside other ways to serve the same model.

    python bench/engine.py [--model M]... [--at N]... [--rounds N] [--queries N]
                           [--tree RUN --db FILE] [--json FILE] [--quick]

- queries: prompts of random words, 400 in common and 30 of their own, 64 tokens generated; 1 to 16
  at a time. Every round has new words, the same for all: nothing is left over from the last round.
- tree: the prompts of a recorded run in the order of their arrival, as many at a time as the run
  had under way at its peak, each answered for as long as the recorded answer is: all have the same
  work. A new word before the prompts of each round keeps the last round out of caches. Without
  `--tree` a run of SmolLM2 is recorded: a program that pursues eight goals at once, and what grows.

Arms: our two modes; serial, llama_cpp's `create_completion` one query after the other, reusing its
last prefix; `llama_cpp.server`; llama-server from the sources of the same llama-cpp-python, in
three settings. All are loaded at once and take turns, shuffled in each round. Tokens are those that
were really generated; llama-server alone is told to ignore ends of text, which is to its advantage.

Read the ratios: each is taken within a round; median (least-most). Of our time, `decode` is spent
in llama.cpp, `sample` in drawing tokens, `rest` in Python; `reused` prompt tokens were not
computed. In full it takes hours on two cores. `--quick` is a glance, at so few and so short queries
that it decides no goal: eight at once find nothing of each other in llama-server's cache.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from signal import SIGTERM, default_int_handler, signal
from typing import Any

import servers
from rich.console import Console
from rich.table import Table

import recursor
from recursor.errors import RecursorError
from recursor.models.llama.engine import Llama, Options
from recursor.models.llama.scheduler import Mode
from recursor.models.registry import smollm2_path
from recursor.types import Language, Program, Rendered, Request, RunEnd, Sampling, Span

TAIL = 30
SEED = 1
GOALS = (
    "plan a birthday party", "clean the house", "write a short story", "find a job",
    "get a lot of paperclips by tomorrow", "learn a new language", "cook dinner", "sell the car",
)  # fmt: skip
FACTORS = [
    (8, "fast", "serial", 3.5), (8, "fast", "llama-server", 1.5),
    (8, "exact", "serial", 3.0), (8, "exact", "llama-server", 1.0),
    (1, "fast", "serial", 0.95), (1, "exact", "serial", 0.8),
]  # fmt: skip
"""The goals: at so many queries at a time, how many times as fast as which other."""
REST = 0.02
"""And the share of its time that the engine may spend in Python."""
MODELS = {"smollm2": smollm2_path, "smollm2-f16": servers.smollm2_f16}


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    rounds: int = 5
    places: tuple[int, ...] = (1, 2, 4, 8, 16)
    queries: int = 32
    common: int = 400
    answer: int = 64
    tree_goals: int = len(GOALS)
    tree_answer: int = 10_000
    """No answer of the tree is longer."""


FULL = Size()
QUICK = Size(1, (1, 8), queries=8, common=100, answer=8, tree_goals=3, tree_answer=8)


@dataclass(frozen=True)
class Work:
    """Queries to answer, `places` at a time, each of at most `tokens` tokens with its answer."""

    name: str
    places: int
    tokens: int
    fresh: Callable[[random.Random], list[Request]]
    """Makes the queries of one round."""


class Ours:
    """The engine, as a run uses it."""

    def __init__(self, path: Path, mode: Mode, work: Work) -> None:
        options = Options(mode=mode, slots=work.places, context=work.tokens)
        self._model = Llama(str(path), path, options)
        self._places = work.places
        self.close = self._model.close

    def run(self, requests: Sequence[Request]) -> Counter[str]:
        before = Counter(vars(self._model.counts))
        asyncio.run(self._answer(requests))
        spent = Counter(vars(self._model.counts))
        spent.subtract(before)
        return spent

    async def _answer(self, requests: Sequence[Request]) -> None:
        places = asyncio.Semaphore(self._places)

        async def one(request: Request) -> None:
            async with places:
                await self._model.complete(request)

        await asyncio.gather(*map(one, requests))


# --- workloads


def one_token_words(path: Path) -> list[str]:
    model = servers.llama.Llama(str(path), vocab_only=True, verbose=False)
    pieces = (model.detokenize([token]) for token in range(model.n_vocab()))
    found = [piece.decode() for piece in pieces if piece.isascii() and piece[1:].isalpha()]
    model.close()
    return [word for word in found if word.startswith(" ") and word.islower()]


def queries(words: list[str], places: int, size: Size) -> Work:
    """Return the workload of random prompts."""
    sampling = Sampling(temperature=0.8, top_k=40, top_p=0.95, max_tokens=size.answer)

    def fresh(rng: random.Random) -> list[Request]:
        common = rng.choices(words, k=size.common)
        prompts = ["".join(common + rng.choices(words, k=TAIL)) for _ in range(size.queries)]
        return [_request(prompt, sampling, rng.getrandbits(31)) for prompt in prompts]

    return Work("queries", places, 512, fresh)


def tree(words: list[str], db: Path, run: str, size: Size) -> Work:
    """Return the workload of a recorded run."""
    with recursor.open(str(db)) as store:
        rows = [row for row in store.queries(store.run(run).id) if row.answer_tokens]
    if not rows:
        raise RecursorError(f"the run {run} has no answer")
    changes = sorted([(row.started_at, 1) for row in rows] + [(row.ended_at, -1) for row in rows])
    places = max(sum(change for _, change in changes[:end]) for end in range(1, len(changes)))
    longest = max(row.prompt_tokens + row.answer_tokens for row in rows) + 16

    def fresh(rng: random.Random) -> list[Request]:
        word, found = rng.choice(words), []
        for row in rows:
            length = min(row.answer_tokens, size.tree_answer)
            sampling = Sampling(**{**row.parameters, "stop": (), "max_tokens": length})
            found.append(_request(word + row.rendered, sampling, row.seed))
        return found

    return Work("tree", places, -(-longest // 256) * 256, fresh)


def _request(text: str, sampling: Sampling, seed: int) -> Request:
    return Request(Rendered(text, (Span(0, len(text), "host"),), True), sampling, seed, "")


def record_tree(db: Path, goals: Sequence[str]) -> str:
    """Let SmolLM2 grow a tree; return the run's id."""
    words = " ".join(f"'{goal}'" for goal in goals)
    pursue = f'for goal in {words}; do\n./run-program <(./query-model "$goal") &\ndone\nwait'
    run = recursor.run(
        "several goals at once", model="smollm2", pack="examples-everywhere", db=str(db), seed=SEED,
        root=Program(Language.BASH, pursue), parallel=8, breadth=8, program_seconds=600.0,
    )  # fmt: skip
    if run.record.end_cause == RunEnd.INTERRUPTED:
        raise KeyboardInterrupt
    return run.id


# --- measuring


def measure(
    path: Path, work: Work, rounds: int, left_out: set[str]
) -> dict[str, list[Counter[str]]]:
    """Interleave the arms; return what each counted and how long it took, by round."""
    ways: dict[str, Callable[[], Any]] = {
        **{mode.value: lambda mode=mode: Ours(path, mode, work) for mode in Mode},
        "serial": lambda: servers.Serial(path, work.tokens),
        "llama_cpp.server": lambda: servers.python_server(path, work.places, work.tokens),
    }
    for name, setting in servers.SETTINGS.items():
        ways[name] = lambda setting=setting: servers.llama_server(
            path, setting, work.places, work.tokens
        )
    rng = random.Random(SEED)
    with ExitStack() as stack:
        arms = {}
        for name in ways:
            if name.split()[0] not in left_out:
                arms[name] = ways[name]()
                stack.callback(arms[name].close)
        for arm in arms.values():
            arm.run(_short(work.fresh(rng)[: work.places]))
        found: dict[str, list[Counter[str]]] = {name: [] for name in arms}
        for number in range(rounds):
            print(f"{work.name}, {work.places} at a time: round {number + 1}", file=sys.stderr)
            requests = work.fresh(rng)
            for name in rng.sample(sorted(arms), len(arms)):
                began = time.perf_counter()
                counted = arms[name].run(requests)
                counted["time_s"] = time.perf_counter() - began
                found[name].append(counted)
    return found


def _short(requests: list[Request]) -> list[Request]:
    """Make queries to warm up with."""
    sampling = Sampling(max_tokens=2)
    return [_request(each.rendered.text[-200:], sampling, each.seed) for each in requests]


def summarise(found: dict[str, list[Counter[str]]]) -> dict[str, dict[str, Any]]:
    """Return each arm's medians; ratios as median, least and most."""
    speeds = {arm: [c["answer_tokens"] / c["time_s"] for c in found[arm]] for arm in found}
    median = {arm: statistics.median(speeds[arm]) for arm in speeds}
    best = max((arm for arm in servers.SETTINGS if arm in found), key=median.get, default=None)
    rows = {}
    for arm, rounds in found.items():
        row: dict[str, Any] = {"tokens_per_s": median[arm], "best": arm == best}
        for name, other in {"serial": "serial", "llama-server": best}.items():
            if other:
                ratios = [a / b for a, b in zip(speeds[arm], speeds[other], strict=True)]
                row[name] = statistics.median(ratios), min(ratios), max(ratios)
        shares = [_shares(counted) for counted in rounds]
        row |= {part: statistics.median(share[part] for share in shares) for part in shares[0]}
        rows[arm] = row
    return rows


def _shares(counted: Counter[str]) -> dict[str, float]:
    shares = {}
    if "decode_s" in counted:
        shares = {part: counted[f"{part}_s"] / counted["time_s"] for part in ("decode", "sample")}
        shares["rest"] = 1 - sum(shares.values())
    if counted["prompt_tokens"]:
        shares["reused"] = counted["cached_tokens"] / counted["prompt_tokens"]
    return shares


# --- telling


def goals(cells: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """Say of each goal, for one model, whether it was reached; leave out what was not measured."""
    found = []
    at = {cell["places"]: cell["arms"] for cell in cells if cell["work"] == "queries"}
    for places, arm, other, factor in FACTORS:
        if ratio := at.get(places, {}).get(arm, {}).get(other):
            what = f"{arm}, {places} at a time: {ratio[0]:.2f} times {other}"
            found.append((f"{what}, goal {factor}", ratio[0] >= factor))
    for arm in Mode:
        rest = max(cell["arms"][arm]["rest"] for cell in cells)
        found.append((f"{arm}: at most {rest:.1%} in Python, goal {REST:.0%}", rest < REST))
    return found


def tell(model: str, cells: list[dict[str, Any]]) -> None:
    """Print a model's table and its goals."""
    shares = ("decode", "sample", "rest", "reused")
    table = Table("work", "at a time", "arm", title=model, title_justify="left")
    for heading in ("tokens/s", "to serial", "to best llama-server", *shares):
        table.add_column(heading, justify="right")
    for cell in cells:
        for arm, row in cell["arms"].items():
            ratios = [row.get(name) for name in ("serial", "llama-server")]
            table.add_row(
                cell["work"], str(cell["places"]), arm, f"{row['tokens_per_s']:.1f}",
                *("{:.2f} ({:.2f}-{:.2f})".format(*ratio) if ratio else "" for ratio in ratios),
                *(f"{row[share]:.1%}" if share in row else "" for share in shares),
            )  # fmt: skip
        table.add_section()
    Console(width=None if sys.stdout.isatty() else 150).print(table)
    for cell in cells:
        for arm in (arm for arm, row in cell["arms"].items() if row["best"]):
            print(f"best llama-server, {cell['work']}, {cell['places']} at a time: {arm}")
    for goal, reached in goals(cells):
        print(f"{'reached' if reached else 'missed '}  {goal}")


def host() -> dict[str, Any]:
    """Return what figures depend on."""
    facts = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.split(": ")[1] for line in facts if line.startswith("model name")), "")
    return {
        "processor": processor, "cores": servers.CORES, "kernel": platform.release(),
        "python": platform.python_version(), "llama_cpp": servers.llama.__version__,
        "load": os.getloadavg(),
        **{name: os.environ[name] for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")},
    }  # fmt: skip


def bench(options: argparse.Namespace) -> None:
    size = QUICK if options.quick else FULL
    size = replace(
        size, rounds=options.rounds or size.rounds, places=options.at or size.places,
        queries=options.queries or size.queries,
    )  # fmt: skip
    facts, cells, reached = host(), [], {}
    if options.json:
        options.json.touch()  # better refused now than in the end
    left_out = servers.left_out(build=not options.quick)
    for arm, reason in left_out.items():
        print(f"{arm} is left out: {reason}")
    print(f"{size}; {', '.join(f'{name} {fact}' for name, fact in facts.items())}")
    with tempfile.TemporaryDirectory() as folder:
        db = options.db or Path(folder) / "tree.db"
        run = options.tree or record_tree(db, GOALS[: size.tree_goals])
        signal(SIGTERM, default_int_handler)  # it stops the servers, as Ctrl-C does
        for model in options.model or (["smollm2"] if options.quick else MODELS):
            path = MODELS[model]() if model in MODELS else Path(model)
            words = one_token_words(path)
            works = [queries(words, places, size) for places in size.places]
            for work in [*works, tree(words, db, run, size)]:
                found = measure(path, work, size.rounds, {*left_out})
                cell = {"model": model, "work": work.name, "places": work.places}
                cells.append({**cell, "arms": summarise(found), "rounds": found})
                mine = [cell for cell in cells if cell["model"] == model]
                reached[model] = goals(mine)
                if options.json:  # what was measured so far is not lost
                    everything = {"host": facts, "size": vars(size), "goals": reached}
                    options.json.write_text(json.dumps({**everything, "cells": cells}, indent=2))
            tell(model, mine)
            if options.quick:
                print("--quick is too short to decide goals")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--model", action="append", help=f"{', '.join(MODELS)} or a .gguf file")
    parser.add_argument("--at", action="append", type=int, help="so many queries at a time")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--queries", type=int, help="so many queries a round")
    parser.add_argument("--tree", metavar="RUN", help="replay this run; needs --db")
    parser.add_argument("--db", type=Path)
    parser.add_argument("--quick", action="store_true", help="less of everything, in two minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything")
    options = parser.parse_args()
    if bool(options.tree) != bool(options.db):
        parser.error("--tree and --db need each other")
    try:
        bench(options)
    except (RecursorError, OSError, ValueError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
