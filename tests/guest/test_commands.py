"""What the commands and the hooks say of what programs do with other processes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.guest.stand_in import Outside

TRIES = """
import os, subprocess
os.mkdir("below")
with open("below/tool", "w") as tool:
    tool.write("#!/bin/sh\\n")
os.chmod("below/tool", 0o755)
subprocess.run(["./tool"], cwd="below", check=True)
subprocess.run(["tool"], env={"PATH": os.path.abspath("below")}, check=True)
subprocess.run([b"true"], check=True)
for command, folder in (("nowhere", None), ("./tool", None), ("below/tool", b"below")):
    try:
        subprocess.run([command], cwd=folder)
    except FileNotFoundError:
        pass
"""


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    return Outside(tmp_path)


def test_a_command_whose_reader_is_gone_ends_without_a_word(outside: Outside) -> None:
    read, write = os.pipe()
    os.close(read)
    with outside.door("own"), os.fdopen(write):
        command = [str(outside.guest / "query-model"), "anything"]
        ended = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_a_command_is_there_as_whoever_is_to_execute_it_sees_it(
    outside: Outside, tmp_path: Path
) -> None:
    tries = tmp_path / "tries.py"
    tries.write_text(TRIES)
    with outside.door("own") as door, outside.start(tries, tmp_path / "home", hooks=True) as tried:
        assert tried.communicate(timeout=100) == (b"", b"")
    unknown = [told["command"] for told in door.told if told["operation"] == "unknown"]
    assert unknown == ["nowhere", "./tool", "below/tool"]
