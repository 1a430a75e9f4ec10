"""A program leaves pipes, sockets and setuid files: nothing blocks, no mode is kept."""

from __future__ import annotations

import os

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


ODD = """
import os, socket
os.mkfifo("pipe")
socket.socket(socket.AF_UNIX).bind("socket")
open("plain", "w").write("kept")
os.chmod("plain", 0o4777)
open("closed", "w").write("kept too")
os.chmod("closed", 0)
"""


def test_it_is_held(grow: Grow) -> None:
    (node,) = grow(root_rule(ODD, "python"))["nodes"]
    assert [file["path"] for file in node["files"]] == ["closed", "plain"] or not root()
    assert node["files_left_out"]["special"] == 2


def root() -> bool:
    return os.geteuid() == 0
