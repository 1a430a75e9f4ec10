"""`recursor models`: one line for every mistake, and what a check finds is recorded."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.test_cli import one_line
from tests.conftest import Cli
from tests.models import tiny


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(tiny.write(tmp_path / "tiny.gguf"))


def test_the_list_says_what_is_here(cli: Cli) -> None:
    found = json.loads(cli("models", "list", "--json").stdout)["models"]
    here = {entry["spec"]: entry["is_here"] for entry in found}
    assert here["smollm2"] and here["seedling"] and here["stub:paperclip"] and here["openai:NAME"]


def test_what_is_known_of_a_model(cli: Cli, model: str) -> None:
    shown = json.loads(cli("models", "show", model, "--json").stdout)["model"]
    assert (shown["family"], shown["quantisation"]) == ("llama", "F16")
    assert shown["provenance"] == "general"
    assert shown["inference"] == {"mode": "exact", "slots": 8, "context": 512, "check": None}
    assert "smollm2" not in cli("models", "show", model).stdout
    assert cli("models", "path", model).stdout == f"{model}\n"


@pytest.mark.jail
@pytest.mark.once
def test_a_check_is_kept_and_recorded_with_runs(cli: Cli, model: str, tmp_path: Path) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    said = cli("models", "check", model, "--types", "Q8_0", env=env)
    assert said.returncode == 0, said.stderr
    assert re.search(r"exact +(\d+) of \1 ", said.stdout)
    assert "recommended:" in said.stdout
    found = json.loads(cli("models", "check", model, "--json", env=env).stdout)["check"]
    exact = found["modes"]["exact"]
    assert exact["same"] == exact["of"] > 0
    assert all(speed > 0 for speed in exact["tokens_per_s"].values())

    (tmp_path / "root.sh").write_text("./query-model --max-tokens 4 x")
    for folder, expected in (("cache", exact["of"]), ("elsewhere", None)):
        ran = cli(
            "run", "--root", "root.sh", "-m", model, "--json",
            env={"XDG_CACHE_HOME": str(tmp_path / folder)},
        )  # fmt: skip
        check = json.loads(ran.stdout)["run"]["inference"]["check"]
        assert (check and check["same"]) == expected


def test_a_check_of_another_processor_does_not_hold(cli: Cli, model: str, tmp_path: Path) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path)}
    assert cli("models", "check", model, env=env).returncode == 0
    (kept,) = (tmp_path / "recursor" / "checks").iterdir()
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "processor": "another"}))
    shown = json.loads(cli("models", "show", model, "--json", env=env).stdout)["model"]
    assert shown["inference"]["check"] is None


def test_a_converted_copy_is_another_model(cli: Cli, model: str, tmp_path: Path) -> None:
    assert cli("models", "convert", model, "Q8_0", "copy.gguf").returncode == 0
    shown = json.loads(cli("models", "show", "./copy.gguf", "--json").stdout)["model"]
    original = json.loads(cli("models", "show", model, "--json").stdout)["model"]
    assert shown["quantisation"] == "Q8_0"
    assert shown["digest"] != original["digest"]
    again = cli("models", "convert", model, "Q8_0", "copy.gguf")
    assert "exists already" in one_line(again, 2)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("path", "stub:paperclip"), 2, "has no file"),
        (("check", "openai:x"), 2, "has no file"),
        (("show", "nonsense"), 2, "unknown model"),
        (("show", "none.gguf"), 1, "there is no model file"),
        (("check", "seedling", "--types", "Q9"), 2, "unknown weight type 'Q9'"),
        (("convert", "seedling", "Q8_0", "no/copy.gguf"), 2, "there is no folder no"),
    ],
)
def test_mistakes(cli: Cli, arguments: tuple[str, ...], code: int, says: str) -> None:
    assert says in one_line(cli("models", *arguments), code)
