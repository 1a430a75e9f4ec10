"""`recursor demo`: the list, a scenario grown live, and one line for every mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recursor.runs import scenarios
from tests.cli.test_cli import one_line
from tests.conftest import Cli


def test_the_scenarios_are_listed(cli: Cli) -> None:
    listed = cli("demo")
    assert listed.returncode == 0, listed.stderr
    for name in scenarios.names():
        assert f"{name} " in listed.stdout
    rows = json.loads(cli("demo", "--json").stdout)["scenarios"]
    assert [row["name"] for row in rows] == scenarios.names()
    quine = rows[scenarios.names().index("quine")]
    assert (quine["model"], quine["nodes"]) == ("stub:quine", 11)
    assert Path(quine["recording"]).is_file()


@pytest.mark.parametrize("arguments", [["nothing"], ["nothing", "--replay"], ["--replay"]])
def test_an_unknown_scenario_is_one_line(cli: Cli, arguments: list[str]) -> None:
    said = one_line(cli("demo", *arguments), 2)
    assert ", ".join(scenarios.names()) in said


@pytest.mark.jail
@pytest.mark.once
def test_one_grows(cli: Cli, db: str) -> None:
    grown = cli("demo", "paperclips")
    assert grown.returncode == 0, grown.stderr
    assert "completed: 10 nodes" in grown.stdout
    look = grown.stdout.splitlines()[-1].removeprefix("look at it: `recursor ").rstrip("`")
    assert look.endswith(f" --db {db}")
    shown = cli(*look.split())
    assert shown.returncode == 0, shown.stderr
    assert "idea: wait until tomorrow" in shown.stdout
    assert json.loads(cli("show", "paperclips", "--json").stdout)["run"]["name"] == "paperclips"


@pytest.mark.jail
@pytest.mark.once
def test_a_dialogue_needs_nobody(cli: Cli) -> None:
    held = cli("demo", "dialogue", "--json")
    assert held.returncode == 0, held.stderr
    assert json.loads(held.stdout)["counts"]["nodes"] == 4
    assert held.stderr.count("Q: ") == held.stderr.count("\nA: ") == 5
    assert "1000 paperclips for 20 euros" in held.stderr
