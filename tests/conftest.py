"""Shared fixtures: a database, and runs grown with a stub in real jails."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import recursor
from recursor.export.document import document
from recursor.store import Store
from tests import warm
from tests.postgresql import Server

collect_ignore = ["example"]
"""A project of its own, whose tests `test_pytest_plugin` runs."""

# How long an example takes says something of the machine, and of what else it does.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")

Grow = Callable[..., dict[str, Any]]
Cli = Callable[..., "subprocess.CompletedProcess[str]"]
Without = Callable[..., dict[str, str]]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only root can do; nothing is ever skipped for want of a jail."""
    if os.geteuid() != 0:
        left_out = [item for item in items if item.get_closest_marker("root")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def db(tmp_path: Path) -> str:
    """The path of a database that does not exist yet."""
    return str(tmp_path / "recursor.db")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server, with an empty database `ready` that has our schema."""
    with Server() as started:
        ready = started.make()
        Store(started.url(ready), write=True).close()
        started.ready = ready
        yield started


@pytest.fixture
def postgresql(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a PostgreSQL database that holds no run.

    The sockets of its runs lie in XDG_DATA_HOME, which `cli` has to be told.
    """
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with server.lend() as url:
        yield url


@pytest.fixture
def stub(tmp_path: Path) -> Callable[[str], str]:
    """Write a stub's rules to a file; return its model spec."""

    def write(rules: str) -> str:
        path = tmp_path / "stub.toml"
        path.write_text(rules, encoding="utf-8")
        return f"stub:{path}"

    return write


@pytest.fixture
def grow(db: str, stub: Callable[[str], str]) -> Grow:
    """Grow a run from a stub's rules; return it as `show --json` prints it."""

    def grown(rules: str, goal: str = "goal", **options: Any) -> dict[str, Any]:
        run = recursor.run(goal, model=stub(rules), db=db, **options)
        return read(db, run.id)

    return grown


@pytest.fixture
def cli(db: str, tmp_path: Path) -> Cli:
    """Run the command line with this test's database, in this test's folder."""

    def run(
        *arguments: str, env: Mapping[str, str] | None = None, **options: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {**environment_of_tests(), "RECURSOR_DB": db, **(env or {})}
        if env and "PYTHONPATH" in env:  # it is to be imported otherwise
            command = [sys.executable, "-m", "recursor", *arguments]
            return subprocess.run(
                command, capture_output=True, text=True, cwd=tmp_path, env=environment
            )
        return warm.recursor(arguments, cwd=tmp_path, env=environment, **options)

    return run


@pytest.fixture
def without(tmp_path: Path) -> Without:
    """Make an environment in which some packages are not there."""

    def environment(*packages: str) -> dict[str, str]:
        missing = "".join(f"sys.modules[{name!r}] = None\n" for name in packages)
        (tmp_path / "sitecustomize.py").write_text(f"import sys\n{missing}")
        return {"PYTHONPATH": f"{tmp_path}:{environment_of_tests()['PYTHONPATH']}"}

    return environment


def environment_of_tests() -> dict[str, str]:
    """The environment of a command: where the package is, and no settings of the user's."""
    root = Path(recursor.__file__).parents[1]
    return {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root), "HOME": "/nonexistent"}


def read(db: str, run: str) -> dict[str, Any]:
    """Return a whole run as one JSON document."""
    with recursor.open(db) as store:
        record = store.run(run)
        return document(
            record,
            store.nodes(record.id),
            store.queries(record.id),
            store.events(record.id),
            store.files(record.id, content=False),
        )


def root_rule(program: str, language: str = "bash") -> str:
    """A stub rule whose answer to any goal is a program."""
    return f"[[rule]]\nmatch = '^goal$'\nanswer = '''\n```{language}\n{program}\n```\n'''\n"
