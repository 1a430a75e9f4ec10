"""A program fills its folder: with bytes, then with files."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


BYTES = (
    "for i in $(seq 20); do head -c 4000000 /dev/zero > f$i; sleep 0.05; done; sleep 1; du -sm ."
)
FILES = "import os\nfor n in range(20000):\n    open(f'f{n}', 'w').close()\nprint('made')"


@pytest.mark.parametrize(("program", "language"), [(BYTES, "bash"), (FILES, "python")])
def test_it_is_held(grow: Grow, program: str, language: str) -> None:
    (node,) = grow(root_rule(program, language), disk_bytes=16 * 2**20)["nodes"]
    if node["isolation"]["disk"] == "watchdog":
        assert node["end_cause"] == "disk"
    else:
        assert "No space left" in node["stderr"]["text"]
    assert "made" not in node["stdout"]["text"]


def test_the_control_fits(grow: Grow) -> None:
    (node,) = grow(root_rule("head -c 4000000 /dev/zero > f; echo made"))["nodes"]
    assert (node["end_cause"], node["stdout"]["text"]) == ("exited", "made\n")
