"""Times and sizes as a person writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from recursor.errors import UsageError

_SECONDS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


def duration(text: Any) -> float:
    """Read `90`, `500ms`, `30s`, `10m`, `2h` or `1d`; return seconds, more than 0."""
    return _quantity(str(text), _SECONDS, "a time such as 30s, 10m or 2h")


def size(text: Any) -> int:
    """Read `1000`, `64K`, `512M` or `2G`; return bytes, 1 or more."""
    return max(1, int(_quantity(str(text), _BYTES, "a size such as 64K, 512M or 2G")))


def _quantity(text: str, units: Mapping[str, float], what: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)", text.strip())
    found = float(match[1]) * units[match[2]] if match and match[2] in units else 0.0
    if not 0 < found < math.inf:
        raise UsageError(f"{text!r} is not {what}, more than 0")
    return found
