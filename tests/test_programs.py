"""Which texts are programs, and which answer a program came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recursor.programs import Delivered, extract, language_of, link, unfenced
from recursor.types import OWN_CODE, Language, Program

BASH, PYTHON = Language.BASH, Language.PYTHON


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Here:\n```bash\necho hi\n```\nDone.", Program(BASH, "echo hi\n")),
        ("```sh\nls\n```", Program(BASH, "ls\n")),
        ("```python3\nprint(1)\n```", Program(PYTHON, "print(1)\n")),
        ("```json\n{}\n```\n```bash\nls\n```", Program(BASH, "ls\n")),
        ("```\n#!/usr/bin/env python3\nx=1\n```", Program(PYTHON, "#!/usr/bin/env python3\nx=1\n")),
        (
            "```\nimport os\nprint(os.getcwd())\n```",
            Program(PYTHON, "import os\nprint(os.getcwd())\n"),
        ),
        ("```bash\necho cut", Program(BASH, "echo cut")),
        ("echo hi", Program(BASH, "echo hi\n")),
        ("# a comment\n./query-model x", Program(BASH, "# a comment\n./query-model x\n")),
        ("X=1\necho $X", Program(BASH, "X=1\necho $X\n")),
        ('DRAFT="$(./query-model "a")"', Program(BASH, 'DRAFT="$(./query-model "a")"\n')),
        ("for i in 1 2; do echo $i; done", Program(BASH, "for i in 1 2; do echo $i; done\n")),
        ("import sys\nprint(1)", Program(PYTHON, "import sys\nprint(1)\n")),
        ("#!/bin/bash\nanything", Program(BASH, "#!/bin/bash\nanything\n")),
        ("I cannot help with that.", None),
        ("Sorry. Try again.", None),
        ("1. buy clips\n2. make clips", None),
        ("", None),
        ("```bash\n\n```", None),
        ("```json\n{}\n```", None),
    ],
)
def test_extract(text: str, expected: Program | None) -> None:
    assert extract(text, None) == expected


def test_extract_keeps_to_the_asked_language() -> None:
    both = "```python\nprint(1)\n```\n```bash\nls\n```"
    assert extract(both, BASH) == Program(BASH, "ls\n")
    assert extract(both, PYTHON) == Program(PYTHON, "print(1)\n")
    assert extract("```python\nprint(1)\n```", BASH) is None
    assert extract("print(1)", PYTHON) == Program(PYTHON, "print(1)\n")


@given(st.text())
def test_extract_and_link_take_any_text(text: str) -> None:
    program = extract(text, None)
    assert program is None or program.text.strip()
    link(text, [Delivered("q", text)])


def test_unfenced_takes_off_only_a_fence_around_everything() -> None:
    assert unfenced("```bash\nls\n```\n") == "ls\n"
    inner = "cat <<E\n```bash\nls\n```\nE\n"
    assert unfenced(inner) == inner


def test_language_of_reads_the_first_line() -> None:
    assert language_of("#!/usr/bin/python3 -I\n", BASH) is PYTHON
    assert language_of("#!/bin/sh\n", PYTHON) is BASH
    assert language_of("x", PYTHON) is PYTHON


def test_link_finds_the_answer_behind_a_fence() -> None:
    answers = [Delivered("q2", "other"), Delivered("q1", "So:\n```bash\nls -l\n```")]
    found = link("ls -l", answers)
    assert (found.query, found.evidence) == ("q1", "exact")
    assert found.candidates == 1


def test_link_prefers_the_latest_and_counts_all() -> None:
    answers = [Delivered("late", "ls"), Delivered("early", "ls")]
    found = link("ls\n", answers)
    assert (found.query, found.candidates) == ("late", 2)


def test_link_by_containment_needs_forty_characters() -> None:
    body = "echo one; echo two; echo three; echo four; echo five"
    found = link(f"#!/bin/bash\n{body}\n", [Delivered("q", body)])
    assert found.evidence == "contained"
    assert found.coverage is not None
    assert found.coverage[1] == 1.0
    assert found.coverage[0] < 1.0
    assert link("#!/bin/bash\nls\n", [Delivered("q", "ls")]) == OWN_CODE


def test_exact_beats_contained() -> None:
    body = "echo one; echo two; echo three; echo four; echo five"
    answers = [Delivered("q2", f"{body}\necho more"), Delivered("q1", body)]
    assert link(body, answers).query == "q1"
