"""A program with a raw socket gets nothing that the commands would not give it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursor.runs import guest
from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail

SPEAK = """
import json, socket
def ask(data, end=b"\\\\n"):
    door = socket.socket(socket.AF_UNIX)
    door.connect(".guest/door")
    try:
        door.sendall(data + end)
        door.shutdown(socket.SHUT_WR)
        return door.makefile("rb").read().decode()
    except OSError:
        return "closed"
"""
ECHO = "[[rule]]\nmatch = ''\nanswer = 'fine'\n"


def speak(grow: Grow, body: str, **options: Any) -> dict[str, Any]:
    return grow(root_rule(SPEAK.replace("\\\\n", "\\n") + body, "python") + ECHO, **options)


def said(run: dict[str, Any]) -> list[str]:
    assert run["nodes"][0]["exit_code"] == 0, run["nodes"][0]["stderr"]["text"]
    lines: list[str] = run["nodes"][0]["stdout"]["text"].splitlines()
    return lines


def test_bad_requests_get_one_error_line_and_become_events(grow: Grow) -> None:
    run = speak(
        grow,
        """
print(ask(b"nonsense"), end="")
print(ask(b'{"operation": "query", "prompt": "x", "depth": 0}'), end="")
print(ask(b"", end=b""), end="")
print(ask(b"x" * 5_000_000)[:200], end="")
""",
    )
    errors = [json.loads(line)["error"] for line in said(run) if line != "closed"]
    reasons = [e["detail"]["reason"] for e in run["events"] if e["kind"] == "bad_request"]
    assert len(reasons) == 3, "who goes away in the middle of a word asked for nothing"
    assert "not one line of JSON" in errors[0]
    assert "unknown field 'depth'" in errors[1]
    assert any("longer than" in reason for reason in reasons)
    assert len(run["queries"]) == 1


def test_nobody_can_take_the_launchers_place(grow: Grow) -> None:
    run = speak(grow, """print(ask(b'{"operation": "report"}'), end="")""")
    assert json.loads(said(run)[0])["error"] == "unknown operation"


def test_open_connections_are_bounded_and_the_rest_waits(grow: Grow) -> None:
    """200 silent connections, of which the host takes 128: the others lie in the kernel's queue."""
    run = speak(
        grow,
        """
import os
def silent(number):
    for _ in range(number):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(".guest/door")
        connections.append(connection)
connections = []
silent(100)
print(ask(b'{"operation": "query", "prompt": "still there?"}'), end="")
silent(100)
for connection in connections:
    connection.close()
print(ask(b'{"operation": "query", "prompt": "again"}'), end="")
""",
        seconds=100,
    )
    first, again = said(run)
    assert json.loads(first) == json.loads(again) == {"answer": "fine"}
    assert [query["prompt"] for query in run["queries"][1:]] == ["still there?", "again"]


def test_all_long_requests_together_are_bounded(grow: Grow) -> None:
    run = speak(
        grow,
        """
connections = []
for _ in range(8):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(".guest/door")
    connection.settimeout(20)
    try:
        connection.sendall(b"x" * 4_000_000)
    except OSError:
        pass
    connections.append(connection)
for connection in connections:
    connection.close()
print(ask(b'{"operation": "query", "prompt": "again"}'), end="")
""",
        seconds=100,
    )
    reasons = [e["detail"]["reason"] for e in run["events"] if e["kind"] == "bad_request"]
    assert "too many long requests at once" in reasons
    assert json.loads(said(run)[-1]) == {"answer": "fine"}


def test_an_asker_that_leaves_does_not_harm_the_record(grow: Grow) -> None:
    run = speak(
        grow,
        """
door = socket.socket(socket.AF_UNIX)
door.connect(".guest/door")
door.sendall(b'{"operation": "query", "prompt": "and gone"}' + bytes([10]))
door.close()
ask(b'{"operation": "budget"}')  # the door has heard the first when it answers the second
""",
    )
    assert run["queries"][1]["answer"] == "fine"
    assert run["queries"][1]["ended_at"]


FLOOD = """
import threading
def flood():
    while True:
        ask(b'{"operation": "query", "prompt": "more"}')
for _ in range(8):
    threading.Thread(target=flood, daemon=True).start()
threading.Event().wait()
"""


def test_who_goes_on_asking_for_what_is_denied_is_ended(
    grow: Grow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bounds are lowered (a run up to 10,000 takes a minute), the mechanism is the real one."""
    monkeypatch.setattr(guest, "DENIALS_FREE", 50)
    monkeypatch.setattr(guest, "DENIALS_END", 500)
    run = speak(grow, FLOOD, queries=1, seconds=100)
    assert run["run"]["end_cause"] == "completed"
    assert run["nodes"][0]["end_cause"] == "denials"
    denied = [query for query in run["queries"] if query["decision"] == "denied"]
    assert 500 <= len(denied) < 500 + 2 * 128


def test_a_long_denial_weighs_more(grow: Grow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest, "DENIALS_FREE", 50)
    monkeypatch.setattr(guest, "DENIALS_END", 500)
    body = """
for _ in range(10):
    ask(b'{"operation": "query", "prompt": "' + b"x" * 1_000_000 + b'"}')
print("still here")
"""
    run = speak(grow, body, queries=1, seconds=60)
    assert run["nodes"][0]["end_cause"] == "denials"
    assert len(run["queries"]) < 6
