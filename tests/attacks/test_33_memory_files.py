"""A program fills /tmp and /dev/shm: that is its memory, or it cannot write there."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


FILL = """
for i in $(seq 40); do head -c 10000000 /dev/zero > /tmp/f$i || break; done
for i in $(seq 40); do head -c 10000000 /dev/zero > /dev/shm/f$i || break; done
du -cm /tmp /dev/shm | tail -1; echo filled
"""


def test_it_is_held(grow: Grow) -> None:
    (node,) = grow(root_rule(FILL), memory_bytes=128 * 2**20)["nodes"]
    if node["isolation"]["memory"] == "watchdog":
        assert node["stdout"]["text"].split()[-3:] == ["0", "total", "filled"]
    else:
        assert node["end_cause"] == "memory"
