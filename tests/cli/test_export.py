"""`recursor export` in other people's formats; what files hold is in `tests/export`."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursor.cli import files
from recursor.cli.files import Format
from recursor.errors import UsageError
from recursor.planted.plant import Plant
from recursor.store import Store
from tests.cli.test_cli import one_line
from tests.conftest import Cli


@pytest.fixture
def runs(db: str) -> list[str]:
    with Store(f"sqlite:///{db}", write=True) as store:
        for seed in (1, 2):
            plant = Plant("bird", seed=seed)
            plant.grow(None, "echo")
            made = plant.recording()
            store.add_together([made.run, *made.nodes]).result()
        return [run.id for run in store.runs()]


@pytest.mark.once
def test_several_runs_are_written_once_each(cli: Cli, runs: list[str], tmp_path: Path) -> None:
    exported = cli("export", "bird-1", runs[1], "bird-1", runs[0], "-f", "alife", "-o", "birds.csv")
    assert exported.returncode == 0, exported.stderr
    assert exported.stdout == "birds.csv: 2 runs\n"
    written = (tmp_path / "birds.csv").read_text()
    assert [written.count(run) for run in runs] == [1, 1]
    again = cli("export", "last", "-f", "csv", "-o", "birds.csv")
    assert "birds.csv exists already; remove it" in one_line(again, 1)
    two = cli("export", *runs, "-o", "birds.recursor")
    assert "a recording holds one run, not 2" in one_line(two, 2)


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "is_installed", lambda _: False)
    with pytest.raises(UsageError, match=r"pyarrow is not installed; run: .* -m pip install"):
        files.export(["last"], tmp_path / "out", Format.PARQUET)
