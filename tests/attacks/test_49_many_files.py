"""A program leaves thousands of files, deep folders and odd names: bounded, counted."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


MANY = """
import os
for number in range(1000):
    open(f"f{number}", "w").write(str(number))
os.makedirs(os.path.join(*["d"] * 40))
open(os.path.join(*["d"] * 40, "deep"), "w").close()
open(b"a" + bytes([255, 10]) + b" odd", "w").close()
open("large", "wb").write(bytes(3_000_000))
"""


def test_it_is_held(grow: Grow) -> None:
    (node,) = grow(root_rule(MANY, "python"))["nodes"]
    assert node["end_cause"] == "exited", node["stderr"]["text"]
    assert len(node["files"]) == 256
    assert node["files_left_out"] == {"too_deep": 1, "too_large": 1, "too_many": 745}
    assert node["files"][0]["path"] == "a\\xff\n odd"
