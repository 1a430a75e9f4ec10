"""A program leaves a daemon: that ends with it, and its exit code stays its own."""

from __future__ import annotations

import subprocess

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


def test_it_is_held(grow: Grow) -> None:
    daemon = "setsid sh -c 'trap \\\"\\\" HUP TERM; sleep 31415926' > /dev/null 2>&1 & exit 7"
    (node,) = grow(root_rule(daemon.replace("\\", "")))["nodes"]
    assert (node["end_cause"], node["exit_code"]) == ("exited", 7)
    said = subprocess.run(["ps", "axo", "args"], capture_output=True, check=True)
    assert b"31415926" not in said.stdout
