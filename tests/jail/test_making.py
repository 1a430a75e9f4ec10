"""Where jails cannot be made, nothing is left of the attempt."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from recursor.errors import SandboxError
from recursor.jail import launcher
from recursor.jail.launcher import Jails
from recursor.jail.line import Line
from recursor.types import Limits

pytestmark = pytest.mark.jail


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that becomes the jails'."""
    made = tmp_path / "scratch"

    def mkdtemp(**_: str) -> str:
        made.mkdir()
        return str(made)

    monkeypatch.setattr("tempfile.mkdtemp", mkdtemp)
    return made


def test_without_a_guardian_no_folder_is_left(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def line(folder: Path) -> Line:
        assert folder.is_dir()
        raise SandboxError("no guardian")

    monkeypatch.setattr(launcher, "Line", line)
    with pytest.raises(SandboxError, match="no guardian"):
        Jails(Limits())
    assert not scratch.exists()


def test_without_a_kit_no_guardian_is_left(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = []

    class Known(Line):
        def __init__(self, folder: Path) -> None:
            lines.append(self)
            super().__init__(folder)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(launcher, "Line", Known)
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(SandboxError, match="No space left on device"):
        Jails(Limits())
    assert lines[0]._process.returncode == 0 and not scratch.exists()
