"""An experiment on a dask cluster: a scheduler and two workers of this machine, with real jails."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import recursor
from recursor.errors import RecursorError, UsageError
from recursor.experiments import cluster
from recursor.experiments.conduct import Progress
from tests.conftest import environment_of_tests
from tests.experiments.plans import LIGHT, write

pytestmark = [pytest.mark.jail, pytest.mark.once, pytest.mark.alone]


class Machines:
    """A scheduler and its workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--host", "127.0.0.1")
        self.workers = [self._start_worker(str(number)) for number in range(2)]
        self.address = self._address().removeprefix("tcp://")

    def end(self) -> None:
        # Asked to end, a worker may wait half a minute for a lost neighbour.
        for process in (*self.workers, self.scheduler):
            process.kill()
        for process in (*self.workers, self.scheduler):
            process.wait()

    def _start_worker(self, name: str) -> subprocess.Popen[bytes]:
        return self._start(
            "worker", "--no-nanny", "--nthreads", "1", "--name", name,
            "--local-directory", str(self._folder),
        )  # fmt: skip

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        where = ("--scheduler-file", str(self._file), "--no-dashboard")
        command = [sys.executable, "-m", "dask", kind, *where, *options]
        with (self._folder / f"{kind}.log").open("ab") as log:
            environment = {**environment_of_tests(), "HOME": str(self._folder)}
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def _address(self) -> str:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            try:
                return str(json.loads(self._file.read_text())["address"])
            except (OSError, ValueError):
                time.sleep(0.1)
        raise AssertionError((self._folder / "scheduler.log").read_text())


@pytest.fixture
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    made = Machines(tmp_path_factory.mktemp("dask"))
    yield made
    made.end()


def test_a_worker_that_is_killed_loses_nothing_that_had_ended(
    machines: Machines, db: str, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if progress.done == 2 and not killed:
            machines.workers[0].kill()
            killed.append(machines.workers[0].wait())

    experiment = recursor.experiment(
        write(tmp_path, LIGHT, seeds="seeds = 4"),
        db=db,
        executor=f"dask://{machines.address}",
        watch=kill,
    )
    assert killed == [-signal.SIGKILL]
    assert (experiment.count().measured, experiment.count().failed) == (8, 0)
    with recursor.open(db) as store:
        runs = store.runs()
        assert len(runs) == 8
        assert {run.end_cause for run in runs} == {"completed"}
        assert {trial.run for trial in store.trials(experiment.record.id)} == {r.id for r in runs}
    assert recursor.replay(runs[1].id, db=db).fidelity.is_exact


def test_workers_write_to_postgresql_themselves(
    machines: Machines, postgresql: str, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if progress.done == 1 and not killed:
            machines.workers[0].kill()
            killed.append(machines.workers[0].wait())

    experiment = recursor.experiment(
        write(tmp_path, LIGHT),
        db=postgresql,
        executor=f"dask://{machines.address}",
        watch=kill,
    )
    assert killed
    assert (experiment.count().measured, experiment.count().failed) == (4, 0)
    with recursor.open(postgresql) as store:
        results = {trial.run for trial in store.trials(experiment.record.id)}
        others = [run.end_cause for run in store.runs() if run.id not in results]
    # Its run is kept as it was; it may have been complete before the worker could say so.
    assert set(others) <= {"interrupted", "completed"}
    assert len(others) <= 1
    assert list(experiment.runs_df()["depth"]) == [1, 2, 1, 2]


def test_without_its_scheduler_it_stops_and_goes_on_elsewhere(
    machines: Machines, db: str, tmp_path: Path
) -> None:
    path = write(tmp_path, LIGHT)
    ended = threading.Event()

    def kill(progress: Progress) -> None:
        if progress.done == 1 and not ended.is_set():
            machines.scheduler.kill()
            ended.set()

    with pytest.raises(RecursorError, match=r"the dask scheduler [0-9.:]+ is gone"):
        recursor.experiment(path, db=db, executor=f"dask://{machines.address}", watch=kill)
    assert ended.is_set()
    experiment = recursor.experiment(path, db=db, resume=True)
    assert experiment.count().measured == 4


def test_a_place_that_is_none_is_refused(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 1)
    path = write(tmp_path, LIGHT)
    with pytest.raises(UsageError, match="an executor is local or dask://HOST:PORT"):
        recursor.experiment(path, db=db, executor="moon")
    with recursor.open(db) as store:
        assert not store.experiments()
    with pytest.raises(UsageError, match=r"no dask scheduler answers at 127\.0\.0\.1:1"):
        recursor.experiment(path, db=db, executor="dask://127.0.0.1:1")
