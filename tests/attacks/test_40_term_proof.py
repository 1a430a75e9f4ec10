"""A program ignores every signal it can: its time ends it all the same."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


def test_it_is_held(grow: Grow) -> None:
    (node,) = grow(
        root_rule("trap '' TERM INT HUP QUIT USR1 USR2; while :; do sleep 1; done"),
        program_seconds=1,
    )["nodes"]
    assert (node["end_cause"], node["killed_by"]) == ("timeout", "program_seconds")
    assert (node["exit_code"], node["signal"]) == (None, 9)
