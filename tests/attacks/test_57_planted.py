"""What stands in the operator's environment and folder: nothing of it comes in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


def test_it_is_held(grow: Grow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('planted')")
    (tmp_path / "evil.sh").write_text("echo planted")
    for name in ("PYTHONPATH", "PYTHONSTARTUP"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("BASH_ENV", str(tmp_path / "evil.sh"))
    monkeypatch.setenv("API_KEY", "planted")
    run = grow(root_rule("env; python3 -c 'print(1)'; bash -c 'echo 2'"))
    assert "planted" not in run["nodes"][0]["stdout"]["text"]
