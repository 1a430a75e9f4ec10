"""`recursor diff`: a difference is a result."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from recursor.store import Store
from tests.cli.test_cli import one_line
from tests.conftest import Cli
from tests.store.test_store import NOW, a_node, a_query, a_run

ONE, OTHER = "01K0000000000000000000000A", "01K0000000000000000000000B"


@pytest.fixture(autouse=True)
def store(db: str) -> Iterator[Store]:
    with Store(f"sqlite:///{db}", write=True) as opened:
        rows = [
            a_run(ONE, name="one"),
            a_run(OTHER, name="other", seed=7),
            a_node(ONE, "ROOT-A", key="r", program="echo r", end_cause="exited", exit_code=0),
            a_node(OTHER, "ROOT-B", key="r", program="echo r", end_cause="exited", exit_code=0),
            a_node(ONE, "ONLY-A", parent="ROOT-A", depth=2, program="ls \x1b[31m"),
            a_query(ONE, id="a", key="q", answer="it is\nred\x1b[2J", ended_at=NOW),
            a_query(OTHER, id="b", key="q", answer="it is\nblue", ended_at=NOW),
        ]
        for write in [opened.add(row) for row in rows]:  # type: ignore[arg-type]
            write.result()
        yield opened


def test_two_runs_are_drawn_side_by_side(cli: Cli) -> None:
    drawn = cli("diff", "one", "other")
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert "\x1b" not in drawn.stdout
    lines = drawn.stdout.splitlines()
    assert (lines[0].split()[:2], lines[1].split()[:2]) == (["A", ONE], ["B", OTHER])
    assert lines[3].endswith("s  answer  the operator")
    assert [line.split() for line in lines[4:6]] == [["A", "red\\x1b[2J"], ["B", "blue"]]
    assert ["nodes", "1", "1", "0"] in [line.split() for line in lines]
    assert "answers: 0 equal, 1 different" in lines
    root, only = lines[-2:]
    assert " ".join(root.split()) == "ROOT-A exit 0 bash echo r ~ ROOT-B exit 0 bash echo r"
    assert " ".join(only.split()) == "ONLY-A living bash ls ·[31m -"


def test_the_same_in_json(cli: Cli) -> None:
    found = json.loads(cli("diff", "one", "other", "--json").stdout)
    assert (found["schema_version"], found["a"]["seed"], found["b"]["seed"]) == (1, 1, 7)
    assert found["points"][0]["shown_b"] == "blue"
    assert found["counts"] == {
        "nodes": {"both": 1, "only_a": 1, "only_b": 0},
        "queries": {"both": 1, "only_a": 0, "only_b": 0},
        "answers": {"equal": 0, "different": 1},
        "end_causes": {"exited": {"a": 1, "b": 1}, "living": {"a": 1, "b": 0}},
    }
    assert [(row["mark"], row["b"] and row["b"]["id"]) for row in found["tree"]] == [
        ("~", "ROOT-B"),
        ("-", None),
    ]


def test_a_run_and_itself(cli: Cli) -> None:
    same = cli("diff", "one", ONE)
    assert same.returncode == 0
    assert "they are the same in every respect" in same.stdout


def test_a_run_that_is_not_there(cli: Cli) -> None:
    assert "no run 'nobody'" in one_line(cli("diff", "one", "nobody"), 2)
    assert "Missing argument" in one_line(cli("diff", "one"), 2)
