"""Programs as code: their tokens, what is left of these without names and literals, their calls.

Theory of operation. tree-sitter makes a syntax tree of anything, in linear time, and calls what it
can't make sense of ERROR: programs of small models are often cut off or broken, and are read as far
as they go. The tree is walked with a cursor and never by recursion, so its depth is no matter.

A text is code if words of which the grammar can make nothing (those directly in an ERROR) are at
most `BROKEN` of it. bash's grammar can make a command of any sentence, so there one of
`_SHELL_SIGNS` is asked for, or a command that shells know. A text that is not code in its node's
language may be in the other one; what is code in neither is measured as text: its tokens are words
and signs, and it has no calls.

`normalised` leaves a program its shape. What it names itself is numbered in the order in which it
comes up (`id0`, `id1`), so that renaming changes nothing but swapping two names does; numbers and
the words of strings and of shell arguments are `lit`. As they are stay: keywords and signs, names
of commands and their options, what a program imports, Python's builtins and the methods that it
calls but doesn't define, and shell variables that mean something to the shell.
"""

from __future__ import annotations

import builtins
import hashlib
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import tree_sitter
import tree_sitter_bash
import tree_sitter_python

from recursor.programs import COMPARED_CHARACTERS, SHELL_WORDS
from recursor.types import Language

BROKEN = 0.15
"""The share of the characters of a text's tokens of which its language may make nothing."""
NAME, LITERAL = "id", "lit"
"""What stands in `normalised` for a name (with a number) and for a literal."""

_GRAMMARS = {
    Language.BASH: tree_sitter.Language(tree_sitter_bash.language()),
    Language.PYTHON: tree_sitter.Language(tree_sitter_python.language()),
}
_OTHER = {Language.BASH: Language.PYTHON, Language.PYTHON: Language.BASH}
_REMEMBERED = 1 << 17

_WHOLE = {"heredoc_body", "ansi_c_string"}
"""What is one token, whatever it holds: a text that the program carries."""
_LEFT_OUT = {"comment", ";"}
_SEPARATED = {"command_name", "declaration_command", "expression_statement"}
"""What a separator stands before, since the spacing that says so does not count."""
_SPACE = re.compile(r"^[ \t]*#.*$|[ \t]+$", re.MULTILINE)
"""What goes before the grammars see a text: lines of comments, and spaces at the ends of lines.
They count for nothing, but lead both grammars astray: between a decorator and its function, say."""
_NESTS = {
    "for_statement", "while_statement", "c_style_for_statement", "if_statement", "case_statement",
    "match_statement", "try_statement", "with_statement", "list_comprehension",
    "generator_expression", "function_definition", "class_definition", "subshell",
    "command_substitution", "process_substitution", "call",
}  # fmt: skip
_LITERALS = {
    "number", "integer", "float", "string_content", "raw_string", "ansi_c_string",
    "extglob_pattern", "regex", "heredoc_body", "heredoc_content", "heredoc_start", "heredoc_end",
    "escape_sequence", "special_character", "brace_expression",
}  # fmt: skip
_SHELL_VARIABLES = {
    "BASH_SOURCE", "BASH_ENV", "BASHPID", "PPID", "PATH", "HOME", "PWD", "OLDPWD", "IFS", "RANDOM",
    "SECONDS", "REPLY", "LINENO", "UID", "FUNCNAME", "OPTARG", "OPTIND", "PIPESTATUS", "SHLVL",
    "TMPDIR", "EPOCHSECONDS", *"0123456789",
}  # fmt: skip
_COMMANDS_NAMED = re.compile(r"(.*/)?(query-model|run-program|budget|memory|program|bash|python3?)")
"""An argument that stays: it is what `xargs`, `timeout` and their like execute."""
_TAKES_VERB = re.compile(r"(.*/)?(memory|program)")
"""A command whose first argument says what it does, and stays too."""
_SHELL_SIGNS = {"variable_name", "$(", "then", "do"}
_BUILTINS = frozenset(dir(builtins)) | {"__file__", "self"}
_NAME_CHARACTERS = 80


class Call(NamedTuple):
    """A command or function that a program calls."""

    name: str
    """As it is written, without its arguments: `./query-model`, `subprocess.run`, `$RUN_AI`."""
    depth: int
    """How many loops, conditions, functions, substitutions and calls it stands in."""


@dataclass(frozen=True, eq=False)
class Part:
    """A node of a syntax tree."""

    type: str
    """As the grammar calls it."""
    parent: Part | None
    """What it stands in."""
    node: tree_sitter.Node

    @property
    def text(self) -> str:
        return (self.node.text or b"").decode("utf-8", "replace")

    @property
    def within(self) -> tuple[str, ...]:
        """The types of what it stands in, the innermost first."""
        types = []
        above = self.parent
        while above is not None:
            types.append(above.type)
            above = above.parent
        return tuple(types)


@dataclass(frozen=True)
class Code:
    """A program that was read as code, or as text if `is_code` is not true."""

    text: str
    """The first `COMPARED_CHARACTERS` of the program; the rest does not count."""
    language: Language
    """The one that it was read in."""
    is_code: bool
    tokens: tuple[str, ...]
    """As they stand there; comments and spacing don't count. Blocks of Python are in braces."""
    normalised: tuple[str, ...]
    """The same without what it names and says."""
    calls: tuple[Call, ...]
    """The call skeleton, in the order of the text."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of `tokens`, in hex: that of copies but for spacing and comments."""
        return _digest(self.tokens)

    @cached_property
    def normalised_digest(self) -> str:
        """SHA-256 of `normalised`, in hex: that of copies but for names and literals, too."""
        return _digest(self.normalised)

    @property
    def root(self) -> tree_sitter.Node:
        """The syntax tree, made anew each time: keep it as long as its nodes are in use."""
        return _tree(self.text, self.language).root_node

    def walk(self) -> Iterator[Part]:
        """Yield every node of the syntax tree, each before what is in it."""
        cursor = _tree(self.text, self.language).walk()
        above: Part | None = None
        while cursor.node is not None:
            part = Part(cursor.node.type, above, cursor.node)
            yield part
            if cursor.goto_first_child():
                above = part
                continue
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return
                assert above is not None
                above = above.parent


@lru_cache(_REMEMBERED)
def parse(text: str, language: str) -> Code:
    """Read a program as code of its language, else of the other one, else as text.

    A record that comes from elsewhere may name any language.
    """
    text = text[:COMPARED_CHARACTERS]
    own = Language(language) if language in _OTHER else Language.BASH
    for each in (own, _OTHER[own]):
        read = _Reading(text, each)
        if read.is_code:
            return Code(text, each, True, tuple(read.tokens), read.normalised, tuple(read.calls))
    words = tuple(re.findall(r"\w+|[^\w\s]", text))
    return Code(text, own, False, words, words, ())


class _Reading:
    """What one walk over a syntax tree finds."""

    def __init__(self, text: str, language: Language) -> None:
        self.tokens: list[str] = []
        self.calls: list[Call] = []
        self._types: list[str] = []
        self._parents: list[str] = []
        """The types of the tokens, and of what they stand in."""
        self._is_python = language is Language.PYTHON
        self._source = _encoded(text)
        self._walk(_tree(text, language).walk())

    @property
    def is_code(self) -> bool:
        """Whether the language makes sense of it; and some word in it is one of the shell's."""
        if "ERROR" in self._parents or "ERROR" in self._types:
            places = filter(self._is_broken, range(len(self.tokens)))
            broken = sum(len(self.tokens[place]) for place in places)
            if broken > BROKEN * sum(map(len, self.tokens)):
                return False
        return (
            self._is_python
            or not self.calls
            or not _SHELL_SIGNS.isdisjoint(self._types)
            or any(_is_shell_word(call.name) for call in self.calls)
        )

    def _is_broken(self, place: int) -> bool:
        """Say whether a token is a word that the grammar has no place for.

        Keywords, signs and strings out of place do not count: they are what the beginning of a
        construct looks like that the answer's end cut off.
        """
        kind = self._types[place]
        return kind == "ERROR" or (
            self._parents[place] == "ERROR" and kind in ("identifier", "word")
        )

    @property
    def normalised(self) -> tuple[str, ...]:
        names = _names_of_python if self._is_python else _names_of_bash
        numbers: dict[str, str] = {}
        tokens = self.tokens
        normalised = [
            LITERAL if kind in _LITERALS else text
            for kind, text in zip(self._types, tokens, strict=True)
        ]
        for place in names(tokens, self._types, self._parents):
            name = tokens[place]
            normalised[place] = numbers.setdefault(name, f"{NAME}{len(numbers)}")
        if self._is_python:
            return tuple(normalised)
        for place, kind in enumerate(self._types):
            if kind == "word" and normalised[place] == tokens[place]:
                before = tokens[place - 1] if place else ""
                if not self._stays(tokens[place], self._parents[place], before):
                    normalised[place] = LITERAL
        return tuple(normalised)

    def _stays(self, word: str, parent: str, before: str) -> bool:
        """Say whether a word of a shell script is no literal."""
        return (
            parent in ("command_name", "function_definition")
            or word[0] == "-"
            or _COMMANDS_NAMED.fullmatch(word) is not None
            or _TAKES_VERB.fullmatch(before) is not None
        )

    def _walk(self, cursor: tree_sitter.TreeCursor) -> None:
        """Read the tree in one loop without calls of its own: here is where the time goes."""
        tokens, types, parents = self.tokens, self._types, self._parents
        source, intern = self._source, sys.intern
        within, nesting = [""], 0
        while (node := cursor.node) is not None:
            kind = node.type
            if kind in _SEPARATED:
                tokens.append(";")
                types.append(kind)
                parents.append(kind)
            if kind == "command_name" or kind == "call":
                self._call(node, nesting)
            if kind not in _WHOLE and cursor.goto_first_child():
                if kind == "block":
                    tokens.append("{")
                    types.append(kind)
                    parents.append(kind)
                within.append(kind)
                nesting += kind in _NESTS
                continue
            if kind not in _LEFT_OUT:
                text = source[node.start_byte : node.end_byte].decode("utf-8", "replace")
                if kind == "string_start" or kind == "string_end":
                    # Whichever quotes a string of Python is in is spacing, too.
                    text = "".join(sorted(set(text.lower().replace("'", '"'))))
                if kind == "string_content" or (text and not text.isspace()):
                    tokens.append(intern(text))
                    types.append(kind)
                    parents.append(within[-1])
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return
                left = within.pop()
                nesting -= left in _NESTS
                if left == "block":
                    tokens.append("}")
                    types.append(left)
                    parents.append(left)

    def _call(self, node: tree_sitter.Node, nesting: int) -> None:
        called = node.child(0) if node.type == "call" else node
        if called is not None:
            name = self._source[called.start_byte : called.end_byte].decode("utf-8", "replace")
            if len(name) > _NAME_CHARACTERS or "(" in name:
                name = name.rpartition(".")[2][:_NAME_CHARACTERS]
            self.calls.append(Call(name.strip("\"'"), nesting))


def _names_of_python(
    tokens: Sequence[str], types: Sequence[str], parents: Sequence[str]
) -> Iterator[int]:
    """Yield the places of what a program of Python names itself.

    An attribute is its own if it is a variable, a function or an attribute of `self` elsewhere.
    """
    own: set[str] = set()
    kept = set(_BUILTINS)
    places: list[tuple[int, bool]] = []
    for place, kind in enumerate(types):
        if kind != "identifier":
            continue
        name, parent = tokens[place], parents[place]
        is_part = parent == "attribute" and tokens[place - 1] == "."
        is_label = parent == "keyword_argument" and tokens[place - 1] in ("(", ",")
        if parent == "dotted_name":
            kept.add(name)
        elif not (is_part or is_label) or (is_part and tokens[place - 2] == "self"):
            own.add(name)
        places.append((place, is_part or is_label))
    for place, may_be_anothers in places:
        name = tokens[place]
        if name not in kept and (name in own or not may_be_anothers):
            yield place


def _names_of_bash(
    tokens: Sequence[str], types: Sequence[str], parents: Sequence[str]
) -> Iterator[int]:
    """Yield the places of the variables and functions that a shell script names itself."""
    defined = {
        token
        for token, kind, parent in zip(tokens, types, parents, strict=True)
        if kind == "word" and parent == "function_definition"
    }
    for place, kind in enumerate(types):
        is_variable = kind == "variable_name" and tokens[place] not in _SHELL_VARIABLES
        if is_variable or (kind == "word" and tokens[place] in defined):
            yield place


def _is_shell_word(name: str) -> bool:
    return name in SHELL_WORDS or name[:1] in './~$"`'


def _tree(text: str, language: Language) -> tree_sitter.Tree:
    return tree_sitter.Parser(_GRAMMARS[language]).parse(_encoded(text))


def _encoded(text: str) -> bytes:
    """Return what is parsed: the same lines, so that numbers of lines stay."""
    return _SPACE.sub("", text).encode("utf-8", "replace")


def _digest(tokens: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(tokens).encode("utf-8", "surrogatepass")).hexdigest()
