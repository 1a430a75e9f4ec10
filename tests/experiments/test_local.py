"""An experiment on this machine, with real jails: its processes, its engine, its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import recursor
from recursor.errors import RecursorError
from recursor.experiments.conduct import Progress
from recursor.experiments.local import Child, Local
from recursor.models.shared import Host
from tests.conftest import Cli, environment_of_tests, read
from tests.experiments.plans import LIGHT, SMALL, write
from tests.models import tiny

pytestmark = [pytest.mark.jail, pytest.mark.alone]


def trials(db: str) -> list[str | None]:
    """Return the runs of the only experiment's trials, in order."""
    with recursor.open(db) as store:
        (experiment,) = store.experiments()
        return [trial.run for trial in store.trials(experiment.id)]


def children_of(process: int) -> list[int]:
    """Return the processes that grow a process's runs."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in listed}
    return [pid for pid, command in commands.items() if b"recursor.experiments.child" in command]


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.05)


def test_a_machine_that_is_full_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", full)
    with pytest.raises(RecursorError, match="cannot start a process: Resource temporarily"):
        asyncio.run(Child.start(Host()))


def test_its_runs_grow_and_its_table_says_what_they_are(cli: Cli, db: str, tmp_path: Path) -> None:
    path = write(tmp_path, LIGHT)
    done = cli("experiment", str(path), "--display", "plain")
    assert done.returncode == 0, done.stderr
    assert "small: 4 of 4 runs measured" in done.stdout
    assert "depth 2, text-1/1: " in done.stderr and "\n4/4 " in done.stderr
    frame = recursor.recorded_experiment("small", db=db).runs_df()
    assert list(frame["factor_depth"]) == [1, 2, 1, 2]
    assert list(frame["depth"]) == [1, 2, 1, 2]
    assert set(frame["provenance"]) == {"planted"}
    again = cli("experiment", str(path))
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "--resume goes on" in again.stderr


@pytest.mark.once
def test_a_run_of_an_experiment_is_replayed_as_any_other(db: str, tmp_path: Path) -> None:
    experiment = recursor.experiment(write(tmp_path, LIGHT, seeds="seeds = 1"), db=db)
    run = str(experiment.runs_df()["run"][1])
    replayed = recursor.replay(run, db=db)
    assert replayed.fidelity.is_exact
    assert replayed.record.experiment is None
    assert experiment.count().planned == 2


@pytest.mark.once
def test_one_engine_answers_as_many_would(db: str, tmp_path: Path) -> None:
    model = tiny.write(tmp_path / "tiny.gguf")
    program = tmp_path / "root.sh"
    program.write_text(
        'for n in 1 2 3; do ./query-model --max-tokens 8 "word $n" & done; wait\n'
        'printf "echo %s" "$(./query-model --max-tokens 4 again)" | ./run-program\n'
    )
    text = SMALL.replace("stub:paperclip", str(model)).replace(
        "[factors]", f'root = "{program}"\npack = "bare"\n[factors]'
    )
    recursor.experiment(write(tmp_path, text), db=db, at_once=2)
    for run in trials(db):
        found = read(db, str(run))
        alone = recursor.rerun(str(run), db=db)
        assert texts(found) == texts(read(db, alone.id))
        assert len(found["queries"]) == 4


def texts(run: dict[str, list[dict[str, object]]]) -> list[tuple[str, str]]:
    return sorted((str(query["key"]), str(query["answer"])) for query in run["queries"])


HELD = """
import sys
from recursor import cli
from recursor.cli import progress

def hold(told):
    if told.done == 2:
        print("held", flush=True)
        sys.stdin.read()

progress._nothing = hold
cli.main()
"""
"""The command line, which waits until its input is closed when two runs of an experiment ended."""


def start(
    path: Path, db: str, *options: str, main: tuple[str, str] = ("-m", "recursor")
) -> subprocess.Popen[str]:
    command = [sys.executable, *main, "experiment", str(path), "--db", db, *options]
    return subprocess.Popen(
        command, env=environment_of_tests(), cwd=path.parent, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGKILL],
)
def test_what_ends_it_loses_the_runs_under_way(
    number: signal.Signals, db: str, tmp_path: Path
) -> None:
    path = write(tmp_path, LIGHT, seeds="seeds = 4")
    process = start(path, db, "--at-once", "2", main=("-c", HELD))
    assert process.stdout and process.stdout.readline() == "held\n"
    children = children_of(process.pid)
    assert len(children) == 2
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    if number is not signal.SIGKILL:
        assert process.returncode == 130
        onward = f"recursor experiment {path} --resume --db {db}"
        assert told == f"recursor: interrupted; `{onward}` goes on\n"
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
    kept = [run for run in trials(db) if run]
    assert 2 <= len(kept) < 8

    recursor.experiment(path, db=db, resume=True)
    runs = trials(db)
    assert None not in runs
    assert set(kept) <= set(runs)
    with recursor.open(db) as store:
        recorded = store.runs()
        ends = {run.end_cause for run in recorded if run.id not in runs}
    assert ends <= {"interrupted"}
    assert len(recorded) <= 8 + 2


@pytest.mark.once
def test_a_process_that_is_killed_loses_its_run_alone(db: str, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_one(progress: Progress) -> None:
        if progress.done == 1 and not killed:
            killed.extend(children_of(os.getpid())[:1])
            os.kill(killed[0], signal.SIGKILL)

    experiment = recursor.experiment(write(tmp_path, LIGHT), db=db, at_once=2, watch=kill_one)
    assert killed
    assert (experiment.count().measured, experiment.count().failed) == (4, 0)


@pytest.mark.once
def test_a_failing_model_is_a_result(db: str, tmp_path: Path, stub: Callable[[str], str]) -> None:
    spec = stub("[[rule]]\nmatch = 'never'\nanswer = 'x'\n")
    text = LIGHT.replace('[run]\nmodel = "stub:paperclip"', "[run]").replace(
        "depth = [1, 2]", f'model = ["{spec}", "stub:paperclip"]'
    )
    experiment = recursor.experiment(write(tmp_path, text), db=db)
    assert (experiment.count().measured, experiment.count().failed) == (2, 2)
    (cause,) = experiment.count().causes
    assert cause.startswith("model: ")
    assert experiment.table_df()["n"].tolist() == [2, 2]


@pytest.mark.once
def test_two_experiments_at_once_share_a_database(db: str, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    started = [
        start(write(folder, LIGHT, name=f'name = "{folder.name}"'), db) for folder in folders
    ]
    for process in started:
        _, told = process.communicate(timeout=100)
        assert process.returncode == 0, told
    for folder in folders:
        assert recursor.recorded_experiment(folder.name, db=db).count().measured == 4


@pytest.mark.once
def test_a_probe_foretells_and_keeps_nothing(cli: Cli, db: str, tmp_path: Path) -> None:
    done = cli("experiment", "plan", str(write(tmp_path, LIGHT)), "--probe-time", "5m")
    assert done.returncode == 0, done.stderr
    assert "2 conditions x 2 runs = 4 runs" in done.stdout
    assert "as 4 planted runs in" in done.stdout
    assert "2 runs an arm are few" in done.stderr
    assert not Path(db).exists()
    grid = cli("experiment", "plan", str(write(tmp_path, LIGHT)), "--no-probe", "--json")
    assert '"runs": 4' in grid.stdout


def test_cancelled_twice_it_still_ends_its_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an experiment is: once whoever waits for it, and once more its own lanes."""
    monkeypatch.setattr("recursor.experiments.local.END_S", 0.5)

    async def broken_off() -> int:
        async with Local(1) as local:
            child = await local._start()
            monkeypatch.setattr(child, "grow", lambda _: asyncio.Event().wait())
            local._idle.append(child)
            os.kill(child._process.pid, signal.SIGSTOP)
            under_way = asyncio.create_task(local.execute(None))  # type: ignore[arg-type]
            for _ in range(2):
                await asyncio.sleep(0)
                under_way.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await under_way
        assert child._process.returncode is not None, "it is there still"
        return child._process.returncode

    # Who kills it twice may reap it before asyncio does, which calls the status 255 then.
    assert asyncio.run(broken_off()) in (-signal.SIGKILL, 255)
