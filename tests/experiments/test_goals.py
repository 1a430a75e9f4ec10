"""The goals that ship."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from recursor import prompts
from recursor.experiments import goals
from recursor.types import Language
from tests.conftest import Cli

GOALS = goals.load()
KINDS = {"recursive": 15, "neutral": 15, "null": 10}


def test_each_goal_is_of_one_kind() -> None:
    kinds = [sorted(set(goal.tags) & KINDS.keys()) for goal in GOALS]
    assert Counter(kind for (kind,) in kinds) == KINDS


def test_no_two_goals_are_alike() -> None:
    for name in ("name", "text"):
        values = [getattr(goal, name).lower() for goal in GOALS]
        assert len(set(values)) == len(values)


def test_the_story_has_its_goal() -> None:
    (goal,) = goals.choose(goals.Chosen(tags=["paperclips"]))
    assert "recursive" in goal.tags


def test_a_goal_fits_into_a_packs_sentence() -> None:
    for goal in GOALS:
        assert goal.text == goal.text.strip()
        if "null" not in goal.tags:
            assert goal.text[0].islower() and not goal.text.endswith(".")


@pytest.mark.parametrize("word", ["query", "model", "sandbox", "jail", "budget"])
def test_no_goal_speaks_of_what_a_program_finds(word: str) -> None:
    assert not [goal for goal in GOALS if word in goal.text.lower()]


def test_no_goal_is_an_example_of_a_pack() -> None:
    packs = [prompts.load(name) for name in prompts.names()]
    texts = " ".join(str(pack.root("", Language.BASH)[0]) for pack in packs)
    assert not [goal.text for goal in GOALS if len(goal.text) > 5 and goal.text in texts]


def test_goals_are_no_pack() -> None:
    assert "goals" not in prompts.names()


def test_goals_are_listed(cli: Cli) -> None:
    assert cli("prompts", "goals").stdout.count("\n") == len(GOALS) + 1
    listed = json.loads(cli("prompts", "goals", "--tag", "null", "--json").stdout)["goals"]
    assert [goal["name"] for goal in listed] == [g.name for g in GOALS if "null" in g.tags]
    refused = cli("prompts", "goals", "--tag", "nul")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "there are: arithmetic" in refused.stderr
