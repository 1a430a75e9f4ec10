"""Many processes together take more memory than the limit: the jail ends."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


EACH = """
import os, time
for number in range(6):
    if os.fork() == 0:
        held = os.urandom(2**20) * 60
        time.sleep(10)
        os._exit(0)
time.sleep(3)
print("taken")
"""


def test_it_is_held(grow: Grow) -> None:
    run = grow(root_rule(EACH, "python"), memory_bytes=128 * 2**20)
    assert (run["nodes"][0]["end_cause"], run["nodes"][0]["killed_by"]) == ("memory", "memory")
    control = grow(root_rule(EACH, "python"), memory_bytes=1024 * 2**20)
    assert control["nodes"][0]["stdout"]["text"] == "taken\n", "the control"
