"""A program replaces its own door and commands: nobody else is affected."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


BREAK = "rm -f .guest/door; rm -rf .guest; echo evil > query-model; sleep 1"
ASK = "sleep 0.5; ./query-model fine"


def test_it_is_held(grow: Grow) -> None:
    program = (
        f"echo '{BREAK}' | ./run-program & echo '{ASK}' | ./run-program & wait; ./query-model me"
    )
    run = grow(root_rule(program) + "[[rule]]\nmatch = ''\nanswer = 'served'\n")
    asked = {query["prompt"]: query["answer"] for query in run["queries"][1:]}
    assert asked == {"fine": "served", "me": "served"}
