"""A program kills the processes around it: its jail ends, the run goes on."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


@pytest.mark.parametrize("target", ["$PPID", "1", "-1"])
def test_it_is_held(grow: Grow, target: str) -> None:
    program = f"echo 'kill -9 {target}; sleep 0.2; exit 3' | ./run-program; echo went on"
    root, child = grow(root_rule(program))["nodes"]
    assert "went on" in root["stdout"]["text"]
    assert child["end_cause"] in ("exited", "killed")
