"""What a program can ask of the world outside its jail.

    query(prompt, code=False, key=None, max_tokens=None, temperature=None, model=None) -> str
    run(program, language=None) -> int, or with detach=True its id
    programs.list(), programs.wait(id), programs.stop(id)
    budget() -> dict
    memory.get(key), memory.put(key, value), memory.append(key, value), memory.list(prefix="")

What is refused raises `Denied`, whose `limit` says why. The commands of the same names are faces of
these functions. Each request is one connection to the jail's door: one JSON line out, one line
(for `run`: several) back.
"""

import json
import os
import socket
import sys

_DOOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "door")


class Denied(Exception):
    """It was refused; `limit` names what refused it, if that is to be known."""

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


def check(line):
    """Raise what a reply line says, if it says that something was refused."""
    if not line:
        raise Closed("the door is closed")
    _checked(json.loads(line))


def _checked(reply):
    if "denied" in reply:
        raise Denied(reply["message"], reply["denied"]["limit"])
    if "failed" in reply:
        raise Failed(reply["failed"])
    if "error" in reply:
        raise ValueError(reply["error"])
    return reply


def query(prompt, code=False, key=None, max_tokens=None, temperature=None, model=None):
    """Ask the model; return its answer, or with `code` only the program in it."""
    reply = _reply(
        {
            "operation": "query",
            "prompt": prompt,
            "code": code,
            "key": key,
            "max_tokens": max_tokens,
            "temperature": temperature,
            "model": model,
        }
    )
    return reply["answer"]


def run(program, language=None, stdout=None, stderr=None, detach=False):
    """Execute a program in a jail of its own; return its exit code.

    Its output goes to the binary files `stdout` and `stderr` (default: this program's own). With
    `detach` it goes on by itself, and its id is returned at once.
    """
    request = {"operation": "run", "program": program, "language": language, "detach": detach}
    if detach:
        return _reply(request)["id"]
    sys.stdout.flush()  # what was printed before must come before
    files = {
        "stdout": stdout or sys.stdout.buffer,
        "stderr": stderr or sys.stderr.buffer,
    }
    for reply in _ask(request):
        if "exit_code" in _checked(reply):
            if reply["unread"]:
                print(f"{reply['unread']} bytes of output were not read in time", file=sys.stderr)
            return reply["exit_code"]
        file = files[reply["stream"]]
        file.write(reply["data"].encode("latin-1"))
        file.flush()
    raise Closed("the door is closed")


def budget():
    """Return what is left."""
    return _reply({"operation": "budget"})["left"]


class programs:
    """The living programs that this one may see."""

    @staticmethod
    def list():
        """Return `id`, `depth` and `language` of each."""
        return _reply({"operation": "program", "action": "list"})["programs"]

    @staticmethod
    def wait(id):
        """Wait until a program has ended; return its exit code."""
        return _reply({"operation": "program", "action": "wait", "id": id})["exit_code"]

    @staticmethod
    def stop(id):
        """Stop a program and those that it executed; return whether it still lived."""
        return _reply({"operation": "program", "action": "stop", "id": id})["stopped"]


class memory:
    """What the programs of a run share: texts by key."""

    @staticmethod
    def get(key):
        """Return a value, or None."""
        return _reply({"operation": "memory", "action": "get", "key": key})["value"]

    @staticmethod
    def put(key, value):
        """Replace a value."""
        _reply({"operation": "memory", "action": "put", "key": key, "value": value})

    @staticmethod
    def append(key, value):
        """Add a line to a value."""
        _reply({"operation": "memory", "action": "append", "key": key, "value": value})

    @staticmethod
    def list(prefix=""):
        """Return the keys that begin with a prefix, in order."""
        return _reply({"operation": "memory", "action": "list", "key": prefix})["names"]
