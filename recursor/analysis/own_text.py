"""Where a program reads its own text: $0 and BASH_SOURCE, `__file__`, sys.argv[0],
inspect.getsource, /proc/self and /proc/$$.

A name that only a command which says it is given (`echo "usage: $0"`) reads nothing; nor does $0 in
a program of awk's, which is a string to the shell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recursor.analysis.code import Part, parse
from recursor.types import Language

_SELF = {"$0", "${0}", "${BASH_SOURCE}", "$BASH_SOURCE", "${BASH_SOURCE[0]}", "$BASH_SOURCE[0]"}
_TELLS = {"echo", "printf", "print", "basename", "dirname", "usage", "say", "sys.exit", "exit"}
"""What is called with a file's name only to say it."""
_READ_BY_PYTHON = ("__file__", "sys.argv[0]")
_SOURCES = ("inspect.getsource", "getsource")
_PROCESS = ("/proc/self", "/proc/$$")
_TEXTS = ("word", "concatenation", "string_content", "raw_string")


def reads_itself(text: str, language: str) -> bool:
    """Say whether a program names its own file to anything but a command that only says it."""
    code = parse(text, language)
    return code.is_code and any(places(code.language, code.walk()))


def places(language: Language, parts: Iterable[Part]) -> Iterator[Part]:
    """Yield the parts of a program that read its own text."""
    reads = _reads if language is Language.BASH else _loads
    for part in parts:
        if reads(part) or (part.type in _TEXTS and any(name in part.text for name in _PROCESS)):
            yield part


def _reads(part: Part) -> bool:
    if part.type not in ("simple_expansion", "expansion") or part.text not in _SELF:
        return False
    return not any(name in _TELLS for name in _callers(part, "command"))


def _loads(part: Part) -> bool:
    if part.type == "call":
        return (_called(part) or "") in _SOURCES
    is_own = part.type in ("identifier", "subscript") and part.text in _READ_BY_PYTHON
    return is_own and not any(name in _TELLS for name in _callers(part, "call"))


def _callers(part: Part, kind: str) -> Iterator[str]:
    """Yield the command or the function that something is an argument of, if it is of any."""
    above = part.parent
    while above is not None and above.type not in (kind, "command_substitution"):
        above = above.parent
    if above is not None and above.type == kind and (name := _called(above)):
        yield name


def _called(part: Part) -> str | None:
    first = part.node.child(0)
    return first.text.decode("utf-8", "replace") if first and first.text else None
