"""One process takes more memory than the limit: it cannot."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


def test_it_is_held(grow: Grow) -> None:
    take = "held = bytearray(400 * 2**20); print('taken')"
    run = grow(root_rule(take, "python"), memory_bytes=256 * 2**20)
    assert "taken" not in run["nodes"][0]["stdout"]["text"]
    control = grow(root_rule(take, "python"), memory_bytes=800 * 2**20)
    assert "taken" in control["nodes"][0]["stdout"]["text"], "the control"
