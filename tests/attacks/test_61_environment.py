"""A program changes what it was given in its environment: nobody believes it."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


def test_it_is_held(grow: Grow) -> None:
    program = (
        "export HOME=/ RUN_AI=x DEPTH=0 NODE=other RECURSOR_RUN_DEPTH=99 PYTHONPATH=/tmp;"
        " echo 'echo child' | ./run-program; ./query-model x"
    )
    run = grow(root_rule(program) + "[[rule]]\nmatch = ''\nanswer = 'served'\n", depth=1)
    assert [node["depth"] for node in run["nodes"]] == [1]
    assert run["queries"][1]["node"] == run["nodes"][0]["id"]
