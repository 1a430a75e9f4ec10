"""No program, or no prompt, in which one of the operator's regular expressions is found."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recursor.types import Denial

SEARCHED_CHARACTERS = 16 * 1024


def judge(name: str, patterns: Sequence[str], text: str) -> Denial | None:
    """Refuse a text; `asked` is the number (from 1) of the first pattern that is found in it.

    A text in which a search might take for ever is refused for its length.
    """
    if patterns and len(text) > SEARCHED_CHARACTERS:
        return Denial(name, SEARCHED_CHARACTERS, len(text))
    for number, pattern in enumerate(patterns, 1):
        if re.search(pattern, text, re.MULTILINE):
            return Denial(name, 0, number)
    return None
