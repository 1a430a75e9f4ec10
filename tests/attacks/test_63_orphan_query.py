"""A query whose program ended holds nothing up: it is broken off, and recorded as that."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail

ASKED = "until ./budget | grep -q 'queries 7'; do :; done"


def test_it_is_held(grow: Grow) -> None:
    slow = "[[rule]]\nmatch = 'slow'\nanswer = 'late'\ndelay_ms = 60000\n"
    run = grow(root_rule(f"./query-model slow & {ASKED}; exit 0") + slow, queries=9)
    assert run["run"]["end_cause"] == "completed"
    (orphan,) = run["queries"][1:]
    assert (orphan["decision"], orphan["answer"]) == ("failed", None)
    assert orphan["error"] == "whoever asked is gone"
    assert run["nodes"][0]["stdout"]["bytes_total"] == 0
