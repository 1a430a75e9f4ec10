"""What crosses the door: one JSON object on one line in, one line (for `run`: several) out.

Everything that comes in is hostile. A message is a value with exactly the fields below, each of
the right type, or it is refused with one error line. Nothing in a message says who sends it: that
is known by the socket it came through.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from recursor.types import Language

LINE_BYTES = 4 * 2**20
LABEL_CHARACTERS = 200
HOWS = ("eval", "source", "trap", "-c", "file", "stdin", "exec", "os.system", "sh -c")
"""The ways of executing a text that the hooks tell of."""


class ProtocolError(ValueError):
    """A message that is refused; the text tells the sender why."""


@dataclass(frozen=True)
class Report:
    """The launcher's proof of isolation; only a door's first message may be one."""

    fields: dict[str, Any]


@dataclass(frozen=True)
class Query:
    """A model call."""

    prompt: str
    code: bool = False
    key: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    model: str | None = None


@dataclass(frozen=True)
class Run:
    """A program to execute in a jail of its own."""

    program: str
    language: Language | None
    detach: bool = False


@dataclass(frozen=True)
class Budget:
    """What is left?"""


@dataclass(frozen=True)
class Enter:
    """A text is about to be executed inside the jail; as `how` says (`eval`, `-c`, `exec`, ...)."""

    text: str
    language: Language
    how: str


@dataclass(frozen=True)
class Leave:
    """A scope is over; `status` is its exit status, if that is known."""

    scope: str
    status: int | None


@dataclass(frozen=True)
class Unknown:
    """A command that is not there was tried."""

    command: str


@dataclass(frozen=True)
class Trace:
    """What follows, until the connection ends, are commands as a shell executes them."""


@dataclass(frozen=True)
class Living:
    """List living programs, wait for one, or stop one."""

    action: str
    program: str | None = None


@dataclass(frozen=True)
class Memory:
    """Read or write the memory that the programs of a run share."""

    action: str
    name: str
    value: str | None = None


Asked = Query | Run | Budget | Enter | Leave | Unknown | Living | Memory
Message = Report | Trace | Asked


def parse(line: bytes) -> Message:
    """Read one message; raise ProtocolError."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise ProtocolError("the request is not one line of JSON") from None
    if not isinstance(fields, dict):
        raise ProtocolError("the request is not a JSON object")
    match fields.pop("operation", None):
        case "report":
            return Report(fields)
        case "query":
            return _query(fields)
        case "run":
            return _run(fields)
        case "budget":
            _only(fields, set())
            return Budget()
        case "enter":
            return _enter(fields)
        case "leave":
            return _leave(fields)
        case "unknown":
            _only(fields, {"command"})
            return Unknown(_bytes(fields, "command")[:LABEL_CHARACTERS])
        case "trace":
            _only(fields, set())
            return Trace()
        case "program":
            return _living(fields)
        case "memory":
            return _memory(fields)
    raise ProtocolError("unknown operation")


def encode(reply: dict[str, Any]) -> bytes:
    """Write one reply line."""
    return json.dumps(reply).encode() + b"\n"


def well_formed(text: str) -> str:
    """Return the text with everything that UTF-8 cannot hold (lone surrogates) escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def _query(fields: dict[str, Any]) -> Query:
    _only(fields, {"prompt", "code", "key", "model", "max_tokens", "temperature"})
    tokens, temperature = (fields.get(name) for name in ("max_tokens", "temperature"))
    if tokens is not None and not (type(tokens) is int and 0 < tokens < 2**31):
        raise ProtocolError("max-tokens must be a whole number, 1 or more")
    if temperature is not None:
        if type(temperature) not in (int, float) or not 0 <= temperature <= 100:
            raise ProtocolError("temperature must be a number from 0 to 100")
        temperature = float(temperature)
    return Query(
        prompt=_text(fields, "prompt"),
        code=fields.get("code") is True,
        key=_label(fields, "key"),
        model=_label(fields, "model"),
        max_tokens=tokens,
        temperature=temperature,
    )


def _label(fields: dict[str, Any], name: str) -> str | None:
    """Return a short text that may be left out."""
    label = fields.get(name)
    if label is None:
        return None
    if not (isinstance(label, str) and 0 < len(label) <= LABEL_CHARACTERS):
        raise ProtocolError(f"the {name} must be a text of 1 to {LABEL_CHARACTERS} characters")
    return well_formed(label)


def _run(fields: dict[str, Any]) -> Run:
    _only(fields, {"program", "language", "detach"})
    language = None if fields.get("language") is None else _language(fields)
    return Run(_text(fields, "program"), language, fields.get("detach") is True)


def _language(fields: dict[str, Any]) -> Language:
    language = fields.get("language")
    if language not in list(Language):
        raise ProtocolError("language must be bash or python")
    return Language(language)


def _enter(fields: dict[str, Any]) -> Enter:
    _only(fields, {"text", "language", "how"})
    how = fields.get("how")
    if how not in HOWS:
        raise ProtocolError("the request makes no sense")
    return Enter(_bytes(fields, "text"), _language(fields), how)


def _leave(fields: dict[str, Any]) -> Leave:
    _only(fields, {"scope", "status"})
    scope, status = fields.get("scope"), fields.get("status")
    if not isinstance(scope, str) or not (status is None or type(status) is int):
        raise ProtocolError("the request makes no sense")
    return Leave(scope, None if status is None else status & 0xFF)


def _living(fields: dict[str, Any]) -> Living:
    _only(fields, {"action", "id"})
    action = fields.get("action")
    if action not in ("list", "wait", "stop"):
        raise ProtocolError("the action must be list, wait or stop")
    return Living(action, None if action == "list" else _text(fields, "id"))


def _memory(fields: dict[str, Any]) -> Memory:
    _only(fields, {"action", "key", "value"})
    action, name, value = fields.get("action"), fields.get("key"), fields.get("value")
    if action not in ("get", "put", "append", "list"):
        raise ProtocolError("the action must be get, put, append or list")
    if not isinstance(name, str) or len(name) > LABEL_CHARACTERS or not (name or action == "list"):
        raise ProtocolError(f"the key must be a text of 1 to {LABEL_CHARACTERS} characters")
    if isinstance(value, str) == (action in ("get", "list")):
        raise ProtocolError("put and append take a value, get and list take none")
    return Memory(action, well_formed(name), None if value is None else well_formed(value))


def _bytes(fields: dict[str, Any], name: str) -> str:
    """Read what a hook saw: bytes, which need not be text, each as one character."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise ProtocolError("the request makes no sense")
    try:
        return value.encode("latin-1").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        raise ProtocolError(f"the {name} is no sequence of bytes") from None


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ProtocolError(f"the {name} is empty")
    return well_formed(value)


def _only(fields: dict[str, Any], known: set[str]) -> None:
    if unknown := set(fields) - known:
        raise ProtocolError(f"unknown field {sorted(unknown)[0]!r}")
