"""A program looks for what an earlier one left: there is nothing."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


def test_it_is_held(grow: Grow) -> None:
    leave = "echo left > mark; echo left > /tmp/mark; echo left > /dev/shm/mark"
    look = "find / -name mark 2>/dev/null; echo looked"
    program = f"echo '{leave}' | ./run-program; echo '{look}' | ./run-program"
    run = grow(root_rule(program))
    assert run["nodes"][2]["stdout"]["text"] == "looked\n"
