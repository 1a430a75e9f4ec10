"""`recursor fork`: how often it is done."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from recursor import api
from recursor.cli import fork as command
from recursor.cli.options import DisplayChoice
from tests.store.test_store import a_run


@pytest.mark.parametrize(("end_cause", "forks"), [("interrupted", 1), ("stopped", 3)])
def test_who_breaks_a_fork_off_wants_no_more_of_them(
    monkeypatch: pytest.MonkeyPatch, end_cause: str, forks: int
) -> None:
    seeds: list[int] = []
    asked = set()

    def forked(*_: object, **options: Any) -> api.Run:
        seeds.append(options["seed"])
        asked.add(options["ask"].__self__)
        return api.Run(a_run(end_cause=end_cause), "sqlite:///none.db")

    monkeypatch.setattr(api, "fork", forked)
    monkeypatch.setattr(command, "report", lambda *_, **__: 130)
    with pytest.raises(typer.Exit) as ended:
        command.fork("last", seed=5, repeats=3, display=DisplayChoice.NONE)
    assert ended.value.exit_code == 130
    assert seeds == [5, 6, 7][:forks]
    assert len(asked) == 1  # who has typed ahead is heard by all of them
