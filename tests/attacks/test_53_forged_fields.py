"""A program forges who it is in its messages: unknown fields are refused, none is believed."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail

PROGRAM = """
import json, socket

def ask(**fields):
    door = socket.socket(socket.AF_UNIX)
    door.connect(".guest/door")
    door.sendall(json.dumps(fields).encode() + b"\\n")
    return json.loads(door.makefile().readline())

for forged in ({"node": "other"}, {"depth": 0}, {"scope": "1"}, {"parent": None}, {"pid": 1}):
    print(ask(operation="query", prompt="x", **forged).get("error"))
print(ask(operation="leave", scope="none").get("error"))
print(ask(operation="enter", text="x", language="bash", how="eval", depth=0).get("error"))
print(ask(operation="report", status="").get("error"))
"""


def test_it_is_held(grow: Grow) -> None:
    run = grow(root_rule(PROGRAM, "python") + "[[rule]]\nmatch = ''\nanswer = 'served'\n")
    said = run["nodes"][0]["stdout"]["text"].splitlines()
    fields = ("node", "depth", "scope", "parent", "pid")
    assert said[:5] == [f"unknown field {name!r}" for name in fields]
    assert said[5:] == ["there is no such scope", "unknown field 'depth'", "unknown operation"]
    assert len(run["queries"]) == 1
    assert sum(event["kind"] == "bad_request" for event in run["events"]) == 8
