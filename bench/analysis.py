"""What the measures are worth and what they cost: `python bench/analysis.py [--quick]`.

Detectors against planted truth, on the split `test` whose programs had no part in any threshold;
estimators against laws that are known; all measures of a run of a hundred thousand nodes on one
core. With --docs the tables take the place of those in docs/pages/explanation/validation.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from recursor.analysis import record
from recursor.planted import scripts, validation
from recursor.planted.plant import Plant, keep
from recursor.planted.scores import Score
from recursor.records import Recording
from recursor.store import Store
from recursor.types import Denial, Limits

PAGE = Path(__file__).parents[1] / "docs" / "pages" / "explanation" / "validation.md"
BEGIN, END = "<!-- make bench-analysis -->", "<!-- end -->"
NODES = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs, a smaller tree")
    parser.add_argument("--docs", action="store_true", help="put the tables into their page")
    parser.add_argument("--measure", metavar="DB", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(_measured(asked.measure)))
        return
    scores, bias = _scored(quick=asked.quick)
    nodes = NODES // 10 if asked.quick else NODES
    text = "\n\n".join([_score_table(scores), _bias_table(bias), _cost_table(nodes, _cost(nodes))])
    print(text)
    if asked.docs:
        whole = PAGE.read_text(encoding="utf-8")
        before, after = whole.split(BEGIN)[0], whole.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


# --- what the detectors are worth


def _scored(*, quick: bool) -> tuple[list[Score], Any]:
    coverage, bias = validation.branching_scores(20 if quick else 200)
    found = validation.source_scores("smollm2", "test", 2 if quick else 40)
    return [*validation.all_scores("test", quick=quick), *found, *coverage], bias


def _score_table(scores: list[Score]) -> str:
    rows = [
        "| what | TP | FP | FN | TN | precision | recall | accuracy | goal | met |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for each in scores:
        shares = " | ".join(_share(each, name) for name in ("precision", "recall", "accuracy"))
        counts = f"{each.tp} | {each.fp} | {each.fn} | {each.tn}"
        met = "yes" if each.is_met else "**no**"
        rows.append(f"| {each.name} | {counts} | {shares} | {each.goal} | {met} |")
    return "\n".join(rows)


def _share(score: Score, name: str) -> str:
    if name not in score.goal:
        return ""
    value, interval = getattr(score, name), score.interval(name)
    return "" if value is None else f"{value:.3f} ({interval.low:.2f}-{interval.high:.2f})"


def _bias_table(bias: Any) -> str:
    rows = [
        "| law | budget | depth | true m | bias of m(d) | bias of children a node |",
        "|---|---|---|---|---|---|",
    ]
    for row in bias.itertuples():
        budget = row.budget if row.stubborn else f"{row.budget}, gives up"
        rows.append(
            f"| {row.law} | {budget} | {row.depth} | {row.mean} | {row.bias:+.3f} |"
            f" {row.granted:+.3f} |"
        )
    return "\n".join(rows)


# --- what they cost


def _cost(nodes: int) -> dict[str, Any]:
    """Measure a run in a process of its own, on one core."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/large.db"
        with Store(url, write=True) as store:
            keep(store, _large(nodes))
        command = [sys.executable, __file__, "--measure", url]
        one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(
            ["taskset", "-c", "0", *command], stdout=subprocess.PIPE, check=True,
            env={**os.environ, **one},
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def _measured(url: str) -> dict[str, Any]:
    seconds = {}
    begun = time.perf_counter()
    with Store(url) as store:
        frames = record.read(store, store.runs())
    seconds["reading the record"] = time.perf_counter() - begun
    for name, measure in _measures():
        begun = time.perf_counter()
        measure(frames)
        seconds[name] = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"seconds": seconds, "peak_mb": peak, "distinct": frames.nodes["program"].nunique()}


def _measures() -> Iterator[tuple[str, Callable[[record.Frames], Any]]]:
    from recursor.analysis import (
        branching,
        denials,
        duplicates,
        flow,
        groups,
        heredity,
        motifs,
        populations,
        replication,
        shape,
        stops,
    )

    yield "branching by depth", branching.by_depth
    yield "survival", branching.survival
    yield "extinction", branching.extinction
    yield "shape against chance", shape.against_chance
    yield "duplicates", lambda frames: duplicates.compare(duplicates.duplicates(frames))
    yield (
        "replication and spectrum",
        lambda frames: heredity.spectrum(frames, replication.replication(frames).edges),
    )
    yield "heredity", heredity.heredity
    yield "denials", lambda frames: denials.table(denials.responses(frames))
    yield "motifs", motifs.motifs
    yield "stops", stops.stops
    yield "information flow", flow.flow
    yield "population over time", populations.over_time
    yield "by end cause", lambda frames: groups.nodes_by(frames, "end_cause")


def _large(nodes: int) -> Recording:
    """Plant a run of so many nodes whose programs are those of the families' cases.

    One in three is new: other words, and a number of its own; the others occur again.
    """
    drawn, plant = random.Random(0), Plant("large", 0, "be large", Limits(depth=64, nodes=nodes))
    texts = [text for seed in range(20) for text in _programs(seed)]
    ids: list[str] = []
    for number in range(nodes):
        parent = ids[max(0, number // 3 - drawn.randrange(3))] if ids else None
        language, program = drawn.choice(texts)
        if drawn.random() < 1 / 3:
            program += (
                f"# {number}\nprint({number})\n"
                if language == "python"
                else (f"echo {number}; VALUE_{number % 97}=$(date)\n")
            )
        query = plant.ask(parent, f"step {number}", f"```{language}\n{program}```")
        node = plant.grow(
            parent, program, language, origin=query, stdout=f"done {number % 997}\n",
            exit_code=int(number % 7 == 0), evidence="contained" if number % 50 == 0 else "broker",
        )  # fmt: skip
        ids.append(node)
        if number % 5 == 0:
            plant.ask(node, f"question {number}", f"an answer to {number} in some words")
        if number % 10 == 0:
            plant.ask(node, f"too much {number}", denial=Denial("breadth", 6, 7))
        if number % 20 == 0:
            value = f"an answer to {number} in some words"
            plant.note(
                node, "memory_put", {"key": f"k{number % 500}", "found": True}, content=value
            )
    return plant.recording()


def _programs(seed: int) -> Iterator[tuple[str, str]]:
    for case in scripts.cases("motifs", seed, "dev"):
        yield from case.programs.values()


def _cost_table(nodes: int, cost: dict[str, Any]) -> str:
    rows = [
        f"A run of {nodes:,} nodes, {cost['distinct']:,} different programs, on one core:",
        "",
        "| measure | s |",
        "|---|---|",
        *(f"| {name} | {spent:.1f} |" for name, spent in cost["seconds"].items()),
        f"| **all** | **{sum(cost['seconds'].values()):.1f}** |",
        "",
        f"Memory at its highest: {cost['peak_mb']:.0f} MB.",
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    main()
