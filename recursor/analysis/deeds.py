"""What a program's text says that it does through its door: the static half of a motif.

A deed is a place in the text where a program would query, execute, stop, remember and so on, if it
came there; a word in a string or a comment that nothing executes is none. Calls are followed
through variables (`RUN_AI=./query-model`) and functions that the program defines itself.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from recursor.analysis.code import Part, parse
from recursor.analysis.own_text import places
from recursor.types import Language

QUERY, SPAWN, STOP, LIST = "query", "spawn", "stop", "list"
MEMORY, BUDGET, OWN_TEXT, MACHINE, MODEL = "memory", "budget", "own text", "machine", "model"
"""Kinds of deeds: `spawn` executes a program, in whichever way; `own text` reads its own program;
`machine` asks what it runs on; `model` calls a model that is not the one that wrote it."""

MODELS = re.compile(
    r"ollama|llm|openai|chatgpt|gpt[\w.-]*|claude|gemini|mistral|llama[\w.-]*|ask[-_]?ai|ai|aichat|sgpt"
    r"|anthropic|huggingface-cli|transformers-cli"
)
MACHINE_COMMANDS = {
    "uname", "id", "whoami", "hostname", "env", "printenv", "ps", "df", "free", "nproc", "lscpu",
    "uptime", "top", "groups", "ip", "ifconfig", "mount", "lsb_release", "hostnamectl", "neofetch",
    "screenfetch", "inxi", "lshw", "lsblk", "sysctl", "arch", "getconf", "vmstat", "dmesg", "who",
}  # fmt: skip
_MACHINE_FILES = re.compile(r"/proc/(?!self/cmdline)\w+|/etc/\w|/sys/\w")
_MACHINE_PYTHON = re.compile(
    r"platform\.\w+|os\.(uname|getuid|getlogin|cpu_count|getloadavg)|socket\.gethostname"
    r"|getpass\.getuser|psutil\.\w+|os\.environ\.(copy|items|keys)"
)
_READS = {"cat", "head", "tail", "sed", "grep", "awk", "cp", "cut", "sort", "wc", "source", "."}
_TAKES_COMMAND = {"timeout", "nice", "env", "time", "xargs", "nohup", "command", "builtin", "exec",
                  "parallel", "setsid", "stdbuf"}  # fmt: skip
_LOOPS = {"for_statement", "while_statement", "c_style_for_statement", "list_comprehension",
          "generator_expression", "set_comprehension", "dictionary_comprehension"}  # fmt: skip
_CONDITIONS = {"if_statement", "negated_command", "elif_clause", "try_statement"}
_DECIDES = {"if_statement", "elif_clause", "while_statement", "case_statement", "match_statement"}
_PROCESSES = re.compile(r"subprocess\.\w+|os\.(system|popen)|Popen|check_output|check_call")
_GUEST = {
    "query": QUERY, "recursor_guest.query": QUERY,
    "run": SPAWN, "recursor_guest.run": SPAWN, "exec": SPAWN, "eval": SPAWN,
    "programs.stop": STOP, "recursor_guest.programs.stop": STOP,
    "programs.list": LIST, "recursor_guest.programs.list": LIST,
    "budget": BUDGET, "recursor_guest.budget": BUDGET,
}  # fmt: skip
_COMMANDS = {"query-model": QUERY, "run-program": SPAWN, "budget": BUDGET}
_IN_TEXT = re.compile(r"(query-model|run-program|budget|memory|program)\b")


@dataclass(frozen=True)
class Deed:
    """A place in a program where it would do something through its door."""

    kind: str
    words: str
    """What it is given: the text of its arguments."""
    line: int
    """Counted from 1."""
    in_loop: bool
    is_guarded: bool
    """Whether what comes of it decides how the program goes on: a condition, `||`, `try`, or a test
    of its status or result that follows."""
    result: str = ""
    """The variable that its result goes to, if it goes to one."""


@lru_cache(1 << 17)
def deeds(text: str, language: str, names: frozenset[tuple[str, str]] = frozenset()) -> list[Deed]:
    """Return what a program would do, in the order of its text.

    `names` are other names that the guest's commands had in its run: pairs of own and other.
    """
    code = parse(text, language)
    if not code.is_code:
        return []
    commands = {**_COMMANDS, **{other: _COMMANDS[own] for own, other in names if own in _COMMANDS}}
    parts = list(code.walk())
    reading = _Shell if code.language is Language.BASH else _Python
    found = _tested(parts, list(reading(parts, commands).deeds()))
    found += [_deed(OWN_TEXT, part, part.text) for part in places(code.language, parts)]
    return _through_functions(parts, found)


class _Shell:
    def __init__(self, parts: Sequence[Part], commands: dict[str, str]) -> None:
        self._parts, self._commands = parts, commands
        self._aliases = {"$RUN_AI": "query-model", "${RUN_AI}": "query-model"}
        self._takes_command = _TAKES_COMMAND | {
            name for name, part in _functions(parts) if '"$@"' in part.text
        }

    def deeds(self) -> Iterator[Deed]:
        for part in self._parts:
            if part.type == "variable_assignment":
                name, _, value = part.text.partition("=")
                value = value.strip("\"'")
                if self._is_of_guest(value):
                    self._aliases |= {f"${name}": value, f"${{{name}}}": value}
            elif part.type == "command":
                yield from self._command_deeds(part)

    def _command_deeds(self, part: Part) -> Iterator[Deed]:
        name, words = self._named(part)
        kind, base = self._command(name), name.rpartition("/")[2]
        rest = " ".join(words)
        first = words[0] if words else ""
        if kind is not None:
            yield _deed(kind, part, rest if _has_prompt(words) else _pipeline(part))
        elif base == "memory" and first in ("get", "put", "append", "list"):
            yield _deed(MEMORY, part, rest)
        elif base == "program" and first in (STOP, LIST):
            yield _deed(first, part, rest)
        elif _evaluates(part, base, words):
            yield _deed(SPAWN, part, rest)
        elif base in MACHINE_COMMANDS or (base in _READS and _MACHINE_FILES.search(rest)):
            yield _deed(MACHINE, part, part.text)
        elif MODELS.fullmatch(base):
            yield _deed(MODEL, part, rest)

    def _named(self, part: Part) -> tuple[str, list[str]]:
        """Return the command that is executed and its words; `timeout 5 query-model` is a query."""
        words = [
            (child.text or b"").decode("utf-8", "replace")
            for child in part.node.children
            if child.type not in ("variable_assignment", "file_redirect", "herestring_redirect")
        ]
        name = words[0].strip("\"'") if words else ""
        if name.rpartition("/")[2] in self._takes_command:
            for place, word in enumerate(words[1:], 1):
                given = self._aliases.get(word.strip("\"'"), word)
                if self._is_of_guest(given):
                    return given, words[place + 1 :]
        return self._aliases.get(name, name), words[1:]

    def _is_of_guest(self, name: str) -> bool:
        return name.rpartition("/")[2] in (*self._commands, "memory", "program")

    def _command(self, name: str) -> str | None:
        return self._commands.get(name.rpartition("/")[2])


class _Python:
    def __init__(self, parts: Sequence[Part], commands: dict[str, str]) -> None:
        self._parts, self._commands = parts, commands
        self._aliases: dict[str, str] = {}

    def deeds(self) -> Iterator[Deed]:
        for part in self._parts:
            if part.type == "aliased_import":
                name, _, alias = part.text.partition(" as ")
                if name.strip() in _GUEST:
                    self._aliases[alias.strip()] = name.strip()
            elif part.type == "call":
                yield from self._call_deeds(part)

    def _call_deeds(self, part: Part) -> Iterator[Deed]:
        called = part.node.child_by_field_name("function")
        given = part.node.child_by_field_name("arguments")
        name = "" if called is None else (called.text or b"").decode("utf-8", "replace")
        words = "" if given is None else (given.text or b"").decode("utf-8", "replace")
        name = self._aliases.get(name, name)
        kind = _GUEST.get(name)
        if _PROCESSES.fullmatch(name):
            yield from self._processes(part, words)
        elif kind is not None and not (name in ("exec", "eval") and _is_literal(words)):
            yield _deed(kind, part, words)
        elif re.fullmatch(r"(recursor_guest\.)?memory\.(get|put|append|list)", name):
            yield _deed(MEMORY, part, words)
        elif _MACHINE_PYTHON.fullmatch(name) or (name == "open" and _MACHINE_FILES.search(words)):
            yield _deed(MACHINE, part, part.text)

    def _processes(self, part: Part, words: str) -> Iterator[Deed]:
        """Yield what a command that Python starts does: its words are a string or a list."""
        named = _IN_TEXT.search(words)
        other = [kind for name, kind in self._commands.items() if name in words]
        if named and named[1] == "memory":
            yield _deed(MEMORY, part, words)
        elif named and named[1] == "program":
            kind = STOP if STOP in words else LIST if LIST in words else None
            yield from [_deed(kind, part, words)] if kind else []
        elif other:
            yield _deed(other[0], part, words)
        else:
            command = re.findall(r"""["']([\w./-]+)""", words)[:1]
            if command and command[0] in MACHINE_COMMANDS:
                yield _deed(MACHINE, part, words)
            elif command and MODELS.fullmatch(command[0]):
                yield _deed(MODEL, part, words)
            elif command and command[0] in ("bash", "sh", "python3") and not _is_literal(words):
                yield _deed(SPAWN, part, words)


def _tested(parts: Sequence[Part], found: list[Deed]) -> list[Deed]:
    """Say of deeds whose result or status a later condition looks at that they are guarded."""
    conditions = [(part.node.start_point.row + 1, text) for part, text in _conditions(parts)]
    statuses = {
        part.node.start_point.row + 1: part.text.partition("=")[0]
        for part in parts
        if part.type == "variable_assignment" and part.text.endswith("=$?")
    }
    tested = []
    for deed in found:
        after = [text for line, text in conditions if line >= deed.line]
        names = {deed.result, *(n for line, n in statuses.items() if 0 <= line - deed.line <= 2)}
        is_tested = any(
            re.search(rf"\b{re.escape(name)}\b", text) for name in names if name for text in after
        )
        at_once = [text for line, text in conditions if 0 < line - deed.line <= 2]
        is_tested |= any("$?" in text for text in at_once)
        tested.append(replace(deed, is_guarded=deed.is_guarded or is_tested))
    return tested


def _conditions(parts: Sequence[Part]) -> Iterator[tuple[Part, str]]:
    """Yield what a program's course depends on, and its text."""
    for part in parts:
        if part.type in ("test_command", "conditional_expression", "assert_statement") or (
            part.type == "command" and part.text.startswith(("[ ", "test "))
        ):
            yield part, part.text
        else:
            for name in ("condition", "value", "subject"):
                decides = part.type in _DECIDES and part.node.child_by_field_name(name)
                if decides and decides.text:
                    yield part, decides.text.decode("utf-8", "replace")


def _functions(parts: Sequence[Part]) -> Iterator[tuple[str, Part]]:
    for part in parts:
        if part.type == "function_definition":
            named = part.node.child_by_field_name("name")
            if named is not None and named.text:
                yield named.text.decode("utf-8", "replace"), part


def _calls(parts: Sequence[Part], functions: Container[str]) -> Iterator[tuple[str, Part, bool]]:
    """Yield where functions of the program are called: by name, or by what they are given to.

    With it whether that calls them many times: `map(work, tasks)`, `pool.submit(work, task)`.
    """
    for part in parts:
        if part.type == "command_name" and part.parent is not None:
            yield part.text, part.parent, False
        elif part.type == "call":
            name, _, given = part.text.partition("(")
            yield name, part, False
            for word in re.findall(r"\w+", given):
                if word in functions and re.fullmatch(r"(.*\.)?(map|submit|imap\w*|starmap)", name):
                    yield word, part, True


def _through_functions(parts: Sequence[Part], found: list[Deed]) -> list[Deed]:
    """Add the deeds of functions at the places where these are called, until nothing is new."""
    bodies = {
        name: (part.node.start_point.row + 1, part.node.end_point.row + 1)
        for name, part in _functions(parts)
    }
    calls = [call for call in _calls(parts, bodies) if call[0] in bodies]
    seen: set[tuple[str, int]] = {(deed.kind, deed.line) for deed in found}
    all_ = list(found)
    for _ in bodies:
        new = []
        for name, part, is_many in calls:
            first, last = bodies[name]
            for deed in all_:
                line = part.node.start_point.row + 1
                if first <= deed.line <= last and (deed.kind, line) not in seen:
                    seen.add((deed.kind, line))
                    here = _deed(deed.kind, part, f"{deed.words} {part.text}")
                    in_loop = here.in_loop or deed.in_loop or is_many
                    is_guarded = here.is_guarded or deed.is_guarded
                    new.append(replace(here, in_loop=in_loop, is_guarded=is_guarded))
        if not new:
            break
        all_ += _tested(parts, new)
    return sorted(all_, key=lambda deed: deed.line)


def _deed(kind: str, part: Part, words: str) -> Deed:
    within = part.within
    return Deed(
        kind=kind,
        words=words,
        line=part.node.start_point.row + 1,
        in_loop=not _LOOPS.isdisjoint(within) or part.text.startswith(("xargs", "parallel")),
        is_guarded=not _CONDITIONS.isdisjoint(within) or _decides(part),
        result=_result(part),
    )


def _result(part: Part) -> str:
    """Return the variable that a deed's result goes to."""
    above: Part | None = part
    while above is not None and above.type not in ("do_group", "block", "compound_statement"):
        if above.type in ("variable_assignment", "assignment"):
            return above.text.partition("=")[0].partition(":")[0].strip()
        above = above.parent
    return ""


def _decides(part: Part) -> bool:
    """Return whether a command stands before `||` or `&&`, or is what a loop goes on by."""
    above: Part | None = part
    while above is not None and above.type not in ("do_group", "program", "compound_statement"):
        follows = above.node.next_sibling
        if follows is not None and follows.type in ("||", "&&"):
            return True
        if above.parent is not None and above.parent.type == "while_statement":
            return above.parent.text.startswith(("until", "while !")) or follows is None
        above = above.parent
    return False


def _has_prompt(words: Sequence[str]) -> bool:
    """Return whether a query's words hold its prompt, which else comes from its input."""
    options = iter(words)
    for word in options:
        if word in ("--key", "--model", "--max-tokens", "--temperature", "--language"):
            next(options, None)
        elif not word.startswith("-"):
            return True
    return False


def _pipeline(part: Part) -> str:
    above: Part | None = part
    while above is not None:
        if above.type in ("pipeline", "redirected_statement"):
            return above.text
        if above.type not in ("command", "list"):
            break
        above = above.parent
    return part.text


def _evaluates(part: Part, command: str, words: Sequence[str]) -> bool:
    """Return whether a command executes a program that is not written down in the text."""
    if command in ("source", "."):
        return bool(words)
    if command == "eval":
        return any("$" in word or "`" in word or "<(" in word for word in words)
    if command not in ("bash", "sh", "python3", "python"):
        return False
    if "-c" in words:
        return any("$" in word or "`" in word for word in words)
    return bool(words and not words[0].startswith("-")) or _pipeline(part) != part.text


def _is_literal(words: str) -> bool:
    return re.fullmatch(r"""\(\s*[rb]?(["'])[^"']*\1\s*\)""", words) is not None
