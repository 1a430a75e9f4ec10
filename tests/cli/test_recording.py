"""`recursor export` and `import`, and every reading command on a recording as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recursor.export import recording
from recursor.store import Store
from tests.cli.test_cli import PAPERCLIP, one_line
from tests.conftest import Cli
from tests.store.test_recording import NODE, OTHER, RUN, rows_of


@pytest.fixture
def otter(db: str, tmp_path: Path) -> Path:
    """A recording of a run of a database that is not there any more."""
    with Store(f"sqlite:///{db}", write=True) as store:
        for record in rows_of():
            store.add(record).result()
        recording.write(store, store.run(RUN), tmp_path / "otter.recursor")
    Path(db).unlink()
    return tmp_path / "otter.recursor"


@pytest.mark.jail
def test_a_run_moves_to_another_machine(cli: Cli, tmp_path: Path) -> None:
    assert cli(*PAPERCLIP, "--name", "otter").returncode == 0
    exported = cli("export", "otter", "-f", "recursor", "-o", "otter.recursor")
    assert exported.returncode == 0, exported.stderr
    assert (tmp_path / "otter.recursor").stat().st_size < 50_000
    there = ("--db", str(tmp_path / "there.db"))
    assert cli("import", "otter.recursor", *there).returncode == 0
    assert cli("show", "--json", *there).stdout == cli("show", "--json").stdout


def test_it_is_read_as_it_is(cli: Cli, otter: Path, db: str) -> None:
    tree = cli("tree", "otter.recursor")
    assert (tree.returncode, tree.stdout.count("bash ")) == (0, 2), tree.stderr
    shown = json.loads(cli("show", str(otter), "--json").stdout)
    assert shown["run"]["id"] == RUN
    assert shown["run"]["end_cause"] == "interrupted"
    node = json.loads(cli("show", f"./otter.recursor/{NODE[-6:]}", "--json").stdout)["node"]
    assert node["id"] == NODE
    file = cli("show", f"{otter}/{NODE}", "--file", "out.bin", errors="replace").stdout
    assert file.startswith("\x00\x01\x02")
    assert json.loads(cli("stats", "otter.recursor", "--json").stdout)["stats"]["nodes"] == 2
    assert not Path(db).exists()


def test_it_does_nothing_to_the_terminal(cli: Cli, db: str, tmp_path: Path) -> None:
    owned = "\x1b]0;owned\x07"
    with Store(f"sqlite:///{db}", write=True) as store:
        run, *others = rows_of()
        changed = dict.fromkeys(("name", "model", "pack", "engine", "end_detail"), owned)
        store.add(run.__class__(**{**vars(run), **changed, "end_cause": owned})).result()
        told = {"language", "kind", "end_cause", "error", "observer", "finish_reason"}
        for record in others:
            own: dict[str, object] = dict.fromkeys(told & vars(record).keys(), owned)
            if "denial" in vars(record):
                own["denial"] = {"limit": owned, "limit_value": 1, "asked": 2}
            store.add(record.__class__(**{**vars(record), **own})).result()
        recording.write(store, store.run(RUN), tmp_path / "evil.recursor")
    evil = ["evil.recursor", f"evil.recursor/{NODE}"]
    for command in (("tree", evil[0]), ("show", evil[0]), ("show", evil[1]), ("stats", evil[0]),
                    ("runs",)):  # fmt: skip
        shown = cli(*command)
        assert shown.returncode == 0, shown.stderr
        assert "owned" in shown.stdout
        assert "\x1b" not in shown.stdout


def test_it_is_imported_once(cli: Cli, otter: Path) -> None:
    assert "is recorded" in cli("import", "otter.recursor").stdout
    again = cli("import", "otter.recursor")
    assert (again.returncode, "already, the same" in again.stdout) == (0, True)
    assert [run["id"] for run in json.loads(cli("runs", "--json").stdout)["runs"]] == [RUN]
    assert cli("tree", "otter").stdout == cli("tree", str(otter)).stdout


def test_mistakes_are_one_line(cli: Cli, otter: Path, db: str, tmp_path: Path) -> None:
    (tmp_path / "text.recursor").write_text("text")
    for command, code, says in (
        (("import", "text.recursor"), 1, "text.recursor is no recording"),
        (("tree", "text.recursor"), 1, "text.recursor is no recording"),
        (("import", "none.recursor"), 1, "cannot read none.recursor: No such file"),
        (("show", "none.recursor/X"), 2, "there is no recording none.recursor"),
        (("tree", f"{OTHER}.recursor"), 2, "there is no recording"),
        (("export", str(otter), "-o", str(otter)), 1, "exists already"),
        (("export", str(otter), "-o", "otter.db"), 2, "ends with .recursor"),
        (("export", str(otter)), 2, "--output"),
        (("export", "otter", "-o", "x.recursor"), 1, "no database"),
        (("export", str(otter), "-f", "xml", "-o", "x.recursor"), 2, "xml"),
    ):
        assert says in one_line(cli(*command), code)
    assert not Path(db).exists()
