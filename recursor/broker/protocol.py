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


@dataclass(frozen=True)
class Run:
    """A program to execute in a jail of its own."""

    program: str
    language: Language | None


@dataclass(frozen=True)
class Budget:
    """What is left?"""


Message = Report | Query | Run | Budget


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
    raise ProtocolError("unknown operation")


def encode(reply: dict[str, Any]) -> bytes:
    """Write one reply line."""
    return json.dumps(reply).encode() + b"\n"


def well_formed(text: str) -> str:
    """Return the text with everything that UTF-8 cannot hold (lone surrogates) escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def _query(fields: dict[str, Any]) -> Query:
    _only(fields, {"prompt", "code", "key", "max_tokens", "temperature"})
    label, tokens, temperature = (fields.get(n) for n in ("key", "max_tokens", "temperature"))
    if label is not None and not (isinstance(label, str) and 0 < len(label) <= LABEL_CHARACTERS):
        raise ProtocolError(f"the key must be a text of 1 to {LABEL_CHARACTERS} characters")
    if tokens is not None and not (type(tokens) is int and 0 < tokens < 2**31):
        raise ProtocolError("max-tokens must be a whole number, 1 or more")
    if temperature is not None:
        if type(temperature) not in (int, float) or not 0 <= temperature <= 100:
            raise ProtocolError("temperature must be a number from 0 to 100")
        temperature = float(temperature)
    return Query(
        prompt=_text(fields, "prompt"),
        code=fields.get("code") is True,
        key=None if label is None else well_formed(label),
        max_tokens=tokens,
        temperature=temperature,
    )


def _run(fields: dict[str, Any]) -> Run:
    _only(fields, {"program", "language"})
    language = fields.get("language")
    if language is not None and language not in list(Language):
        raise ProtocolError("language must be bash or python")
    return Run(_text(fields, "program"), None if language is None else Language(language))


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ProtocolError(f"the {name} is empty")
    return well_formed(value)


def _only(fields: dict[str, Any], known: set[str]) -> None:
    if unknown := set(fields) - known:
        raise ProtocolError(f"unknown field {sorted(unknown)[0]!r}")
