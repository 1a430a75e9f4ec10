"""The page itself: one HTML text that holds its script, its style, and what else it is given."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from pathlib import Path

from recursor.version import __version__

FOLDER = Path(__file__).parent / "page"
SCRIPTS = (
    "vendor/d3.min.js", "vendor/highlight.min.js", "vendor/diff.min.js",
    "dom.js", "source.js", "run.js", "text.js", "colours.js", "layout.js", "icicle.js",
    "outline.js", "time.js", "tree.js", "node.js", "charts.js", "experiment.js", "pair.js",
    "overview.js", "page.js",
)  # fmt: skip
"""In the order in which they stand in the page; each may use what those before it define."""

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="Recursor {version}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<noscript>This page needs JavaScript; everything it shows is in this file.</noscript>
"""
_TAIL = """<script>{script}</script>
</body>
</html>
"""


def policy(*, live: bool) -> str:
    """Return the page's Content-Security-Policy: its own script and style, and nothing else.

    A live page may fetch from where it comes from. No string ever becomes markup or script.
    """
    rules = {
        "default-src": "'none'",
        "script-src": _hash(script()),
        "style-src": _hash(style()),
        "connect-src": "'self'" if live else "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def write(title: str, embedded: Iterable[tuple[str, bytes]], *, live: bool) -> Iterator[str]:
    """Yield the page piece by piece; `embedded` are names and contents that stand in it.

    A content is base64 in an element that no browser executes.
    """
    yield _HEAD.format(
        policy=escape(policy(live=live)), version=__version__, title=escape(title), style=style()
    )
    for name, content in embedded:
        text = base64.b64encode(content).decode()
        yield f'<script type="application/gzip" id="{escape(name)}">{text}</script>\n'
    yield _TAIL.format(script=script())


@cache
def script() -> str:
    """Return the page's script."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)


@cache
def style() -> str:
    """Return the page's style."""
    return (FOLDER / "style.css").read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
