"""What people expect around the code: one version, a licence, and a release that checks itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import recursor
from tests.conftest import environment_of_tests

HOUSE = Path(__file__).parents[1]
VERSION = recursor.__version__


def read(name: str) -> str:
    return (HOUSE / name).read_text(encoding="utf-8")


def test_every_file_that_names_the_version_names_the_same() -> None:
    assert f"\nversion: {VERSION}\n" in read("CITATION.cff")
    assert f"version = {{{VERSION}}}" in read("README.md")
    assert 'dynamic = ["version"]' in read("pyproject.toml")


def test_the_licence_is_the_one_that_is_declared() -> None:
    assert "Apache License" in read("LICENSE")[:200]
    assert 'license = "Apache-2.0"' in read("pyproject.toml")
    assert "\nlicense: Apache-2.0\n" in read("CITATION.cff")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with what a release looks at, and whose CI says that it was asked."""
    folder = tmp_path / "clone"
    (folder / "recursor").mkdir(parents=True)
    (folder / ".ci").mkdir()
    for name in ("release", "CITATION.cff", "CHANGELOG.md", "recursor/version.py"):
        shutil.copy(HOUSE / name, folder / name)
    (folder / ".ci" / "run").write_text("#!/bin/sh\necho CI was asked; exit 7\n")
    (folder / ".ci" / "run").chmod(0o755)
    git(folder, "init")
    commit(folder)
    return folder


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", *who, "-C", str(folder), *arguments], check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--message", "one")


def release(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([clone / "release", *arguments], capture_output=True, text=True)


def test_a_release_that_does_not_hold_is_refused_in_one_line(clone: Path) -> None:
    def refused(*arguments: str) -> str:
        done = release(clone, *arguments)
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.startswith("release: ") and done.stderr.count("\n") == 1
        return done.stderr

    assert "which version?" in refused()
    assert "which version?" in refused("one")
    assert "recursor/version.py says another version" in refused("99.0.0")
    (clone / "more").touch()
    assert "not committed" in refused(VERSION)
    (clone / "more").unlink()
    assert "CHANGELOG.md has no heading" in refused(VERSION)
    headed = (clone / "CHANGELOG.md").read_text().replace("## Unreleased", f"## {VERSION} (today)")
    (clone / "CHANGELOG.md").write_text(headed)
    cited = (clone / "CITATION.cff").read_text()
    (clone / "CITATION.cff").write_text(cited.replace(f"version: {VERSION}", "version: 9.9.9"))
    commit(clone)
    assert "CITATION.cff says another version" in refused(VERSION)
    (clone / "CITATION.cff").write_text(cited)
    commit(clone)
    done = release(clone, VERSION)
    assert (done.returncode, done.stdout) == (7, "CI was asked\n"), "only then CI is asked"
    tags = subprocess.run(["git", "-C", clone, "tag"], capture_output=True, text=True)
    assert tags.stdout == "", "what fails is not tagged"
    git(clone, "tag", f"v{VERSION}")
    assert "is tagged already" in refused(VERSION)


HELP = "import sys; sys.argv = ['recursor', '--help']; from recursor import cli; cli._exit_code()"
HEAVY = {"pydantic", "sqlalchemy", "pandas", "llama_cpp", "recursor.cli.run"}


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import recursor", HEAVY | {"asyncio", "importlib.metadata", "rich", "typer"}),
        (HELP, HEAVY),
    ],
    ids=["import recursor", "recursor --help"],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code: str, heavy: set[str]) -> None:
    asks = f"{code}\nimport sys; print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)"
    told = subprocess.run(
        [sys.executable, "-c", asks], env=environment_of_tests(), capture_output=True, text=True
    )
    assert (told.returncode, told.stderr) == (0, "[]\n")
