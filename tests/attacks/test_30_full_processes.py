"""A program holds all its processes while the next jail starts: that one starts."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


FULL = "for i in $(seq 200); do sleep 4 & done 2>/dev/null; sleep 3"


def test_it_is_held(grow: Grow) -> None:
    program = f"echo '{FULL}' | ./run-program & sleep 1; echo 'echo started' | ./run-program; wait"
    run = grow(root_rule(program), processes=32, warm=0)
    assert any(node["stdout"]["text"] == "started\n" for node in run["nodes"])
