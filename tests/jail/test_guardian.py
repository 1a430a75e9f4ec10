"""Whatever is killed, nothing of a run lives on, and nothing piles up."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recursor.jail import cgroup
from recursor.jail.launcher import Jails
from recursor.runs.grow import Growth
from recursor.runs.node import Node
from recursor.runs.pool import Pool
from recursor.types import Language, Limits, NodeEnd, Program, RunEnd
from tests.conftest import Cli, Grow, environment_of_tests, read, root_rule

pytestmark = [pytest.mark.jail, pytest.mark.alone]
GONE_S = 60.0
"""On a quiet machine it takes less than one; a busy one starts and ends processes late."""
STARTED_S = 60.0
Start = Callable[[str], "subprocess.Popen[str]"]
STAYING = """
(trap '' TERM HUP INT; setsid sleep 8765432 &) &
for i in 1 2 3; do echo 'sleep 8765432' | ./run-program & done
wait
"""


def living() -> list[str]:
    """Every process of jails on this machine that this test's programs started."""
    found = subprocess.run(["ps", "axo", "args"], capture_output=True, text=True, check=True)
    marks = ("8765432", "firejail --quiet --profile=/tmp/recursor-")
    return [line for line in found.stdout.splitlines() if any(mark in line for mark in marks)]


def wait_for(holds: object, seconds: float) -> float:
    began = time.monotonic()
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < began + seconds, f"not within {seconds} s: {living()}"
        time.sleep(0.01)
    return time.monotonic() - began


def scratch() -> set[Path]:
    return set(Path("/tmp").glob("recursor-*"))


@pytest.fixture
def start(db: str, tmp_path: Path) -> Iterator[Start]:
    """Start a run with a stub's rules in a process of its own; kill it after the test."""
    runs: list[subprocess.Popen[str]] = []

    def begin(rules: str) -> subprocess.Popen[str]:
        stub = tmp_path / "stub.toml"
        stub.write_text(rules, encoding="utf-8")
        runs.append(popen(stub, db))
        return runs[-1]

    yield begin
    for run in runs:
        run.kill()
        run.communicate()


def popen(stub: Path, db: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "recursor", "run", "goal", "-m", f"stub:{stub}", "--db", db],
        env=environment_of_tests(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def run(start: Start) -> subprocess.Popen[str]:
    """A run of four programs that stay."""
    run = start(root_rule(STAYING))
    wait_for(lambda: sum(line == "sleep 8765432" for line in living()) == 4, STARTED_S)
    return run


def guardian_of(run: subprocess.Popen[str]) -> int:
    (child,) = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    return int(child)


def firejails_of(guardian: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{guardian}/task/{guardian}/children").read_text().split()]


def test_a_killed_supervisor_leaves_nothing(run: subprocess.Popen[str]) -> None:
    before = scratch()
    run.kill()
    run.communicate()
    wait_for(lambda: not living(), GONE_S)
    wait_for(lambda: scratch() <= before, GONE_S)


def test_a_supervisor_that_is_killed_between_jails_leaves_no_group(tmp_path: Path) -> None:
    before = leftovers()
    code = (
        "import os; from recursor.jail.launcher import *; Jails(Limits()); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], env=environment_of_tests())
    wait_for(lambda: leftovers() <= before, GONE_S)


def test_a_killed_guardian_ends_the_run_and_leaves_nothing(run: subprocess.Popen[str]) -> None:
    before = scratch()
    os.kill(guardian_of(run), signal.SIGKILL)
    wait_for(lambda: not living(), GONE_S)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 5
    assert "guardian" in err
    assert "Traceback" not in err
    assert scratch() <= before


def test_killed_firejails_leave_nothing_and_the_run_goes_on(
    run: subprocess.Popen[str], db: str
) -> None:
    for pid in firejails_of(guardian_of(run)):
        os.kill(pid, signal.SIGKILL)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    assert not living()
    nodes = read(db, "last")["nodes"]
    assert [(n["end_cause"], n["killed_by"]) for n in nodes] == [("killed", "somebody outside")] * 4


def test_a_warm_jail_that_is_killed_is_replaced() -> None:
    async def use() -> list[str]:
        jails = Jails(Limits())
        pool = Pool(jails, 2)
        try:
            async with pool.open():
                pool.fill(2)
                made = await asyncio.gather(*pool._ahead)
                for cell in made:
                    assert cell.jail.pid
                    os.kill(cell.jail.pid, signal.SIGKILL)
                await asyncio.wait([cell.jail.ended for cell in made])
                async with pool.cell() as cell:
                    cell.send(Program(Language.BASH, "echo here"))
                    await cell.jail.wait()
                return [cell.jail.outcome().stdout.data.decode()]
        finally:
            jails.close()

    assert asyncio.run(use()) == ["here\n"]


def test_stop_ends_a_whole_run_with_a_proof(run: subprocess.Popen[str], db: str, cli: Cli) -> None:
    stopped = cli("stop", "last", "--json")
    rows = read(db, "last")
    said = json.loads(stopped.stdout)
    assert stopped.returncode == 0, stopped.stderr
    assert (said["stopped"], said["living_processes"], said["doors_open"]) == (4, 0, 0)
    assert said["seconds"] < GONE_S
    assert not living()
    run.communicate(timeout=60)
    assert run.returncode == 130
    assert read(db, "last") == rows, "no row was written after stop had returned"
    assert rows["run"]["end_cause"] == "stopped"
    assert [node["end_cause"] for node in rows["nodes"]] == ["stopped"] * 4
    assert all(node["program"] for node in rows["nodes"])
    assert "nothing to stop" in cli("stop", "last").stdout


def test_stop_ends_a_part_of_a_run(db: str, start: Start, cli: Cli) -> None:
    child = (
        "(./query-model never; echo never) & echo kept > mark; echo 'sleep 8765432' | ./run-program"
    )
    program = (
        f"cat > child << 'END'\n{child}\nEND\n./run-program child; echo $?; sleep 0.5; echo on"
    )
    slow = "[[rule]]\nmatch='never'\nanswer='never'\ndelay_ms=60000\n"
    run = start(root_rule(program) + slow)
    wait_for(lambda: "sleep 8765432" in living(), STARTED_S)
    wait_for(lambda: len(read(db, "last")["queries"]) == 2, STARTED_S)
    _, middle, _ = read(db, "last")["nodes"]
    stopped = cli("stop", "last", "--node", middle["id"][-6:], "--json")
    said = json.loads(stopped.stdout)
    assert (said["stopped"], said["living_processes"], said["doors_open"]) == (2, 0, 0)
    assert said["seconds"] < GONE_S
    before = read(db, "last")
    run.communicate(timeout=60)
    after = read(db, "last")
    causes = [node["end_cause"] for node in after["nodes"]]
    assert causes == ["exited", "stopped", "stopped"]
    assert after["nodes"][0]["stdout"]["text"] == "137\non\n"
    assert before["nodes"][1:] == after["nodes"][1:], "nothing of the part was written afterwards"
    assert before["queries"][1]["decision"] == "failed"
    assert [file["path"] for file in after["nodes"][1]["files"]] == ["child", "mark"] or [
        file["path"] for file in after["nodes"][1]["files"]
    ] == ["mark"]
    assert after["run"]["end_cause"] == "completed"


def test_stop_knows_what_it_cannot_stop(run: subprocess.Popen[str], cli: Cli) -> None:
    assert "no nodes match" in cli("stop", "last", "--node", "zzzzzz").stderr
    assert cli("stop", "last", "--node", "zzzzzz").returncode == 2
    run.kill()
    run.communicate()
    wait_for(lambda: not living(), GONE_S)
    assert "interrupted" in cli("stop", "last").stdout


def test_two_runs_at_once_do_not_see_each_other(
    run: subprocess.Popen[str], db: str, tmp_path: Path, cli: Cli
) -> None:
    look = (
        "ls -d /proc/[0-9]* | wc -l; ls /tmp /dev/shm; find / -name 'recursor-????????' 2>/dev/null"
    )
    stub = tmp_path / "other.toml"
    stub.write_text(root_rule(look + "; kill -9 -1"), encoding="utf-8")
    other = cli("run", "goal", "-m", f"stub:{stub}", "--db", f"{db}.other")
    assert other.returncode == 0, other.stderr
    assert sum(line == "sleep 8765432" for line in living()) == 4
    said = read(f"{db}.other", "last")["nodes"][0]["stdout"]["text"]
    assert int(said.split()[0]) < 12
    assert "recursor-" not in said.replace("recursor-test", "")
    run.kill()
    run.communicate()
    wait_for(lambda: not living(), GONE_S)


def leftovers() -> Counter[str]:
    """Count what could pile up on the host; firejail takes away what an earlier one left."""
    folders = [Path("/run/firejail") / name for name in ("name", "profile", "network", "bandwidth")]
    groups = subprocess.run(
        ["find", "/sys/fs/cgroup", "-name", "recursor-*"], capture_output=True, text=True
    )
    found = {
        "mounts": len(Path("/proc/mounts").read_text().splitlines()),
        "groups": len(groups.stdout.splitlines()),
        "folders": len(list(Path("/tmp").glob("recursor-*"))),
        "firejail": sum(
            not Path("/proc", file.name.split("-")[0]).exists()
            for folder in folders
            if os.access(folder, os.R_OK)
            for file in folder.iterdir()
        ),
    }
    return Counter(found)


def many(number: int) -> None:
    async def use() -> None:
        jails = Jails(Limits())
        pool = Pool(jails, 4)
        places = asyncio.Semaphore(4)

        async def one() -> None:
            async with places, pool.cell(4) as cell:
                cell.send(Program(Language.BASH, "true"))
                await cell.jail.wait()
            assert cell.jail.outcome().end_cause is NodeEnd.EXITED

        try:
            async with pool.open():
                await asyncio.gather(*(one() for _ in range(number)))
        finally:
            jails.close()

    asyncio.run(use())


def test_nothing_piles_up() -> None:
    many(4)
    before = leftovers()
    many(60)
    assert leftovers() <= before


@pytest.mark.slow
def test_nothing_piles_up_over_a_thousand_runs(grow: Grow) -> None:
    grow(root_rule("true"), warm=1)
    before = leftovers()
    for _ in range(1000):
        grow(root_rule("true"), nodes=1)
    assert leftovers() <= before


def test_a_stop_while_a_jail_is_made_wins(grow: Grow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program of a node that is stopped during its launch never starts."""
    make = Pool._make

    async def slow(pool: Pool) -> object:
        if pool._stop_me is not None:  # type: ignore[attr-defined]
            asyncio.get_running_loop().call_later(0.02, pool._stop_me)  # type: ignore[attr-defined]
        return await make(pool)

    monkeypatch.setattr(Pool, "_stop_me", None, raising=False)
    monkeypatch.setattr(Pool, "_make", slow)

    def watch(growth: Growth) -> None:
        monkeypatch.setattr(Pool, "_stop_me", staticmethod(lambda: growth.stop(RunEnd.STOPPED)))

    run = grow(root_rule("echo started"), warm=0, watch=watch)
    assert run["run"]["end_cause"] == "stopped"
    assert [node["end_cause"] for node in run["nodes"]] == ["stopped"]
    assert run["nodes"][0]["stdout"]["bytes_total"] == 0


def test_a_stop_before_the_first_step_wins(grow: Grow, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node whose work is broken off before it begins has its record too, and an end."""
    begin = Growth.begin

    async def stopped(self: Growth, *arguments: Any) -> Any:
        node = await begin(self, *arguments)
        assert isinstance(node, Node)
        assert node.work is not None
        node.is_stopped = True
        node.work.cancel()
        await self.stop_below(node, "operator")
        return node

    monkeypatch.setattr(Growth, "begin", stopped)
    run = grow(root_rule("echo started"))
    assert [(node["end_cause"], node["killed_by"]) for node in run["nodes"]] == [
        ("stopped", "operator")
    ]


def hierarchy(tmp_path: Path, *, version: int) -> Path:
    """A /proc/PID and a /sys/fs/cgroup as files, for machines that these tests do not run on."""
    top = tmp_path / "cgroup"
    top.mkdir()
    proc = tmp_path / "proc"
    proc.mkdir()
    kind, options = ("cgroup2", "rw") if version == 2 else ("cgroup", "rw,memory")
    (proc / "mounts").write_text(f"none {top} {kind} {options} 0 0\n")
    (proc / "cgroup").write_text("0::/\n" if version == 2 else "4:memory:/own\n")
    (top / "cgroup.subtree_control").touch()
    return proc


def test_groups_need_a_controller_and_are_none_otherwise(tmp_path: Path) -> None:
    proc = hierarchy(tmp_path, version=2)
    # A plain folder grants nothing: the new group has no `cgroup.subtree_control` to write to.
    assert cgroup.for_root("run", proc) is None
    assert not (tmp_path / "cgroup" / "run").exists()


@pytest.mark.parametrize(
    ("said", "over"), [("oom_kill 0", False), ("oom_kill 2", True), ("", False)]
)
def test_a_group_tells_whether_the_kernel_killed(tmp_path: Path, said: str, over: bool) -> None:
    for version, file in ((1, "memory.oom_control"), (2, "memory.events")):
        (tmp_path / "7").mkdir(exist_ok=True)
        (tmp_path / "7" / file).write_text(f"under_oom 0\n{said}\n")
        assert cgroup.Groups(version, tmp_path, None).overflowed("7") is over
