"""What a jail costs to start, cold and warm, and what a flood costs others.

    python bench/jails.py [--rounds N] [--json]

- first output: from the order to the first byte that a program prints. Cold: an empty pool. Warm: a
  cell of the pool, which waits at its door.
- burst: eight programs at once, until the last one has ended, cold and warm.
- sustained: programs a second, at 1, 2 and 8 at a time. Jails: cells from a pool, proven, with door
  and harvest, without record. Beside them firejail with the same flags, bubblewrap and a process;
  and scopes, with record: answers that a program evaluates in its own jail.
- quiet: a query's latency in one jail, alone, and while another jail floods its own door.

Everything is interleaved in one process on one machine: read the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from peers import Peers

from recursor import prompts
from recursor.jail.launcher import Jails
from recursor.models import registry
from recursor.runs.grow import Growth
from recursor.runs.options import configure
from recursor.runs.pool import Pool
from recursor.store import Store
from recursor.types import Language, Limits, Program, RunConfig, RunEnd

BURST = 8
BATCH = 32
QUERIES = 20
HELLO = {
    Language.BASH: Program(Language.BASH, "echo hello"),
    Language.PYTHON: Program(Language.PYTHON, "print('hello', flush=True)"),
}


class Bench:
    """Each way to measure returns one number."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.limits = Limits()

    async def first_output(self, language: Language, *, warm: bool) -> float:
        """Milliseconds until a program's first byte."""
        jails = Jails(self.limits)
        pool = Pool(jails, 1 if warm else 0)
        heard: asyncio.Future[float] = asyncio.get_running_loop().create_future()

        def hear(*_: object) -> None:
            if not heard.done():
                heard.set_result(time.perf_counter())

        try:
            async with pool.open():
                pool.fill(1)
                await asyncio.gather(*pool._ahead)
                began = time.perf_counter()
                async with pool.cell() as cell:
                    cell.send(HELLO[language], None, hear)
                    return (await heard - began) * 1000
        finally:
            await asyncio.to_thread(jails.close)

    async def burst(self, *, warm: bool) -> float:
        """Milliseconds until the last of eight programs, asked for at once, has ended."""
        jails = Jails(self.limits)
        pool = Pool(jails, BURST if warm else 0)

        async def one() -> None:
            async with pool.cell() as cell:
                cell.send(HELLO[Language.BASH])
                await cell.jail.wait()
                done.append(time.perf_counter())

        done: list[float] = []
        try:
            async with pool.open():
                pool.fill(BURST)
                await asyncio.gather(*pool._ahead)
                began = time.perf_counter()
                await asyncio.gather(*(one() for _ in range(BURST)))
                return (max(done) - began) * 1000
        finally:
            await asyncio.to_thread(jails.close)

    async def jails(self, parallel: int) -> float:
        """Programs a second through a pool."""
        jails = Jails(self.limits)
        pool = Pool(jails, parallel)
        places = asyncio.Semaphore(parallel)

        async def one(number: int) -> None:
            async with places, pool.cell(min(parallel, BATCH - number)) as cell:
                cell.send(Program(Language.BASH, "true"))
                await cell.jail.wait()

        try:
            async with pool.open():
                began = time.perf_counter()
                await asyncio.gather(*map(one, range(BATCH)))
                return BATCH / (time.perf_counter() - began)
        finally:
            await asyncio.to_thread(jails.close)

    async def scopes(self, parallel: int) -> float:
        """Evaluated answers a second, in one jail."""
        each = BATCH // parallel
        program = (
            'A="$(./query-model x)"; a=$(date +%s%N)\n'
            f"for w in $(seq {parallel}); do\n"
            f'( for i in $(seq {each}); do eval "$A"; done ) &\ndone; wait\n'
            "echo $(( ($(date +%s%N) - a) / 1000 ))"
        )
        config = configure(
            "bench", model="stub", root=Program(Language.BASH, program), pack="bare", warm=0,
            breadth=1000, nodes=1000,
        )  # fmt: skip
        async with self._growth(config, "true") as (growth, store):
            record = await growth.grow(Growth.follow_goal)
            root, *scopes = store.nodes(record.id)
        assert len(scopes) == BATCH
        return BATCH / (int(root.stdout or b"0") / 1e6)

    async def processes(self, parallel: int, kind: str) -> float:
        """Runs a second of a peer."""
        peers = Peers()
        places = asyncio.Semaphore(parallel)

        async def one() -> None:
            async with places:
                await peers.run(kind)

        try:
            began = time.perf_counter()
            await asyncio.gather(*(one() for _ in range(BATCH)))
            return BATCH / (time.perf_counter() - began)
        finally:
            peers.close()

    async def quiet(self, *, flood: bool) -> float:
        """Milliseconds of a query, asked by one jail, median; another jail floods its own door."""
        quiet = (
            "import time, statistics\nfrom recursor_guest import query\ntimes = []\n"
            f"for n in range({QUERIES}):\n    began = time.perf_counter()\n    query(str(n))\n"
            "    times.append(time.perf_counter() - began)\n    time.sleep(0.02)\n"
            "print(statistics.median(times) * 1000)"
        )
        noise = (
            "import threading, recursor_guest as guest\n"
            "def ask():\n    while True:\n        try:\n            guest.run('x')\n"
            "        except Exception:\n            pass\n"
            "for _ in range(8):\n    threading.Thread(target=ask, daemon=True).start()\n"
            "threading.Event().wait()"
        )
        flooding = f"./run-program --language python << 'END' &\n{noise}\nEND\n" if flood else ""
        root = Program(
            Language.BASH,
            f"{flooding}sleep 1.5\n./run-program --language python << 'END'\n{quiet}\nEND\nexit",
        )
        config = configure(
            "bench", model="stub", root=root, pack="bare", parallel=8, warm=2, breadth=100, depth=2,
            nodes=3 if flood else 2, seconds=30.0,
        )  # fmt: skip
        async with self._growth(config, "fine") as (growth, _):
            growing = asyncio.create_task(growth.grow(Growth.follow_goal))
            while not (said := _quiet_output(growth)) and not growing.done():
                await asyncio.sleep(0.05)
            growth.stop(RunEnd.STOPPED)
            await growing
            return float(said or _quiet_output(growth))

    @asynccontextmanager
    async def _growth(self, config: RunConfig, answer: str) -> AsyncIterator[tuple[Growth, Store]]:
        """Make a run whose model gives one answer to everything."""
        stub = self.folder / "stub.toml"
        stub.write_text(f"[[rule]]\nmatch = ''\nanswer = '{answer}'\n")
        model, pack = registry.load(f"stub:{stub}"), prompts.load("bare")
        jails = Jails(config.limits)
        try:
            with Store(f"sqlite:///{self.folder / 'bench.db'}", write=True) as store:
                yield Growth(config, model, pack, store, jails), store
        finally:
            await asyncio.to_thread(jails.close)


def _quiet_output(growth: Growth) -> bytes:
    quiet = [n.record for n in growth.nodes if n.depth == 2 and "statistics" in n.record.program]
    return (quiet[0].stdout or b"") if quiet else b""


async def measure(rounds: int) -> dict[str, list[float]]:
    """Interleave every way; the numbers by name."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        ways: dict[str, Callable[[], Awaitable[float]]] = {}
        for language in Language:
            for warm in (False, True):
                name = f"first output, {language}, {'warm' if warm else 'cold'} (ms)"
                ways[name] = lambda la=language, w=warm: bench.first_output(la, warm=w)  # type: ignore[misc]
        for warm in (False, True):
            name = f"burst of {BURST}, {'warm' if warm else 'cold'} (ms)"
            ways[name] = lambda w=warm: bench.burst(warm=w)  # type: ignore[misc]
        kinds = (
            ["firejail", "bubblewrap", "plain"] if shutil.which("bwrap") else ["firejail", "plain"]
        )
        for parallel in (1, 2, 8):
            ways[f"jails, {parallel} at a time (1/s)"] = lambda p=parallel: bench.jails(p)  # type: ignore[misc]
            ways[f"scopes, {parallel} at a time (1/s)"] = lambda p=parallel: bench.scopes(p)  # type: ignore[misc]
            for kind in kinds:
                ways[f"{kind}, {parallel} at a time (1/s)"] = lambda p=parallel, k=kind: (  # type: ignore[misc]
                    bench.processes(p, k)
                )
        for flood in (False, True):
            name = f"query, {'while another jail floods' if flood else 'quiet'} (ms)"
            ways[name] = lambda f=flood: bench.quiet(flood=f)  # type: ignore[misc]
        found: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                found[name].append(await way())
        return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(measure(options.rounds))
    rows = {name: statistics.median(values) for name, values in found.items()}
    if options.json:
        print(json.dumps({"rounds": options.rounds, "median": rows, "all": found}, indent=2))
        return
    print(f"{options.rounds} rounds, interleaved, medians; kernel {platform.release()}")
    for name, value in rows.items():
        print(f"{name:45}{value:>9.1f}")


if __name__ == "__main__":
    main()
