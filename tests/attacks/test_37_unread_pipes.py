"""A program writes to pipes that its reader left: nobody waits for it."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


def test_it_is_held(grow: Grow) -> None:
    child = "yes | head -c 3000000"
    program = f"(echo '{child}' | ./run-program | head -c 10 > /dev/null); echo done"
    run = grow(root_rule(program), seconds=100)
    assert run["nodes"][0]["stdout"]["text"] == "done\n"
    assert all(node["ended_at"] for node in run["nodes"])
