"""Fixtures for those who test their packs, stubs and measures; pytest finds them by itself.

Whoever tests something else in the same environment pays for no heavy import.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    import recursor


class Grow(Protocol):
    """What the fixture `grow` is."""

    def __call__(self, rules: str, goal: str = "goal", **options: Any) -> recursor.Run: ...


@pytest.fixture
def recursor_store(tmp_path: Path) -> str:
    """The path of a database of this test alone, in which nothing is recorded yet."""
    return str(tmp_path / "recursor.db")


@pytest.fixture
def stub_model(tmp_path: Path) -> Callable[[str], str]:
    """Write a stub's rules down, and return the model spec of it."""
    written = 0

    def write(rules: str) -> str:
        nonlocal written
        written += 1
        path = tmp_path / f"stub-{written}.toml"
        path.write_text(rules, encoding="utf-8")
        return f"stub:{path}"

    return write


@pytest.fixture
def grow(recursor_store: str, stub_model: Callable[[str], str]) -> Grow:
    """Grow a run whose model answers by a stub's rules, in real jails, and return it.

    `options` are those of `recursor.run`. It is recorded in `recursor_store`.
    """

    def grown(rules: str, goal: str = "goal", **options: Any) -> recursor.Run:
        import recursor

        return recursor.run(goal, model=stub_model(rules), db=recursor_store, **options)

    return grown
