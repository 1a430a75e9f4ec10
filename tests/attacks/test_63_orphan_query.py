"""A query goes on after its program ended: it is recorded, and delivered to nobody."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


def test_it_is_held(grow: Grow) -> None:
    slow = "[[rule]]\nmatch = 'slow'\nanswer = 'late'\ndelay_ms = 500\n"
    run = grow(root_rule("./query-model slow & sleep 0.2; exit 0") + slow)
    assert run["run"]["end_cause"] == "completed"
    assert [query["answer"] for query in run["queries"][1:]] == ["late"]
    assert run["nodes"][0]["stdout"]["bytes_total"] == 0
