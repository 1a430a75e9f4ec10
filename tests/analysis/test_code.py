"""Programs as code: what does not count does not count, and nothing is too broken to be read."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recursor.analysis.code import Call, parse
from recursor.types import Language

BASH = """#!/bin/bash
# asks for ideas
{a}="$(./query-model "ideas for $GOAL")"
{f}() {{ echo "$1" >> notes.txt; }}
for {b} in ${a}; do
    {f} "${b}"
    eval "$(./query-model --code "a script for ${b}")" && ./memory put "{b}" done
done
"""
PYTHON = '''"""Asks for ideas."""
import subprocess
from recursor_guest import query

def {f}({a}, limit=3):
    # one at a time
    for {b} in {a}.splitlines()[:limit]:
        print(query(f"a script for {{{b}}}").strip())

{f}(query("ideas"), limit=5)
'''
PROGRAMS = {Language.BASH: BASH, Language.PYTHON: PYTHON}
_identifiers = st.from_regex(r"[a-z]{3}_[a-z]{1,8}", fullmatch=True)


@pytest.mark.parametrize("language", Language)
@given(names=st.lists(_identifiers, min_size=3, max_size=3, unique=True))
def test_renaming_changes_no_normalised_digest(language: Language, names: list[str]) -> None:
    text = PROGRAMS[language]
    plain = parse(text.format(a="ideas", b="idea", f="work"), language)
    renamed = parse(text.format(a=names[0], b=names[1], f=names[2]), language)
    assert renamed.normalised_digest == plain.normalised_digest
    assert renamed.digest != plain.digest


@given(blanks=st.lists(st.sampled_from(["\n", "\n\n", "  \n", "# a remark\n"]), max_size=8))
def test_spacing_and_comments_change_no_digest(blanks: list[str]) -> None:
    text = BASH.format(a="ideas", b="idea", f="work")
    lines = text.splitlines(keepends=True)
    spaced = "".join(
        blank + line.replace("    ", "\t") for blank, line in zip(blanks, lines, strict=False)
    )
    spaced += "".join(lines[len(blanks) :])
    assert parse(spaced, "bash").digest == parse(text, "bash").digest


def test_swapped_names_are_another_program() -> None:
    one, other = parse("x = a - b", "python"), parse("x = b - a", "python")
    assert one.normalised_digest == other.normalised_digest  # one is the other, renamed
    one, other = parse("a = b = 0\nx = a - b", "python"), parse("a = b = 0\nx = b - a", "python")
    assert one.normalised_digest != other.normalised_digest


def test_what_a_program_does_is_not_normalised_away() -> None:
    different = [
        "./memory get a",
        "./memory put a",
        "./query-model a",
        "./run-program a",
        "sort -n a",
        "sort -r a",
        "echo a; b",
        "echo a b",
        "echo $0",
        "echo $HOME",
        "echo $NAME",
    ]
    assert len({parse(text, "bash").normalised for text in different}) == len(different)
    assert parse("a.strip()", "python").normalised != parse("a.split()", "python").normalised
    nested = "for a in b:\n    c()\n    d()"
    assert parse(nested, "python").digest != parse(nested.replace("    d", "d"), "python").digest


def test_a_here_document_is_one_literal() -> None:
    code = parse("cat > p.py <<'END'\nprint(1)\nEND\n", "bash")
    assert "print(1)\n" in code.tokens
    assert [call.name for call in code.calls] == ["cat"]


def test_the_call_skeleton_has_its_nesting() -> None:
    code = parse('for a in 1 2; do echo "$(./query-model "$a")"; done\nls', "bash")
    assert code.calls == (Call("echo", 1), Call("./query-model", 2), Call("ls", 0))
    code = parse("def f():\n    print(subprocess.run('ls'))", "python")
    assert code.calls == (Call("print", 1), Call("subprocess.run", 2))


def test_walking_tells_what_each_part_stands_in() -> None:
    (part,) = [part for part in parse("a | b $(c)", "bash").walk() if part.text == "c"][:1]
    assert part.within == ("command_substitution", "command", "pipeline", "program")[0:4]


@pytest.mark.parametrize(
    ("text", "language", "read_as"),
    [
        ("for i in 1 2 3; do echo \"abc", "bash", "bash"),  # an answer that was cut off
        ("def f(x):\n    return [x, g(", "python", "python"),
        ("import os\nprint(os.getcwd())\n", "python", "python"),
        ("#!/bin/bash\nif [ -f a ]; then ./query-model hi; fi", "python", "bash"),
        ("The sea is blue, and wide;\nit is deep.", "bash", None),
        ("I'm sorry, but I can't do that. (It is not possible.)", "bash", None),
        ("Sure! Here is the list of ideas that you asked for.", "python", None),
        (bytes(range(256)).decode("latin1") * 20, "bash", None),
    ],
)  # fmt: skip
def test_which_language_a_text_is_read_in(text: str, language: str, read_as: str | None) -> None:
    code = parse(text, language)
    assert (str(code.language) if code.is_code else None) == read_as


def test_text_is_measured_as_words() -> None:
    code = parse("The sea is blue. It's deep.", "bash")
    assert not code.is_code
    assert code.tokens[:4] == code.normalised[:4] == ("The", "sea", "is", "blue")
    assert code.calls == ()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n \n",
        "\x00\xff\ud800",
        "$(" * 10_000,
        "[" * 10_000,
        "if a; then\n" * 5_000,
        "'\"`" * 10_000,
        "echo hello $(ls)\n" * 60_000,
        "".join(" " * n + "if a:\n" for n in range(300)),
        "-" * 60_000 + "a",
    ],
)
def test_nothing_is_too_broken_deep_or_large(text: str, language: Language) -> None:
    begun = time.process_time()
    code = parse(text, language)
    assert sum(1 for _ in code.walk()) > 0
    assert len(code.digest) == 64
    assert time.process_time() - begun < 30


@given(st.text(max_size=300), st.sampled_from(Language))
def test_any_text_is_read_the_same_way_twice(text: str, language: Language) -> None:
    assert parse.__wrapped__(text, language) == parse(text, language)


@pytest.mark.parametrize("language", Language)
def test_a_program_cut_off_anywhere_is_read(language: Language) -> None:
    text = PROGRAMS[language].format(a="ideas", b="idea", f="work")
    drawn = random.Random(0)
    for _ in range(20):
        code = parse(text[: drawn.randrange(20, len(text))], language)
        assert code.tokens
