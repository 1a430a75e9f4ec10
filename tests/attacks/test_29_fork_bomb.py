"""A fork bomb: it stays within its own processes and ends with its time."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


BOMB = "b() { b | b & }; b; sleep 30"


def test_it_is_held(grow: Grow) -> None:
    quiet = "for i in 1 2 3 4 5; do sleep 0.2; /bin/echo alive; done"
    program = f"echo '{BOMB}' | ./run-program & echo '{quiet}' | ./run-program & wait"
    run = grow(root_rule(program), program_seconds=6, processes=32, warm=0)
    causes = {node["program"].strip(): node["end_cause"] for node in run["nodes"]}
    assert causes[BOMB] == "timeout"
    assert causes[quiet] == "exited"
    (alive,) = [n for n in run["nodes"] if n["program"].strip() == quiet]
    assert alive["stdout"]["text"] == "alive\n" * 5
