"""Whoever reads a command's output may stop in the middle of it (`recursor runs | head -1`)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import environment_of_tests


@pytest.mark.parametrize(
    "words", ["--help", "prompts list", "prompts show examples", "prompts goals --json", "db path"]
)
def test_nobody_reads_on_and_that_is_no_error(words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "recursor", *words.split()],
            stdout=writing, stderr=subprocess.PIPE, env=environment_of_tests(), timeout=60,
            check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
