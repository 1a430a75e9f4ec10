"""What a recording costs to read: `python bench/replay.py [--nodes N] [--rounds N]`.

A run of so many nodes is written (not grown), then read: by whole commands, each a process of its
own with its start, and step by step. Medians; memory is the largest of all rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

import synthetic

import recursor
from recursor.analysis.walk import steps
from recursor.cli.draw import DRAWN
from recursor.records import RunRecord
from recursor.store import Store


@dataclass(frozen=True)
class Measure:
    """One line of the table."""

    name: str
    seconds: float
    peak_mb: float | None = None
    nodes_per_s: float | None = None


# --- a large run, read by commands


def reading(database: Path, rounds: int) -> list[Measure]:
    """Measure the commands that read a run, or a part of it; interleaved."""
    with Store(f"sqlite:///{database}") as store:
        run = store.run("last").id
        node = synthetic.node_id(len(store.below(run, limit=750).nodes) - 1)
        below = store.below(run, node, limit=1).total
    part = f"{run}/{node[-9:]}"
    commands = {
        "stats RUN": ("stats", run),
        f"tree RUN (its upper {DRAWN} nodes)": ("tree", run),
        f"tree RUN/NODE ({below} nodes)": ("tree", part),
        "show RUN/NODE": ("show", part),
        "--version (the start alone)": ("--version",),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, arguments in commands.items():
            found[name].append(_process(database, *arguments))
    return [
        Measure(name, statistics.median(s for s, _ in each), max(mb for _, mb in each))
        for name, each in found.items()
    ]


def _process(database: Path, *arguments: str) -> tuple[float, float]:
    """Run a command; return its seconds and its peak memory in MB."""
    command = [sys.executable, "-m", "recursor", *arguments]
    environment = {**os.environ, "RECURSOR_DB": str(database)}
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    spent_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"`recursor {' '.join(arguments)}` failed")
    return spent_s, used.ru_maxrss / 1000


# --- a run, step by step


def walking(database: Path, rounds: int) -> list[Measure]:
    """Measure a walk through the whole run, without a pause."""
    spent = []
    with Store(f"sqlite:///{database}") as store:
        run = store.run("last")
        nodes = store.tally(run.id).nodes.total()
        for _ in range(rounds):
            started = time.perf_counter()
            number = sum(1 for _ in steps(store, run))
            spent.append(time.perf_counter() - started)
    seconds = statistics.median(spent)
    return [Measure(f"walk ({number} steps)", seconds, nodes_per_s=nodes / seconds)]


# --- a small run, grown and replayed in real jails


def replaying(database: Path, rounds: int) -> list[Measure]:
    """Measure a stub's run and its replay, in turns."""
    small = str(database.with_name("small.db"))
    spent: dict[str, list[float]] = {"grow stub:paperclip": [], "replay it": []}
    for _ in range(rounds):
        grown = recursor.run("get a lot of paperclips", model="stub:paperclip", db=small)
        again = recursor.replay(grown.id, db=small)
        if not again.fidelity.is_exact:
            raise SystemExit("the replay diverged")
        spent["grow stub:paperclip"].append(_lasted(grown.record))
        spent["replay it"].append(_lasted(again.record))
    with recursor.open(small) as store:
        nodes = store.tally(grown.id).nodes.total()
    medians = {name: statistics.median(each) for name, each in spent.items()}
    return [Measure(name, s, nodes_per_s=nodes / s) for name, s in medians.items()]


def _lasted(run: RunRecord) -> float:
    began, ended = (datetime.fromisoformat(at or "") for at in (run.started_at, run.ended_at))
    return (ended - began).total_seconds()


PARTS = (reading, walking, replaying)


def _write(database: Path, nodes: int) -> None:
    """Write the run in a process of its own: a command's peak would include that of its parent."""
    writer = get_context("spawn").Process(target=synthetic.write, args=(database, nodes))
    writer.start()
    writer.join()
    if writer.exitcode:
        raise SystemExit("the run could not be written")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--nodes", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder, "large.db")
        _write(database, options.nodes)
        size_mb = database.stat().st_size / 1e6
        measures = [found for part in PARTS for found in part(database, options.rounds)]
    if options.json:
        rows = [asdict(measure) for measure in measures]
        out = {"nodes": options.nodes, "rounds": options.rounds, "mb": size_mb, "measures": rows}
        print(json.dumps(out, indent=2))
        return
    print(f"{options.nodes} nodes, {options.nodes * 3 // 2} queries, {size_mb:.0f} MB;")
    print(f"{options.rounds} rounds, medians; kernel {platform.release()}")
    print(f"{'':34}{'seconds':>9}{'peak MB':>9}{'nodes/s':>9}")
    for measure in measures:
        peak = "" if measure.peak_mb is None else f"{measure.peak_mb:.0f}"
        rate = "" if measure.nodes_per_s is None else f"{measure.nodes_per_s:.0f}"
        print(f"{measure.name:34}{measure.seconds:>9.2f}{peak:>9}{rate:>9}")


if __name__ == "__main__":
    main()
