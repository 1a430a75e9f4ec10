"""What the commands and the hooks say of what programs do with other processes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.guest.stand_in import Outside


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
