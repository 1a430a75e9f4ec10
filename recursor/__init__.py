"""Recursor: grow, record and replay contained trees of programs that a language model writes."""

from recursor.api import Run, open, run
from recursor.errors import RecursorError
from recursor.version import __version__

__all__ = ["RecursorError", "Run", "__version__", "open", "run"]
