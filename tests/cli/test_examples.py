"""Every command's help has an example, and the examples work when they are pasted."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from recursor.cli import app
from tests import warm
from tests.conftest import environment_of_tests

ELSEWHERE = {
    "recursor doctor --attacks": "minutes; tests/attacks tries each",
    "recursor view": "serves until it is stopped; tests/viewer",
    "recursor resume last": "needs a run that was broken off; tests/runs/test_resume.py",
    "recursor attribute last": "needs a model's weights; tests/cli/test_attribute.py",
    "recursor models show smollm2": "needs a real model, as those below; `make test-smollm2`",
    "recursor models path smollm2": "",
    "recursor models check smollm2 --types Q8_0,Q4_0": "",
    "recursor models convert smollm2 Q4_0 smollm2-q4_0.gguf": "",
    "recursor experiment pack-ladder": "an hour of a real model; as those below it is executed with"
    " a stub in tests/experiments",
    "recursor experiment pack-ladder --at-once 2": "",
    "recursor experiment plan pack-ladder --probe-time 2m": "",
    "recursor experiment show pack-ladder --csv > runs.csv": "",
    "recursor compare pack-ladder": "",
    "recursor report --experiment pack-ladder -o ladder.html": "",
}
"""What is only parsed here, and why."""
FIRST = "recursor run "
LAST = ("recursor planted ", "recursor import ", "recursor runs rm ")


def leaves(command: Any, *names: str) -> Iterator[tuple[str, Any]]:
    """Yield each command under the words that call it."""
    yield " ".join(names), command
    for name, below in getattr(command, "commands", {}).items():
        yield from leaves(below, *names, name)


COMMANDS = dict(leaves(typer.main.get_command(app), "recursor"))


def examples(command: Any) -> list[str]:
    _, _, told = (command.help or "").partition("Example")
    return re.findall(r"`(recursor [^`]+)`", told)


@pytest.mark.parametrize("words", [w for w, c in COMMANDS.items() if not hasattr(c, "commands")])
def test_every_command_has_an_example_of_its_own(words: str) -> None:
    assert any(f"{example} ".startswith(f"{words} ") for example in examples(COMMANDS[words])) or (
        words.split()[-1] in ("list", "run")  # what is meant where nothing is named
        and examples(COMMANDS[words])
    )


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_says_what_it_is(words: str) -> None:
    for option in COMMANDS[words].params:
        assert getattr(option, "help", None) or option.name == "help", option.name


@pytest.mark.parametrize("words", [w for w in COMMANDS if w != "recursor"])
def test_every_option_has_the_variable_that_one_would_guess(words: str) -> None:
    for option in COMMANDS[words].params:
        if option.param_type_name == "option" and option.name != "help":
            flag = max(option.opts, key=len).lstrip("-")
            guess = f"{words} {flag}".upper().replace(" ", "_").replace("-", "_")
            name = option.envvar or f"{words} {option.name}".upper().replace(" ", "_")
            assert name in (guess, "RECURSOR_DB")


@pytest.mark.jail
@pytest.mark.once
def test_the_examples_work_when_they_are_pasted(tmp_path: Path) -> None:
    found = [example for command in COMMANDS.values() for example in examples(command)]
    assert set(ELSEWHERE) <= set(found)
    shown = sorted(
        {*found} - {*ELSEWHERE},
        key=lambda example: (not example.startswith(FIRST), example.startswith(LAST)),
    )
    (tmp_path / "recursor").write_text(f'#!/bin/sh\nexec {sys.executable} -m recursor "$@"\n')
    (tmp_path / "recursor").chmod(0o755)
    told = environment_of_tests()
    environment = {**told, "HOME": str(tmp_path), "PATH": f"{tmp_path}:{told['PATH']}"}
    before = ["recursor demo paperclips"]  # for what speaks of `last~1`
    for example in [*before, *shown]:
        done = warm.shell(example, cwd=tmp_path, env=environment)
        assert done.returncode == 0, f"{example}\n{done.stdout}\n{done.stderr}"


def test_what_is_executed_elsewhere_is_parsed_here() -> None:
    for example in ELSEWHERE:
        _, *words = shlex.split(example.partition(">")[0])
        command = typer.main.get_command(app)
        context = command.make_context("recursor", words, resilient_parsing=True)
        assert context is not None
