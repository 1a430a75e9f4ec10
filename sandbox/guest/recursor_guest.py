"""What a program can ask of the world outside its jail.

    query(prompt, code=False, key=None, max_tokens=None, temperature=None) -> str
    run(program, language=None) -> int
    budget() -> dict

The commands `query-model`, `run-program` and `budget` are faces of these functions. Each request
is one connection to the jail's door: one JSON line out, one line (for `run`: several) back.
"""

import json
import os
import socket
import sys

_DOOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "door")


class Denied(Exception):
    """The budget refused; `limit` names which limit."""

    def __init__(self, message, limit):
        super().__init__(message)
        self.limit = limit


class Failed(Exception):
    """The model gave no answer."""


class Closed(Exception):
    """The door is gone, or did not understand."""


def _ask(request):
    """Send one request; yield its reply lines."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(_DOOR)
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as replies:
                for line in replies:
                    yield json.loads(line)
    except (OSError, ValueError) as error:
        raise Closed(f"the door is closed: {error}") from error


def _reply(request):
    for reply in _ask(request):
        return _checked(reply)
    raise Closed("the door is closed")


def _checked(reply):
    if "denied" in reply:
        raise Denied(reply["message"], reply["denied"]["limit"])
    if "failed" in reply:
        raise Failed(reply["failed"])
    if "error" in reply:
        raise ValueError(reply["error"])
    return reply


def query(prompt, code=False, key=None, max_tokens=None, temperature=None):
    """Ask the model; return its answer, or with `code` only the program in it."""
    reply = _reply(
        {
            "operation": "query",
            "prompt": prompt,
            "code": code,
            "key": key,
            "max_tokens": max_tokens,
            "temperature": temperature,
        }
    )
    return reply["answer"]


def run(program, language=None, stdout=None, stderr=None):
    """Execute a program in a jail of its own; return its exit code.

    Its output goes to the binary files `stdout` and `stderr` (default: this program's own).
    """
    sys.stdout.flush()  # what was printed before must come before
    files = {
        "stdout": stdout or sys.stdout.buffer,
        "stderr": stderr or sys.stderr.buffer,
    }
    for reply in _ask({"operation": "run", "program": program, "language": language}):
        if "exit_code" in _checked(reply):
            return reply["exit_code"]
        file = files[reply["stream"]]
        file.write(reply["data"].encode("latin-1"))
        file.flush()
    raise Closed("the door is closed")


def budget():
    """Return what is left."""
    return _reply({"operation": "budget"})["left"]
