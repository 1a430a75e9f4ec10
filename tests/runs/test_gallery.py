"""The recordings that ship: small, replayed straight from their files, without llama.cpp."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import environment_of_tests

pytestmark = pytest.mark.jail

GALLERY = sorted((Path(__file__).parents[2] / "runs" / "gallery").glob("*.recursor"))
WITHOUT_LLAMA = """
import sys
sys.modules["llama_cpp"] = None  # importing it is an error now
from recursor.cli import main
main()
"""


def test_there_are_three() -> None:
    assert [path.stem for path in GALLERY] == ["denials", "paperclips", "smollm2"]


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_it_replays(path: Path, tmp_path: Path) -> None:
    assert path.stat().st_size < 200_000
    command = [sys.executable, "-c", WITHOUT_LLAMA, "replay", str(path), "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment_of_tests()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["exact"] is True
    assert found["counts"]["model_calls"] == 0
    assert found["counts"]["executed"] >= 5
    assert list(tmp_path.iterdir()) == []
