"""`recursor stop` of a run that ends at that moment: an end is no error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recursor.cli.stop import stop
from recursor.errors import UsageError
from recursor.runs import control
from recursor.store import Store
from tests.store.test_store import a_run


def test_a_run_that_ends_while_it_is_asked_has_ended(
    db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = a_run(ended_at=None, end_cause=None)

    def hung_up(path: Path, node: str | None) -> dict[str, Any]:
        ended = replace(run, ended_at=run.started_at, end_cause="completed")
        store.complete(run, ended).result()
        raise UsageError("the run does not answer")

    monkeypatch.setattr(control, "stop", hung_up)
    with Store(f"sqlite:///{db}", write=True) as store:
        lives = store.hold(run.id)
        store.add(run).result()
        stop("last", db=db)
        lives.release()
    assert "has ended already (completed)" in capsys.readouterr().out
