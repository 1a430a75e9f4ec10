"""What differs from one execution to the next without meaning anything: times, process numbers, ...

`normalised` hides it, so that two texts can be compared without it.
"""

import re

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[AP]M)?"
_DAYS = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_MONTHS = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
TIME = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[T ]{_CLOCK})?(?:Z|[+-]\d{{2}}:?\d{{2}})?"
    rf"|(?:{_DAYS},?\s+)?(?:{_MONTHS}\s+\d{{1,2}}|\d{{1,2}}\s+{_MONTHS})(?:,?\s+\d{{4}})?(?:\s+{_CLOCK})?"
    rf"|{_CLOCK}|\b1\d{{9}}(?:\.\d+|\d{{3}}|\d{{6}}|\d{{9}})?\b"
    r"|\b\d+(?:\.\d+)?\s?(?:m?s|µs|ms|seconds|minutes)\b|\b\d+m\d+(?:\.\d+)?s\b"
)
"""Dates, times of day, seconds since 1970 (and their thousandths, ...), durations."""

_MASKS = (
    (re.compile(r"(?i)\b(seconds|tokens)(\W{1,4})\d+(?:\.\d+)?"), r"\1\2#"),
    (re.compile(r"(?i)\b\d+(?:\.\d+)?(\s+(?:seconds|tokens))\b"), r"#\1"),
    (TIME, "<time>"),
    (re.compile(r"(?i)\b(pid|process)(\W{1,3})\d+"), r"\1\2#"),
    (re.compile(r"/tmp/[\w./-]+|\btmp[.\w]{6,}"), "<temporary>"),
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "<address>"),
)


def normalised(text: str) -> str:
    """Return the text with times, process numbers, temporary paths and addresses masked.

    What is left of seconds and tokens is, too.
    """
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text
