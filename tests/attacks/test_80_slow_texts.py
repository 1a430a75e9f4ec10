"""Texts on which a careless search would take for hours: the supervisor goes on serving."""

from __future__ import annotations

import time

import pytest

from recursor import programs, prompts
from recursor.policies import patterns
from recursor.programs import Delivered

TEXTS = {
    "a fence without an end": "```" + "a" * 3_000_000,
    "spaces before a sign": "a" + " " * 3_000_000 + "!",
    "many fences": "```\n" * 500_000,
    "a long line of words": "word " * 500_000,
    "marks of a program": "#!" + " " * 3_000_000,
    "many lines": "\n" * 3_000_000,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_it_is_held(text: str) -> None:
    answers = [Delivered("q", text[:100_000])]
    began = time.perf_counter()
    programs.extract(text, None)
    programs.unfenced(text)
    programs.guess(text)
    programs.link(text, answers, answers, [text])
    programs.likeness(text, text[::-1])
    prompts.attribute(text, answers, [("k", text)])
    patterns.judge("filter", ["(a|a)*b", "word.*word.*x"], text)
    assert time.perf_counter() - began < 60
