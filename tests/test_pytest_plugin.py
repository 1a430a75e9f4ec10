"""The fixtures for other people's tests, in a project of somebody else's."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import environment_of_tests

EXAMPLE = Path(__file__).parent / "example"


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment_of_tests(), capture_output=True, text=True
    )


@pytest.mark.jail
@pytest.mark.once
def test_the_example_project_passes(tmp_path: Path) -> None:
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    done = pytest_in(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_its_measure_can_fail(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "test_politeness.py", tmp_path)
    wrong = (EXAMPLE / "politeness.py").read_text(encoding="utf-8").replace("please", "thanks")
    (tmp_path / "politeness.py").write_text(wrong, encoding="utf-8")
    done = pytest_in(tmp_path, "-k", "planted")
    assert done.returncode == 1
    assert "1 failed" in done.stdout


def test_the_fixtures_are_listed_with_what_they_are(tmp_path: Path) -> None:
    told = pytest_in(tmp_path, "--fixtures").stdout
    assert "recursor_store" in told
    assert "Write a stub's rules down" in told
    assert "Grow a run whose model answers by a stub's rules" in told


def test_pytest_imports_nothing_heavy_before_a_fixture_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text(
        "import sys\n\ndef test_nothing():\n"
        "    assert 'recursor' in sys.modules\n"
        "    assert not {'pydantic', 'sqlalchemy', 'pandas'} & set(sys.modules)\n"
    )
    done = pytest_in(tmp_path)
    assert "1 passed" in done.stdout, done.stdout
