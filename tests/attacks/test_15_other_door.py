"""A program connects to another program's door: it finds none but its own."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


FIND = "find / -type s 2>/dev/null | sort; grep -c . /proc/net/unix"


def test_it_is_held(grow: Grow) -> None:
    program = f"echo 'sleep 2' | ./run-program & sleep 1; {FIND}; wait"
    said = grow(root_rule(program))["nodes"][0]["stdout"]["text"].split()
    assert [path.rpartition("/")[2] for path in said[:-1]] == ["door"], "its own is the control"
