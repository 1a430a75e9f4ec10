"""Recursor: grow, record and replay contained trees of programs that a language model writes."""

from recursor.api import Replayed, Run, fork, open, replay, rerun, resume, run
from recursor.errors import RecursorError
from recursor.version import __version__

__all__ = [
    "RecursorError",
    "Replayed",
    "Run",
    "__version__",
    "fork",
    "open",
    "replay",
    "rerun",
    "resume",
    "run",
]
