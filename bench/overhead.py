"""What Recursor itself adds to a program and to a query: `python bench/overhead.py [--rounds N]`.

The same trivial program is run as a plain process, in bubblewrap, in firejail with the flags of a
run, and as a node of a run (jail, proof of isolation, door, record; 16 at once: per node). A query
is asked of a stub that answers at once: its time is the guest's client, the door, the ledger and
two commits. All are interleaved in one process on one machine: read the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import statistics
import tempfile
import time
from pathlib import Path

from peers import Peers

from recursor import prompts
from recursor.jail.launcher import Jails
from recursor.models import registry
from recursor.runs.grow import Growth
from recursor.runs.options import configure
from recursor.store import Store
from recursor.types import Language, Program

QUERIES = 20
BATCH = 16


class Bench:
    """The four ways to run a program, each returning milliseconds."""

    def __init__(self, folder: Path) -> None:
        self.peers = Peers()
        self.config = configure(
            "bench", model="stub:paperclip", breadth=1000, nodes=1000, queries=1000, parallel=8
        )
        self.jails = Jails(self.config.limits)
        self.folder = folder
        stub = folder / "stub.toml"
        stub.write_text("[[rule]]\nmatch = ''\nanswer = 'fine'\n")
        self.model = registry.load(f"stub:{stub}")
        self.pack = prompts.load("bare")

    async def peer(self, kind: str) -> float:
        started = time.perf_counter()
        await self.peers.run(kind)
        return (time.perf_counter() - started) * 1000

    async def nodes(self, number: int) -> float:
        """Milliseconds for a run of one root that executes `number` children at once, whole."""
        return await self.run(
            f"for i in $(seq {number}); do echo true | ./run-program & done; wait"
        )

    async def queries(self, number: int) -> float:
        """Milliseconds that the root program itself takes to ask `number` queries in a row."""
        asked = f'for i in $(seq {number}); do ./query-model "$i" > /dev/null; done'
        timed = f"a=$(date +%s%N); {asked}; echo $(( ($(date +%s%N) - a) / 1000 ))"
        return await self.run(timed, printed=True)

    async def run(self, program: str, *, printed: bool = False) -> float:
        root = Program(Language.BASH, program)
        with Store(f"sqlite:///{self.folder / 'bench.db'}", write=True) as store:
            config = configure(
                "bench", model="stub:paperclip", root=root, pack="bare", parallel=8,
                breadth=1000, nodes=1000, queries=1000,
            )  # fmt: skip
            growth = Growth(config, self.model, self.pack, store, self.jails)
            started = time.perf_counter()
            record = await growth.grow(Growth.follow_goal)
            spent_ms = (time.perf_counter() - started) * 1000
            if not printed:
                return spent_ms
            (node,) = store.nodes(record.id)
            return int(node.stdout or b"0") / 1000


async def measure(rounds: int) -> dict[str, list[float]]:
    """Interleave every way; milliseconds by name."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            times: dict[str, list[float]] = {
                name: [] for name in [*bench.peers.kinds, "node", "node of 16", "query"]
            }
            for _ in range(rounds):
                for kind in bench.peers.kinds:
                    times[kind].append(await bench.peer(kind))
                empty, one, many = (
                    await bench.nodes(0),
                    await bench.nodes(1),
                    await bench.nodes(BATCH),
                )
                times["node"].append(one - empty)
                times["node of 16"].append((many - empty) / BATCH)
                times["query"].append(await bench.queries(QUERIES) / QUERIES)
        finally:
            bench.jails.close()
            bench.peers.close()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    times = asyncio.run(measure(options.rounds))
    rows = {name: statistics.median(values) for name, values in times.items()}
    if options.json:
        print(json.dumps({"rounds": options.rounds, "median_ms": rows, "all_ms": times}, indent=2))
        return
    base, jail = rows["plain"], rows["firejail"]
    print(f"{options.rounds} rounds, interleaved; kernel {platform.release()}")
    print(f"{'':24}{'median ms':>10}{'to process':>12}{'to firejail':>12}")
    for name, value in rows.items():
        print(f"{name:24}{value:>10.1f}{value / base:>12.1f}{value / jail:>12.2f}")


if __name__ == "__main__":
    main()
