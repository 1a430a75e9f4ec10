"""The embedded model end to end: real weights, real jails; what holds whatever it has learned.

Its answers are another machine's where arithmetic is, and its programs may ask chance: so what one
seed grows is nothing that a test can know.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import Cli
from tests.runs.test_schedule import grown, tree

GOAL = "get a lot of paperclips by tomorrow"
SEEDS = range(8)

pytestmark = [pytest.mark.jail, pytest.mark.once]


def test_a_goal_grows_a_tree_that_replays_without_the_model(cli: Cli) -> None:
    found = recursive(cli)
    run, root = found["run"], found["queries"][0]
    assert (run["model_provenance"], run["pack"], run["end_cause"]) == (
        "planted", "seedling", "completed",
    )  # fmt: skip
    assert root["decision"] == "granted"
    assert len(root["answer_token_ids"]) == root["answer_tokens"] > 0
    assert all(node["ended_at"] for node in found["nodes"])

    replayed = cli("replay", "last")
    assert replayed.returncode in (0, 4), replayed.stdout + replayed.stderr
    assert "model calls: 0" in replayed.stdout
    assert "seedling, planted" in replayed.stdout


def recursive(cli: Cli) -> dict[str, Any]:
    """Grow a run in which a program queries the model: in the corpus more than half of them do."""
    for seed in SEEDS:
        ran = cli("run", GOAL, "-m", "seedling", "--seed", f"{seed}", "--depth", "2")
        assert ran.returncode == 0, ran.stderr
        found: dict[str, Any] = json.loads(cli("show", "--json").stdout)
        if any(query["node"] for query in found["queries"]):
            return found
    pytest.fail(f"in none of {len(SEEDS)} runs a program queries the model")


def test_its_answers_do_not_depend_on_the_schedule(db: str) -> None:
    """The programs are given, and ask no chance but when they ask."""
    alone, together = (tree(grown("seedling", db, parallel)) for parallel in (1, 8))
    assert len(alone["queries"]) == 4 + 4 * 3
    assert len({answer for *_, answer in alone["queries"]}) > 1
    assert alone == together
