"""A shadow run: its programs run for real, its answers were given to somebody else."""

from __future__ import annotations

import pytest

import recursor
from recursor.errors import UsageError
from tests.conftest import Cli, Grow, read, root_rule

pytestmark = [pytest.mark.jail, pytest.mark.once]

RULES = root_rule('for i in 1 2 3 4; do ./query-model "q $i"; done') + (
    "[[rule]]\nmatch = 'q (.)'\nanswer = 'answer \\1'\nexpand = true\n"
)


def test_answers_are_drawn_from_the_same_depth(grow: Grow, db: str) -> None:
    runs = [grow(RULES)["run"]["id"] for _ in range(2)]
    spec = f"recorded:{runs[0]},{runs[1]}?shuffle=depth"
    shadows = [
        read(db, recursor.run("goal", model=spec, db=db, seed=seed, parallel=parallel).id)
        for seed, parallel in ((1, 1), (1, 4), (2, 4))
    ]
    for shadow in shadows:
        assert {query["source"] for query in shadow["queries"]} == {"shadow"}
        root, *asked = shadow["queries"]
        assert root["answer"].startswith("```bash")
        assert {query["answer"] for query in asked} <= {f"answer {n}" for n in (1, 2, 3, 4)}
        assert shadow["run"]["model_family"] == "shadow"
        assert shadow["run"]["model_provenance"] == "planted", "as were the answers it draws"
    drawn = [[query["answer"] for query in shadow["queries"]] for shadow in shadows]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_what_cannot_be_a_shadow_is_refused(grow: Grow, db: str, cli: Cli) -> None:
    run = grow(RULES)["run"]["id"]
    with pytest.raises(UsageError, match="another pack"):
        recursor.run("goal", model=f"recorded:{run}?shuffle=depth", db=db, pack="bare")
    with pytest.raises(UsageError, match="shuffle=depth"):
        recursor.run("goal", model=f"recorded:{run}", db=db)
    with pytest.raises(UsageError, match="no run"):
        recursor.run("goal", model="recorded:nothing?shuffle=depth", db=db)
    assert cli("models", "show", f"recorded:{run}?shuffle=depth").returncode == 2
