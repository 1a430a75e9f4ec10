"""A program sleeps for ever: its time ends it."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


def test_it_is_held(grow: Grow) -> None:
    (node,) = grow(root_rule("sleep 1000000"), program_seconds=1)["nodes"]
    assert (node["end_cause"], node["killed_by"]) == ("timeout", "program_seconds")
    assert (node["exit_code"], node["signal"]) == (None, 9)
