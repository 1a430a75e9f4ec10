"""`recursor lineage`: copies, replicators and heredity, of whatever was recorded."""

from __future__ import annotations

import json
import re

import pytest

from recursor.planted import quines
from recursor.planted.plant import Plant, keep
from recursor.records import Recording
from recursor.store import Store
from recursor.types import Denial
from tests.cli.test_cli import one_line
from tests.conftest import Cli

DENIED = Denial("nodes", 1, 2)


def record(db: str, recording: Recording) -> str:
    with Store(f"sqlite:///{db}", write=True) as store:
        keep(store, recording)
    return recording.run.id


def test_what_it_tells(db: str, cli: Cli) -> None:
    run = record(db, quines.plant(0, "dev").recording)
    told = cli("lineage", run)
    assert (told.returncode, told.stderr) == (0, "")
    lines = told.stdout.splitlines()
    assert "planted" in lines[0]
    assert "0 linked by evidence weaker than exact" in lines[0]
    assert lines[1] == "0 programs are no code in bash or Python: they are measured as text"
    assert re.search(r"^x\d+ ", told.stdout, re.MULTILINE)
    for expected in ("replicators", "heredoc", "permutation p", "rename"):
        assert expected in told.stdout


def test_json_has_it_all(db: str, cli: Cli) -> None:
    planted = quines.plant(0, "dev")
    record(db, planted.recording)
    told = json.loads(cli("lineage", "last", "--json").stdout)
    assert told["schema_version"] == 1
    assert told["model_provenance"] == "planted"
    assert told["nodes"] == len(planted.recording.nodes)
    assert len(told["edges"]) == told["nodes"] - 1
    assert {edge["level"] for edge in told["edges"]} >= {None, "R0", "R3"}
    assert told["heredity"]["lift"] > 0
    assert told["duplicates"]["clusters"][0]["level"] == "near"


def test_several_runs_are_measured_together(db: str, cli: Cli) -> None:
    for seed in range(2):
        plant = Plant("pair", seed)
        plant.grow(None, "./query-model 'what is a lighthouse?' | head -n 1\n")
        record(db, plant.recording())
    told = json.loads(cli("lineage", "pair-0", "pair-1", "--json").stdout)
    assert (told["nodes"], len(told["runs"])) == (2, 2)
    assert len(told["duplicates"]["clusters"][0]["nodes"]) == 2


@pytest.mark.parametrize("nodes", [0, 1])
def test_runs_in_which_little_happened(nodes: int, db: str, cli: Cli) -> None:
    plant = Plant("little")
    plant.ask(None, "goal", denial=DENIED)
    for _ in range(nodes):
        node = plant.grow(None, "./run-program x\n")
        plant.ask(node, "why?", denial=DENIED)
        plant.refuse(node, "ls\n", DENIED)
    record(db, plant.recording())
    told = cli("lineage", "last", *(["--json"] if nodes else []))
    assert (told.returncode, told.stderr) == (0, "")
    if nodes:
        assert json.loads(told.stdout)["heredity"]["p"] is None
    else:
        assert "no program has a child" in told.stdout


def test_a_run_that_is_not_there(db: str, cli: Cli) -> None:
    record(db, Plant("one").recording())
    assert one_line(cli("lineage", "nothing"), 2)
