"""What a shell is told, as the scripts that typer installs ask for it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from recursor.planted.plant import Plant, keep
from recursor.store import Store
from tests.conftest import Cli

SHELLS = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/completions/recursor.fish"}


def complete(cli: Cli, *words: str) -> list[str]:
    """Return what bash would offer for the last word."""
    told = cli(
        env={
            "_RECURSOR_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(("recursor", *words)),
            "COMP_CWORD": str(len(words)),
        }
    )
    assert told.stderr == ""
    return told.stdout.split()


def test_commands_and_flags_are_completed(cli: Cli) -> None:
    assert complete(cli, "re") == ["report", "replay", "resume", "rerun"]
    assert complete(cli, "prompts", "c") == ["check"]
    assert {"--depth", "--deny-random"} <= set(complete(cli, "run", "--de"))
    assert "python" in complete(cli, "run", "--language", "")


def test_models_packs_and_plans_are_completed(cli: Cli) -> None:
    assert complete(cli, "run", "goal", "-m", "stub:p") == ["stub:paperclip"]
    assert complete(cli, "run", "goal", "--pack", "examples-") == [
        "examples-everywhere", "examples-memory", "examples-plain",
    ]  # fmt: skip
    assert complete(cli, "prompts", "show", "ba") == ["bare"]
    assert complete(cli, "demo", "qu") == ["quine"]
    assert complete(cli, "models", "show", "seed") == ["seedling"]
    assert complete(cli, "experiment", "plan", "pack-l") == ["pack-ladder"]


def test_recorded_runs_are_completed(cli: Cli, db: str) -> None:
    assert complete(cli, "tree", "l") == []
    made = [Plant("heron", seed=number).recording() for number in (1, 2)]
    with Store(f"sqlite:///{db}", write=True) as store:
        for each in made:
            keep(store, each)
    ids = {each.run.id for each in made}
    assert complete(cli, "tree", "las") == ["last"]
    for command in ("tree", "show", "stats", "replay", "report"):
        assert {"last", *ids} <= set(complete(cli, command, ""))
    first = min(ids)
    assert complete(cli, "diff", "last", first[:-1]) == sorted(
        (each for each in ids if each.startswith(first[:-1])), reverse=True
    )


HOSTILE = (
    "$(touch x)", "`touch x`", "a b", "a\nb", "a\tb", "*", "-x", "~root;x", "!!", "'", '"',
    "\\$(touch x)", "[/b]",
)  # fmt: skip


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_recorded_reaches_a_shell_that_could_evaluate_it(
    cli: Cli, db: str, shell: str
) -> None:
    """zsh evaluates descriptions, bash inserts words as they are, typer reads markup in both."""
    with Store(f"sqlite:///{db}", write=True) as store:
        for number, text in enumerate(HOSTILE):
            made = Plant("hostile", seed=number, goal=f"say {text} [/etc] now").recording()
            keep(store, replace(made, run=replace(made.run, name=text)))
    asked = {
        "_RECURSOR_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": "recursor show ", "COMP_CWORD": "2",
        "_TYPER_COMPLETE_ARGS": "recursor show ", "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }  # fmt: skip
    told = cli(env=asked)
    assert (told.returncode, told.stderr) == (0, "")
    assert "last" in told.stdout
    if shell == "bash":
        assert all(re.fullmatch(r"[\w]+", line) for line in told.stdout.splitlines())
    else:
        said = told.stdout.removeprefix("_arguments '*: :")
        assert not re.search(r"[$`\\\[\]*;~!]", said.replace("\\n", "")), said


def test_what_cannot_be_read_completes_nothing(cli: Cli, db: str) -> None:
    Path(db).write_bytes(b"no database")
    assert complete(cli, "tree", "la") == []


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_is_told_how(cli: Cli, tmp_path: Path, shell: str) -> None:
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # it would be the tests' own
    told = cli("--show-completion", shell, env=named)
    assert told.returncode == 0
    assert f"complete_{shell}" in told.stdout
    home = tmp_path / "home"
    home.mkdir()
    installed = cli("--install-completion", shell, env={**named, "HOME": str(home)})
    assert installed.returncode == 0, installed.stderr
    assert (home / SHELLS[shell]).is_file()
