"""Slow and endless requests at a door: another program is served meanwhile."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


SLOW = """
import socket, time
held = []
for _ in range(60):
    door = socket.socket(socket.AF_UNIX)
    door.connect(".guest/door")
    door.setblocking(False)
    held.append(door)
end = time.monotonic() + 8
while time.monotonic() < end:
    for door in held:
        try:
            door.send(b"x" * 65536)
        except OSError:
            pass
"""
QUIET = "for i in 1 2 3 4 5; do ./query-model $i; done"


def test_it_is_held(grow: Grow) -> None:
    program = f"""
cat > slow << 'END'{SLOW}END
./run-program --language python slow & sleep 1
echo '{QUIET}' | ./run-program; wait"""
    run = grow(root_rule(program) + "[[rule]]\nmatch = ''\nanswer = 'served'\n")
    (quiet,) = [node for node in run["nodes"] if node["program"].strip() == QUIET]
    assert quiet["stdout"]["text"] == "served\n" * 5
    assert quiet["ended_at"] == min(node["ended_at"] for node in run["nodes"])
