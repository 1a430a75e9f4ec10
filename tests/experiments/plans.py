"""Small plans for tests."""

from __future__ import annotations

import re
from pathlib import Path

from recursor.experiments import expand
from recursor.experiments.plan import Plan

SMALL = """
name = "small"
question = "What does depth change?"
goals = { texts = ["goal"] }
seeds = 2
measures = ["nodes", "depth"]

[run]
model = "stub:paperclip"
time = "60s"

[factors]
depth = [1, 2]
"""


LIGHT = SMALL.replace("[factors]", "breadth = 2\n\n[factors]")
"""The same with less in it, for real jails."""


def write(folder: Path, text: str = SMALL, **changed: str) -> Path:
    """Write a plan to a file; `changed` are lines that take the place of those of a key."""
    for key, line in changed.items():
        text, found = re.subn(rf"(?m)^{key} = .*$", lambda _, line=line: line, text)  # type: ignore[misc]
        assert found, f"{key} is no line of the plan"
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str = SMALL, **changed: str) -> Plan:
    return expand.load(write(folder, text, **changed))
