r"""Text and JSON as PostgreSQL can hold them.

It holds no NUL in a text; it holds `\u0000`, halves of surrogate pairs and other numbers than JSON
has in no JSON that it is to look into. These are written as a mark and their number, and read back
as what they were; so is the mark itself, one of Unicode's code points that stand for nothing. What
holds none of them, that is nearly everything, is the same in both databases.
"""

from __future__ import annotations

import json
import re
from typing import Any

MARK = "\ufdd0"
_JSON_MARK = r"\ufdd0"

_UNHELD = re.compile(f"[\0{MARK}]")
_MARKED = re.compile(f"{MARK}([0-9a-f]{{4}})")

_JSON_UNHELD = re.compile(r"\\u0000|\\ufdd0|\\ud[89a-f]|NaN|Infinity")
_JSON_PARTS = re.compile(r'"(?:[^"\\]|\\.)*"|NaN|-?Infinity')
_JSON_ESCAPES = re.compile(r"\\ud[89ab]..\\ud[c-f]..|\\u(0000|fdd0|d[89a-f]..)|\\.")
_JSON_MARKED = re.compile(r"\\ufdd0([0-9a-f]{4})|\\.")
_JSON_NUMBER = re.compile(r'"\\ufdd0(NaN|-?Infinity)"')


def mark(text: str) -> str:
    """Return a text as it is written."""
    return _UNHELD.sub(lambda found: f"{MARK}{ord(found[0]):04x}", text)


def unmark(text: str) -> str:
    """Return a text that was written."""
    return _MARKED.sub(lambda found: chr(int(found[1], 16)), text) if MARK in text else text


def dumps(value: Any) -> str:
    """Write a value as JSON."""
    text = json.dumps(value)
    return _JSON_PARTS.sub(_mark_part, text) if _JSON_UNHELD.search(text) else text


def loads(data: bytes | str) -> Any:
    """Read a value that was written as JSON."""
    text = data if isinstance(data, str) else data.decode()
    if _JSON_MARK in text:
        text = _JSON_NUMBER.sub(r"\1", text)
        text = _JSON_MARKED.sub(lambda found: rf"\u{found[1]}" if found[1] else found[0], text)
    return json.loads(text)


def _mark_part(part: re.Match[str]) -> str:
    """Mark what is to be marked in a string, or a number that JSON does not have."""
    if part[0][0] != '"':
        return f'"{_JSON_MARK}{part[0]}"'
    return _JSON_ESCAPES.sub(
        lambda found: f"{_JSON_MARK}{found[1]}" if found[1] else found[0], part[0]
    )
