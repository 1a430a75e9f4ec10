"""A program reads its sibling's folder by its path on the host: nothing is there."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


SIBLING = "echo mine > secret; sleep 2"
SPY = "cat /tmp/recursor-*/*/secret /proc/*/cwd/secret /proc/*/root/home/*/secret; ls -R /tmp"


def test_it_is_held(grow: Grow) -> None:
    program = f"echo '{SIBLING}' | ./run-program & echo '{SPY}' | ./run-program & wait"
    said = "".join(node["stdout"]["text"] for node in grow(root_rule(program))["nodes"])
    assert "mine" not in said
    assert "/tmp:" in said, "the control: it did look"
