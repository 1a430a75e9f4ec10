"""Two programs race for the last node: exactly one gets it."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


def test_it_is_held(grow: Grow) -> None:
    race = "for i in 1 2 3 4 5 6; do echo 'echo won' | ./run-program & done; wait"
    run = grow(root_rule(race), nodes=2)
    assert len(run["nodes"]) == 2
    assert sum(event["kind"] == "refused" for event in run["events"]) == 5
