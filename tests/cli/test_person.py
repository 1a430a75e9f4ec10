"""The person at the terminal."""

from __future__ import annotations

import asyncio

import pytest

from recursor.cli.person import Person
from recursor.keys import operator_key
from recursor.runs.node import Asker
from recursor.types import Language, Program


def test_whoever_is_not_there_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    asked = Person().approves(Program(Language.BASH, "echo hello"), Asker(operator_key("goal")))
    assert asyncio.run(asked) is False
