"""`recursor db check` and `db backup`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from recursor.store import Store
from tests.cli.test_cli import one_line
from tests.conftest import Cli
from tests.store.test_recording import RUN, rows_of


def test_a_record_is_checked_and_copied(cli: Cli, db: str, tmp_path: Path) -> None:
    with Store(f"sqlite:///{db}", write=True) as store:
        store.add_together(rows_of()).result()
    assert "is as it was recorded; runs: 1" in cli("db", "check").stdout
    copy = tmp_path / "copy.db"
    assert cli("db", "backup", str(copy)).stdout == f"{copy} holds all of {db}\n"
    assert cli("tree", RUN).stdout == cli("tree", RUN, "--db", str(copy)).stdout
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("UPDATE node SET key = 'k' WHERE depth = 2")
    checked = cli("db", "check")
    assert (checked.returncode, checked.stdout.count("\n")) == (1, 1)
    assert checked.stdout.startswith(f"run {RUN}: ")
    assert cli("db", "check", "--db", str(copy)).returncode == 0


def test_mistakes_are_one_line(cli: Cli, db: str, tmp_path: Path) -> None:
    assert "there is no database" in one_line(cli("db", "check"), 1)
    assert "there is no database" in one_line(cli("db", "backup", "copy.db"), 1)
    Store(f"sqlite:///{db}", write=True).close()
    assert "exists already" in one_line(cli("db", "backup", db), 1)
    assert "cannot write none/copy.db: No such file" in one_line(
        cli("db", "backup", "none/copy.db"), 1
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["recursor.db"]
