"""Equal prompts of several askers at once: each gets an answer of its own."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


def test_it_is_held(grow: Grow) -> None:
    child = "./query-model same; ./query-model same"
    program = f"for i in 1 2 3; do echo '{child}' | ./run-program & done; wait"
    rule = "[[rule]]\nmatch = 'same'\nanswers = ['first', 'second']\ndelay_ms = 100\n"
    run = grow(root_rule(program) + rule)
    asked = [(query["node"], query["answer"]) for query in run["queries"][1:]]
    assert len(set(asked)) == 6
    assert len({query["key"] for query in run["queries"]}) == 7
