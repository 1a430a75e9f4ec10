"""The seeds of a plan: how many, or which."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursor.errors import ConfigError
from recursor.experiments import expand

TEXT = """
name = "p"
seeds = {}
measures = ["nodes"]
goals = {{ texts = ["sing"] }}
run = {{ model = "stub:paperclip" }}
"""


def seeds(folder: Path, said: str) -> list[int]:
    path = folder / "p.toml"
    path.write_text(TEXT.format(said), encoding="utf-8")
    return [trial.seed for trial in expand.load(path).trials]


def test_seeds_are_how_many_or_which(tmp_path: Path) -> None:
    assert seeds(tmp_path, "3") == [0, 1, 2]
    assert seeds(tmp_path, "[7, 3]") == [7, 3]


@pytest.mark.parametrize("said", ["0", "-1", "[]", "[1, 1]", "[-1]", "'x'", "['x']", "true", "1.5"])
def test_other_seeds_are_refused_by_their_key(tmp_path: Path, said: str) -> None:
    with pytest.raises(ConfigError, match=r"p\.toml: seeds: (how many, or a list|from [01] to)"):
        seeds(tmp_path, said)
