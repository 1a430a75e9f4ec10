"""A program that is stopped has requests under way, half sent: none of them begins afterwards."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail

PROGRAM = """
import json, socket
request = json.dumps({"operation": "run", "program": "sleep 30", "detach": True}).encode()
doors = []
for _ in range(100):
    door = socket.socket(socket.AF_UNIX)
    door.connect(".guest/door")
    door.sendall(request)
    doors.append(door)
while True:
    pass
"""


def test_it_is_held(grow: Grow) -> None:
    run = grow(root_rule(PROGRAM, "python"), program_seconds=1.5, breadth=100, nodes=120)
    assert len(run["nodes"]) == 1
    assert run["nodes"][0]["end_cause"] == "timeout"
