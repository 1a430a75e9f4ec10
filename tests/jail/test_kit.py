"""The kit on machines that lack what its hooks are made with."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursor.jail import kit
from recursor.jail.kit import Kit


@pytest.mark.parametrize("compiler", ["exec sleep 60", "exit 1", 'echo nonsense > "$5"'])
def test_where_no_hooks_can_be_compiled_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiler: str
) -> None:
    cc = tmp_path / "cc"
    cc.write_text(f"#!/bin/sh\n{compiler}\n")
    cc.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("shutil.which", lambda name: str(cc))
    monkeypatch.setattr(kit, "_COMPILE_S", 1)
    assert not Kit().pack(tmp_path / "kit")
    assert not (tmp_path / "kit" / kit.HOOKS).exists()
    assert not (tmp_path / "cache").exists()
