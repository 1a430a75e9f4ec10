"""`recursor runs`: listing, and deleting whole runs."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from recursor import api
from recursor.cli.run import report
from recursor.store import Store, rows
from tests.cli.test_cli import one_line
from tests.conftest import Cli
from tests.store.test_recording import OTHER, RUN, rows_of
from tests.store.test_store import a_run


@pytest.fixture
def two(db: str) -> None:
    """Two runs that are the same in all but their ids, and a file that only the second left."""
    with Store(f"sqlite:///{db}", write=True) as store:
        for record in (*rows_of(), *rows_of(OTHER, prefix="02K")):
            store.add(record).result()
        store.add(a_run("01K0000000000000000000000C", goal="alone", profile="only mine")).result()


def content(db: str) -> tuple[set[str], set[str]]:
    """Return the digests of all content that is there, and of all that rows name."""
    named: set[str] = set()
    with closing(sqlite3.connect(db)) as connection:
        for table in rows.TABLES.values():
            for column in rows.content_columns(table):
                chosen = f'SELECT DISTINCT "{column.name}" FROM "{table.name}"'
                named |= {digest for (digest,) in connection.execute(chosen) if digest}
        return {digest for (digest,) in connection.execute("SELECT sha256 FROM blob")}, named


def ids(cli: Cli) -> list[str]:
    return [run["id"] for run in json.loads(cli("runs", "--json").stdout)["runs"]]


@pytest.mark.usefixtures("two")
def test_whole_runs_go_and_what_others_hold_stays(cli: Cli, db: str) -> None:
    with Store(f"sqlite:///{db}") as store:
        kept = [store.nodes(OTHER), store.queries(OTHER), store.files(OTHER), store.events(OTHER)]
    before, _ = content(db)
    removed = cli("runs", "rm", RUN.lower(), RUN, "last")
    assert (removed.returncode, removed.stdout.count("is deleted")) == (0, 2), removed.stderr
    assert ids(cli) == [OTHER]
    with Store(f"sqlite:///{db}") as store:
        assert kept == [
            store.nodes(OTHER), store.queries(OTHER), store.files(OTHER), store.events(OTHER)
        ]  # fmt: skip
        assert store.nodes(RUN) == []
    there, named = content(db)
    assert there == named
    assert len(before - there) == 1
    assert cli("runs", "rm", "last").returncode == 0
    with closing(sqlite3.connect(db)) as connection:
        for table in (*(table.name for table in rows.TABLES.values()), "blob"):
            assert connection.execute(f'SELECT count(*) FROM "{table}"').fetchone() == (0,)


@pytest.mark.usefixtures("two")
def test_a_living_run_is_refused_and_with_it_all_others(cli: Cli, db: str) -> None:
    with Store(f"sqlite:///{db}", write=True) as store:
        lock = store.hold(OTHER)
        assert "stop" in one_line(cli("runs", "rm", RUN, OTHER), 1)
        lock.release()
    assert len(ids(cli)) == 3


@pytest.mark.usefixtures("two")
def test_the_list_is_what_is_meant_without_a_command(cli: Cli) -> None:
    assert cli("runs").stdout == cli("runs", "list").stdout
    assert cli("runs", "--json").stdout == cli("runs", "list", "--json").stdout


def test_no_mistake_deletes_or_makes_anything(cli: Cli, db: str) -> None:
    assert "no database" in one_line(cli("runs", "rm", "last"), 1)
    assert "RUN" in one_line(cli("runs", "rm"), 2)
    assert "unexpected" in one_line(cli("runs", "--db", db, "rm", "last"), 2)
    assert not Path(db).exists()
    with Store(f"sqlite:///{db}", write=True) as store:
        store.add(a_run()).result()
    assert "no run 'nobody'" in one_line(cli("runs", "rm", "last", "nobody"), 2)
    assert len(ids(cli)) == 1


def test_a_command_that_is_told_names_the_database(
    db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = a_run(end_cause="interrupted")
    with Store(f"sqlite:///{db}", write=True) as store:
        store.add(run).result()
        url = str(store.url)
    for default, named in ((f"{url}.other", f" --db {db}"), (url, "")):
        monkeypatch.setattr("recursor.config.default_database", lambda default=default: default)
        assert report(api.Run(run, url), json_=False, fail_on_limit=False) == 130
        out, err = capsys.readouterr()
        assert f"`recursor show {run.id}{named}`" in out
        assert f"`recursor resume {run.id}{named}`" in err


def test_a_run_that_ended_by_a_fault_is_an_error(
    db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = a_run(end_cause="fault", end_detail="what nobody foresaw")
    with Store(f"sqlite:///{db}", write=True) as store:
        store.add(run).result()
        url = str(store.url)
    assert report(api.Run(run, url), json_=False, fail_on_limit=False) == 1
    assert "the run ended (fault): what nobody foresaw" in capsys.readouterr().err


def test_what_has_ended_is_not_stopped(db: str, cli: Cli) -> None:
    run = a_run(end_cause="completed")
    with Store(f"sqlite:///{db}", write=True) as store:
        store.add(run).result()
    assert "there is nothing to stop" in cli("stop").stdout
    told = json.loads(cli("stop", "--json").stdout)
    assert (told["run"], told["stopped"], told["end_cause"]) == (run.id, 0, "completed")
