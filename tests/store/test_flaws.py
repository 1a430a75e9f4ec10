"""What is wrong with a record is found, wherever it is; and a copy is the whole record."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from recursor.errors import UsageError
from recursor.store import Store
from tests.store.test_recording import CHILD, NODE, OTHER, RUN, in_sqlite, read, rows_of
from tests.store.test_store import a_run

LIVING = "01K0000000000000000000000C"
FLAWED = {
    "a flipped bit": ("UPDATE blob SET bytes = x'6c74' WHERE bytes = x'6c73'", "is not what was"),
    "missing content": ("DELETE FROM blob WHERE bytes = x'6c73'", "is missing"),
    "content that is cut off": (
        "UPDATE blob SET bytes = substr(bytes, 1, 20) WHERE codec = 'zstd'", "no row of ours"),
    "a node that is not below its parent": (
        f"UPDATE node SET depth = 7 WHERE id = '{CHILD}'", "not one below its parent"),
    "an instant that is none": (
        f"UPDATE node SET ended_at = 'now' WHERE id = '{NODE}'", "impossible ended_at"),
    "no JSON": (f"UPDATE run SET tags = '[[[' WHERE id = '{RUN}'", "no row of ours"),
    "an event's detail": (
        f"UPDATE event SET detail = '{{}}' WHERE run = '{RUN}'", "impossible denial"),
}  # fmt: skip


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A database of two runs that have ended and one that has not."""
    with Store(url, write=True) as opened:
        for record in (*rows_of(), *rows_of(OTHER, prefix="02K"), a_run(LIVING)):
            opened.add(record).result()
        yield opened


def amend(db: str, statement: str) -> None:
    with closing(sqlite3.connect(db)) as connection, connection:
        assert connection.execute(statement).rowcount > 0


def test_a_sound_record_has_no_flaw(store: Store) -> None:
    assert list(store.flaws()) == []


@in_sqlite
@pytest.mark.parametrize(("statement", "says"), FLAWED.values(), ids=FLAWED)
def test_a_flaw_is_told_of_its_run(store: Store, db: str, statement: str, says: str) -> None:
    amend(db, statement)
    (flaw,) = [each for each in store.flaws() if each.startswith(f"run {RUN}: ")]
    assert says in flaw
    assert not any(LIVING in flaw for flaw in store.flaws())


@in_sqlite
def test_rows_of_no_run_are_told_of(store: Store, db: str) -> None:
    amend(db, f"DELETE FROM run WHERE id = '{LIVING}'")
    assert list(store.flaws()) == []
    amend(db, f"DELETE FROM run WHERE id = '{RUN}'")
    assert "a row of node refers to a row of run that is not there" in list(store.flaws())


@in_sqlite
def test_damage_of_the_file_is_told_of(store: Store, db: str) -> None:
    store.close()
    with closing(sqlite3.connect(db)) as connection:
        (index, page), *_ = connection.execute(
            "SELECT name, rootpage FROM sqlite_master"
            " WHERE type = 'index' AND tbl_name = 'node' AND sql IS NOT NULL"
        )
        ((size,),) = connection.execute("PRAGMA page_size")
    with Path(db).open("r+b") as file:
        file.seek((page - 1) * size + 3)
        file.write(bytes(2))  # the number of its entries
    with Store(f"sqlite:///{db}") as damaged:
        assert f"wrong # of entries in index {index}" in list(damaged.flaws())


@in_sqlite
def test_a_copy_is_what_was_durable_then(store: Store, db: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(db)) as another:
        another.execute("BEGIN IMMEDIATE")
        another.execute("DELETE FROM event")
        store.copy(copy)
    with Store(f"sqlite:///{copy}") as copied:
        assert read(copied) == read(store)
        assert [run.id for run in copied.runs()] == [run.id for run in store.runs()]
        assert list(copied.flaws()) == []


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_server_s_database_is_copied_by_its_own_means(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pg_dump"):
        store.copy(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
