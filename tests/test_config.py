"""Which database is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

import recursor
from recursor import config
from recursor.errors import UsageError
from recursor.runs import options


def test_a_database_is_a_url_or_a_path_or_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    assert config.database_url("postgresql://host/name") == "postgresql://host/name"
    assert config.database_url("some.db") == f"sqlite:///{tmp_path}/some.db"
    assert config.database_url(None) == f"sqlite:///{tmp_path}/runs/recursor.db"


def test_what_cannot_even_be_looked_for_is_not_there(tmp_path: Path) -> None:
    strange = tmp_path / ("long" * 100)  # as a folder that may not be entered
    with pytest.raises(OSError, match="name too long"):
        strange.exists()
    assert not any(looks(strange) for looks in (config.is_there, config.is_file, config.is_folder))
    with pytest.raises(UsageError, match="is no folder"):
        options.fixtures(strange)
    with pytest.raises(UsageError, match="there is no recording"):
        recursor.recorded_run(f"{strange}.recursor")


def test_a_path_that_cannot_be_is_refused(tmp_path: Path) -> None:
    loop = tmp_path / "loop.db"
    loop.symlink_to(loop)
    for path in (str(loop), "~nobody-is-called-so/some.db"):
        with pytest.raises(UsageError, match="there cannot be a database"):
            config.database_url(path)
