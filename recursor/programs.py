"""From answer text to program: which fence, which language, and which answer a program came from.

An answer holds a program if it has a fenced block in a language that the run executes (the first
one; a block that the answer's end cut off counts), or if, without any fence, its first line of
code reads as code. Prose is not a program: it is recorded and nothing runs.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from recursor.types import OWN_CODE, Language, Link, Program

_FENCE = "```"
_FENCE_LANGUAGE = re.compile(r"[ \t]*([\w+-]*)")
_LANGUAGES = {
    "bash": Language.BASH,
    "sh": Language.BASH,
    "shell": Language.BASH,
    "python": Language.PYTHON,
    "python3": Language.PYTHON,
    "py": Language.PYTHON,
}
_SHEBANG = re.compile(r"#!\s*\S*?(?:/|env\s+)(?P<name>bash|sh|dash|python[\d.]*)\b")

_WORDS = """
    . : [ [[ { ( (( ! alias bg break case cd command continue declare echo enable eval exec exit
    export false fg for function getopts hash help if jobs kill let local mapfile popd printf pushd
    pwd read readarray readonly return select set shift shopt source test time times trap true type
    typeset ulimit umask unset until wait while
    awk base64 basename bash bc cat chmod chown cksum clear cmp column comm cp csplit curl cut dash
    date dd df diff dirname du ed egrep env expand expr factor fgrep file find flock fmt fold
    free gawk git grep groups gunzip gzip head hostname iconv id install join jq less link ln ls
    make md5sum mkdir mkfifo mknod mktemp more mv nice nl node nohup nproc numfmt od paste patch
    perl pgrep pip pip3 pkill pr ps python python3 readlink realpath renice rev rm rmdir sed seq
    setsid sh sha256sum shred shuf sleep sort split stat strings stty sudo sync tac tail tar tee
    timeout touch tput tr truncate tsort tty uname unexpand uniq unlink uptime watch wc wget which
    who whoami xargs xxd yes
    query-model run-program budget program memory
"""
SHELL_WORDS = frozenset(_WORDS.split())
"""Words that a line of shell code begins with; prose rarely begins with one in lower case."""

_SHELL_START = re.compile(r"[\w]+(\[[^]]*\])?\+?=|[\w-]+\s*\(\)|[~.]{0,2}/\S|\$[\w{(]|\(|\"\$|[<>]")
_PYTHON_START = re.compile(
    r"(from\s+[\w.]+\s+import\s|import\s+[\w.]+|def\s+\w+\(|class\s+\w+\s*[:(]|@\w|async\s+def\s"
    r"|with\s.+:\s*$|for\s.+\sin\s.+:|while\s.+:\s*$|if\s.+:\s*$|try:|print\(|\"\"\""
    r"|[\w.\[\]'\", ]+\s*[-+*/|]?=\s|[\w.]+\()"
)

LINE_CHARACTERS = 500
"""So much of its first line tells what a text is."""
CONTAINED_CHARACTERS = 40
"""What is shorter says nothing about where it came from."""


@dataclass(frozen=True)
class Delivered:
    """An answer that a node received."""

    query: str
    text: str

    @cached_property
    def program(self) -> Program | None:
        """The program in it, in whichever language."""
        return extract(self.text, None)

    @cached_property
    def forms(self) -> frozenset[str]:
        """The texts that are this answer, but for white space at the ends."""
        forms = {self.text.strip(), unfenced(self.text).strip()}
        return frozenset(forms | ({self.program.text.strip()} if self.program else set()))


def extract(text: str, language: Language | None) -> Program | None:
    """Return the program in an answer, or None; `language` None accepts every language."""
    fences = list(_fences(text))
    for fence in fences:
        found = _LANGUAGES.get(fence.name) if fence.name else guess(fence.body, language)
        if found is not None and fence.body.strip() and language in (None, found):
            return Program(found, fence.body)
    if fences:
        return None
    bare = _bare_language(text, language)
    return Program(bare, text.rstrip() + "\n") if bare else None


def unfenced(text: str) -> str:
    """Return the text without the fence around all of it, if there is one."""
    whole = text.strip()
    fence = next(_fences(whole), None)
    return fence.body if fence and (fence.start, fence.end) == (0, len(whole)) else text


@dataclass(frozen=True)
class _Fence:
    name: str
    """What it calls its language, in lower case."""
    body: str
    start: int
    end: int


def _fences(text: str) -> Iterator[_Fence]:
    """Yield the fenced blocks of a text; one that the text's end cuts off counts."""
    opened: tuple[int, int, str] | None = None
    at = 0
    for line in text.split("\n"):
        mark, beyond = line.strip(" \t"), at + len(line) + 1
        if opened is not None and mark == _FENCE:
            start, body, name = opened
            yield _Fence(name, text[body:at], start, beyond - 1)
            opened = None
        elif opened is None and mark.startswith(_FENCE) and beyond <= len(text):
            language = _FENCE_LANGUAGE.match(mark, len(_FENCE))
            opened = at, beyond, language[1].lower() if language else ""
        at = beyond
    if opened is not None:
        start, body, name = opened
        yield _Fence(name, text[body:], start, len(text))


def language_of(text: str, default: Language) -> Language:
    """Return the language that a program's own first line names, else `default`."""
    shebang = _SHEBANG.match(text[:LINE_CHARACTERS])
    if shebang is None:
        return default
    return Language.PYTHON if shebang["name"].startswith("python") else Language.BASH


def guess(text: str, language: Language | None = None) -> Language:
    """Return the language that a program's first line names, else `language`, else as it reads."""
    return language_of(text, language or _bare_language(text, None) or Language.BASH)


def _bare_language(text: str, language: Language | None) -> Language | None:
    if _SHEBANG.match(text[:LINE_CHARACTERS]):
        named = language_of(text, Language.BASH)
        return named if language in (None, named) else None
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    first = first[:LINE_CHARACTERS]
    if language is not Language.PYTHON and _reads_as_shell(first):
        return Language.BASH
    if language is not Language.BASH and _PYTHON_START.match(first):
        return Language.PYTHON
    return None


def _reads_as_shell(line: str) -> bool:
    word = line.split(maxsplit=1)[0].rstrip(";") if line else ""
    return word in SHELL_WORDS or _SHELL_START.match(line) is not None


def link(
    text: str,
    near: Iterable[Delivered],
    far: Iterable[Delivered] = (),
    own: Iterable[str] = (),
    exact: str = "exact",
) -> Link:
    """Find the answer that a program came from.

    `near` are the answers that its jail received, `far` those of the programs above, both from the
    latest answer of the nearest outwards; the first of the best evidence wins. `exact` (called
    `broker` where the door itself was given the program): same text but for whitespace at the ends
    and fences. `contained`: the one holds the other verbatim, and the shorter has at least
    `CONTAINED_CHARACTERS`. Everything else is a program's own code, and so is a part of one of the
    `own` programs that the jail did not receive anew.
    """
    wanted = text.strip()
    received = [found for found in (_match(wanted, c, exact) for c in near) if found]
    inherited = [found for found in (_match(wanted, c, exact) for c in far) if found]
    exactly = [found for found in (*received, *inherited) if found.evidence == exact]
    best = next(iter(exactly or received), None)
    if best is None and not any(wanted in program for program in own):
        best = next(iter(inherited), None)
    if best is None:
        return OWN_CODE
    return dataclasses.replace(best, candidates=len(received) + len(inherited))


def _match(wanted: str, candidate: Delivered, exact: str) -> Link | None:
    language = candidate.program.language if candidate.program else None
    if wanted in candidate.forms:
        return Link(candidate.query, exact, (1.0, 1.0), language=language)
    for form in sorted(candidate.forms, key=len, reverse=True):
        short, long = sorted((form, wanted), key=len)
        if len(short) >= CONTAINED_CHARACTERS and short in long:
            coverage = (len(short) / len(wanted), len(short) / len(form))
            return Link(candidate.query, "contained", coverage, language=language)
    return None


# --- for people

SHOWN_CHARACTERS = 60


def first_line(text: str) -> str:
    """Return the first line of a program that says something, safe for a terminal, and short."""
    telling = ""
    for line in text.splitlines():
        telling = line.strip()
        if telling and not telling.startswith(("#", _FENCE)):
            break
    else:
        return ""
    if len(telling) > SHOWN_CHARACTERS:
        telling = telling[: SHOWN_CHARACTERS - 1] + "…"
    if telling.isprintable():
        return telling
    return "".join(c if c.isprintable() else "·" for c in telling)


def safe(text: str) -> str:
    """Return a text that may be shown: everything unprintable, but line ends, is written out."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text
    )


# --- likeness

SHINGLE_TOKENS = 4
COMPARED_CHARACTERS = 64 * 1024


@lru_cache(maxsize=256)
def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return every run of `SHINGLE_TOKENS` tokens in a program; a shorter program is one run.

    Of a long program its first `COMPARED_CHARACTERS` count. A token is a word, a number or a single
    sign; white space separates and does not count.
    """
    tokens = re.findall(r"\w+|[^\w\s]", text[:COMPARED_CHARACTERS])
    last = max(1, len(tokens) - SHINGLE_TOKENS + 1)
    return frozenset(tuple(tokens[i : i + SHINGLE_TOKENS]) for i in range(last) if tokens)


def likeness(text: str, other: str) -> float:
    """Return the share of two programs' shingles that both have, from 0 to 1.

    Resemblance in Broder, On the resemblance and containment of documents (1997).
    """
    mine, theirs = shingles(text), shingles(other)
    return len(mine & theirs) / len(mine | theirs) if mine or theirs else 1.0
