"""Huge and odd arguments: one line of error or an answer, never a broken run."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


ODD = """
./query-model "$(head -c 100000 /dev/zero | tr '\\0' x)" > /dev/null; echo $?
head -c 6000000 /dev/zero | tr '\\0' x | ./query-model > /dev/null; echo $?
./query-model $'\\xff\\xfe \\x01' > /dev/null; echo $?
head -c 3000000 /dev/urandom | ./run-program > /dev/null 2>&1; echo $?
"""


def test_it_is_held(grow: Grow) -> None:
    run = grow(root_rule(ODD) + "[[rule]]\nmatch = ''\nanswer = 'served'\n")
    codes = run["nodes"][0]["stdout"]["text"].split()
    assert codes[0] == codes[2] == "0"
    assert codes[1] in ("2", "5")
    assert run["run"]["end_cause"] == "completed"
