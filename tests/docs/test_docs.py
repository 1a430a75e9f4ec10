"""The documentation: what it shows works, what it names exists, what is generated is current."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from recursor import cli
from recursor.cli import app
from tests import warm
from tests.docs.blocks import PAGES, TOP, Block, blocks, commands, nodes

README = TOP / "README.md"
HAND_WRITTEN = [
    PAGES / "index.md",
    PAGES / "tutorial.md",
    *(PAGES / "how-to" / f"{name}.md" for name in (
        "install", "models", "packs", "stubs", "pytest", "python", "server", "analyse", "measure",
        "share", "contain", "experiment", "fork", "reproduce",
    )),
    *sorted((PAGES / "explanation").glob("*.md")),
]  # fmt: skip
"""In the order in which they are executed: the tutorial's runs are what the others speak of."""
EVERY = [README, PAGES / "benchmarks.md", *HAND_WRITTEN, *sorted(PAGES.glob("reference/*.md"))]


class Shell:
    """A folder in which blocks are executed, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        commands = folder / "bin"
        commands.mkdir()
        for name, module in (("recursor", "-m recursor "), ("python", "")):
            path = commands / name
            path.write_text(f'#!/bin/sh\nexec {sys.executable} {module}"$@"\n')
            path.chmod(0o755)
        self.work = folder / "work"
        (self.work / "runs").mkdir(parents=True)
        self.ids: dict[str, str] = {}
        self.environment = {
            "PATH": f"{commands}:/usr/bin:/bin", "PYTHONPATH": str(TOP), "NO_COLOR": "1",
            "HOME": str(folder), "COLUMNS": "100", "LC_ALL": "C.UTF-8",
        }  # fmt: skip

    def execute(self, block: Block) -> None:
        if block.title:
            (self.work / block.title).write_text(block.text, encoding="utf-8")
        if block.kind == "console":
            for command, seen in block.commands:
                self._command(block.place, command, seen)
        elif block.kind == "python":
            code = shlex.join(["python", "-c", block.text])
            shown(block.place, warm.shell(code, cwd=self.work, env=self.environment))

    def _command(self, place: str, command: str, seen: str) -> None:
        for old, new in self.ids.items():
            command = command.replace(old, new)
        place = f"{place}: {command}"
        printed = shown(place, warm.shell(command, cwd=self.work, env=self.environment))
        now = nodes(printed)
        for rest, old in nodes(seen).items():
            assert rest in now, f"{place}: no node is drawn as {rest!r} in\n{printed}"
            self.ids[old] = now[rest]


def shown(place: str, done: subprocess.CompletedProcess[str]) -> str:
    """Return what a command printed, which must be done."""
    assert done.returncode == 0, f"{place}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.jail
@pytest.mark.once
@pytest.mark.timeout(900)
@pytest.mark.parametrize("pages", [[README], HAND_WRITTEN], ids=["readme", "pages"])
def test_what_is_shown_works(pages: list[Path], tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    for page in pages:
        for block in blocks(page):
            shell.execute(block)


def test_every_page_is_executed_or_generated() -> None:
    assert sorted(EVERY) == sorted([README, *PAGES.rglob("*.md")])


@pytest.mark.parametrize("page", EVERY, ids=lambda page: str(page.relative_to(TOP)))
def test_commands_that_are_shown_exist(page: Path) -> None:
    for place, command in commands(page):
        check(place, command)


def check(place: str, command: str) -> None:
    """Fail if the real command line knows no such command, or option of it."""
    words = shlex.split(command)
    found: Any = typer.main.get_command(app)
    while hasattr(found, "commands"):
        known = dict(found.commands)
        name = next(iter(words), None)
        if name in known:
            found, words = known[name], words[1:]
        elif name in ("--help", "--version", "--install-completion", None):
            return
        else:
            assert hasattr(found, "default"), f"{place}: there is no `recursor {command}`"
            found = known[found.default]
    options = {option for parameter in found.params for option in parameter.opts}
    for word in words:
        if re.match(r"--?[a-zA-Z]", word) and word != "--help":
            assert word.partition("=")[0] in options, f"{place}: no {word} in `recursor {command}`"
    arguments = [p for p in found.params if p.param_type_name == "argument"]
    if not arguments:
        assert not words or words[0].startswith("-"), f"{place}: `recursor {command}`"


@pytest.mark.parametrize("command", ["runn x", "run x --depht 3", "prompts sing", "db path more"])
def test_commands_that_do_not_exist_are_found(command: str) -> None:
    with pytest.raises(AssertionError):
        check("here", command)


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    command = [sys.executable, str(TOP / "docs" / "generate.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_the_reference_says_what_the_program_says() -> None:
    done = generate("--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_stale_page_is_named(tmp_path: Path) -> None:
    pages = tmp_path / "reference"
    shutil.copytree(PAGES / "reference", pages)
    (pages / "events.md").write_text("another world\n")
    (pages / "api.md").unlink()
    done = generate("--check", "--pages", str(pages))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "events.md, api.md differ" in done.stderr
    assert generate("--pages", str(pages)).returncode == 0
    assert generate("--check", "--pages", str(pages)).returncode == 0


def test_the_reference_does_not_depend_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    assert generate("--check").returncode == 0


def test_readme_is_short_and_its_links_lead_somewhere() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.count("\n") <= 280
    links = re.findall(r"\]\(([^)#]+)", text)
    assert len(links) > 20
    for link in links:
        assert (TOP / link).is_file(), link


def test_every_kind_of_event_is_described() -> None:
    from recursor.types import EventKind

    kinds = {kind.value for kind in EventKind}
    said = set()
    for path in (TOP / "recursor" / "runs").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        said |= set(re.findall(r'\.(?:note|event|tell)\(\s*[\w.]+, "(\w+)"', source))
        said |= set(re.findall(r"^\s+asker, \"(\w+)\", ", source, re.MULTILINE))
    memory = {kind for kind in kinds if kind.startswith("memory_")}
    assert said | memory == kinds


def test_every_setting_that_is_named_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (PAGES / "reference" / "settings.md").read_text(encoding="utf-8")
    tables = dict(re.findall(r"^\| `(\[\w+\])` \| (.*) \|$", page, re.MULTILINE))
    lines = []
    for table, keys in tables.items():
        lines += [table, *(f"{key} = 1" for key in re.findall(r"`([\w-]+)`", keys))]
    (tmp_path / "recursor.toml").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    defaults = cli._defaults()
    assert len(defaults) == len(tables) > 20
    assert defaults["run"]["filter_"] == 1
    assert defaults["run"]["model"] == [1]
