"""No program, or no prompt, in which one of the operator's regular expressions is found."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recursor.types import Denial


def judge(name: str, patterns: Sequence[str], text: str) -> Denial | None:
    """Refuse a text; `asked` is the number (from 1) of the first pattern that is found in it."""
    for number, pattern in enumerate(patterns, 1):
        if re.search(pattern, text, re.MULTILINE):
            return Denial(name, 0, number)
    return None
