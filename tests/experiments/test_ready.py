"""The experiments that ship."""

from __future__ import annotations

import json

import pytest

from recursor.errors import ModelError
from recursor.experiments import expand
from recursor.models import registry
from tests.conftest import Cli

READY = ["budget-visible", "denial-or-failure", "growth", "memory", "pack-ladder"]
ENOUGH = 50


def test_they_ship() -> None:
    assert set(READY) <= set(expand.names())


@pytest.mark.parametrize("name", expand.names())
def test_each_says_what_it_asks_and_declares_comparisons(name: str) -> None:
    found = expand.load(expand.path_of(name))
    assert found.name == name
    assert found.question.endswith("?")
    assert found.comparisons


@pytest.mark.parametrize("name", READY)
def test_each_has_enough_runs_an_arm(name: str) -> None:
    assert expand.load(expand.path_of(name)).pairs >= ENOUGH


def test_a_plan_is_shown_by_name(cli: Cli) -> None:
    shown = cli("experiment", "plan", "denial-or-failure", "--no-probe", "--json")
    facts = json.loads(shown.stdout)
    assert facts["conditions"] == ["refusal neither", "refusal denial", "refusal sham"]
    assert facts["runs"] == 3 * facts["runs_a_condition"]
    assert shown.stderr == ""


def test_they_are_listed_where_their_model_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(spec: str) -> str:
        raise ModelError(f"{spec} is not installed")

    monkeypatch.setattr(registry, "digest_of", missing)
    assert expand.questions().keys() == set(expand.names())
