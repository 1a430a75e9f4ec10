"""A recorded run on the terminal: safe to look at, and as slow as it was."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from recursor.cli.walk import show_walk
from recursor.store import Store
from tests.analysis.test_walk import a_new_run, a_story, at, recorded
from tests.store.test_store import a_query


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with Store(f"sqlite:///{db}", write=True) as opened:
        yield opened


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


def test_steps_are_indented_by_depth_and_safe(
    store: Store, capsys: pytest.CaptureFixture[str], waited: list[float]
) -> None:
    show_walk(store, a_story(store), speed=0)
    lines = capsys.readouterr().out.splitlines()
    assert waited == []
    assert lines[0] == "    0.000  run begins: goal (stub:x, planted, bare, seed 1)"
    assert lines[2] == "    1.500  is answered, 7 tokens: echo root"
    assert lines[3].startswith("    2.000    THROOT bash program begins")
    assert lines[8].startswith("    5.000      THLEAF bash scope begins")
    assert len(lines) == 15
    assert "\x1b" not in "".join(lines)


def test_what_a_line_says_cannot_reach_the_terminal(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """An event's or an end's words are not made by the host alone."""
    run = a_new_run(ended_at=at(1), end_cause="completed\x1b[2J", model="stub:\x1b[31m")
    recorded(store, run)
    show_walk(store, run, speed=0)
    assert "\x1b" not in capsys.readouterr().out


def test_waits_are_as_long_as_they_were_but_for_long_ones(
    store: Store, capsys: pytest.CaptureFixture[str], waited: list[float]
) -> None:
    run = a_story(store)
    show_walk(store, run, speed=1)
    assert max(waited) == 1.0
    assert sum(waited) == pytest.approx(10)
    waited.clear()
    show_walk(store, run, speed=4)
    assert sum(waited) == pytest.approx(2.5)
    waited.clear()
    show_walk(store, run, speed=0.25)
    assert max(waited) == 2.0
    assert sum(waited) < 40


def test_each_line_is_an_object(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    run = a_new_run()
    recorded(store, run, a_query(run.id, prompt="a\nb", started_at=at(2)))
    show_walk(store, run, speed=0, json_=True)
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {found["schema_version"] for found in objects} == {1}
    assert objects[0] == {
        "schema_version": 1, "instant_s": 0.0, "node": None, "depth": 0, "kind": "run_begins",
        "line": "run begins: goal (stub:x, planted, bare, seed 1)",
    }  # fmt: skip
    assert (objects[1]["instant_s"], objects[1]["line"]) == (2.0, "asks: a")
