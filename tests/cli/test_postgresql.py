"""A whole run in PostgreSQL, and what a person reads when there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import recursor
from recursor.export import recording
from recursor.store import Store, place
from tests.cli.test_cli import one_line
from tests.conftest import Cli
from tests.postgresql import Server


@pytest.mark.jail
@pytest.mark.once
def test_a_run_grows_is_replayed_and_moves(postgresql: str, cli: Cli, tmp_path: Path) -> None:
    seen: list[Any] = []

    def look(growth: Any) -> None:
        with recursor.open(postgresql) as store:
            seen.append((store.run("last").end_cause, store.control(growth.run.id).is_socket()))

    run = recursor.run("get paperclips", model="stub:paperclip", db=postgresql, watch=look)
    assert (seen, run.record.end_cause) == ([(None, True)], "completed")
    assert recursor.replay(run.id, db=postgresql).fidelity.is_exact
    moved = tmp_path / "moved.recursor"
    environment = {"RECURSOR_DB": postgresql}
    exported = cli("export", run.id, "-f", "recursor", "-o", str(moved), env=environment)
    assert exported.returncode == 0, exported.stderr
    with Store(postgresql, write=True) as store, recording.opened(moved) as source:
        assert [found.mode for found in store.runs()] == ["live", "replay"]
        before = store.recording(run.id)
        store.remove([run.id])
        assert store.take(source, run.id)
        assert store.recording(run.id) == before == source.recording(run.id)
    for command in ("show", "stats"):
        there = cli(command, run.id, "--json", env=environment)
        assert (there.returncode, there.stdout) == (0, cli(command, str(moved), "--json").stdout)


@pytest.mark.jail
@pytest.mark.once
def test_a_server_that_goes_away_ends_the_run_with_one_line(
    server: Server, postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop_server(_: Any) -> None:
        server.stop()

    try:
        with pytest.raises(recursor.errors.StoreError, match="cannot be written") as raised:
            recursor.run("get paperclips", model="stub:paperclip", db=postgresql, watch=stop_server)
    finally:
        server.start()
    assert "\n" not in str(raised.value)
    with Store(postgresql) as store:
        assert store.run("last").end_cause == "interrupted"


def test_a_mistake_is_one_line_and_shows_no_password(server: Server, cli: Cli) -> None:
    nowhere = server.url("nowhere")
    for command in (("runs",), ("db", "upgrade")):
        line = one_line(cli(*command, "--db", nowhere), 1)
        assert place(nowhere) in line
        assert "does not exist" in line
        assert "p@ss" not in line
    assert cli("db", "path", "--db", nowhere).stdout == f"{place(nowhere)}\n"
