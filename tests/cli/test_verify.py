"""`recursor verify`: same, different or unknown, and never a guess."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from recursor import prompts
from recursor.export import recording
from recursor.jail import profile
from recursor.models.llama import verdicts as verdicts_of_checks
from recursor.models.registry import engine_of
from recursor.records import RunRecord
from recursor.runs import attacks, record
from recursor.runs import verify as checking
from recursor.runs.verify import Item
from recursor.store import Store
from recursor.types import Limits, ModelInfo
from recursor.version import __version__
from tests.cli.test_cli import PAPERCLIP, one_line
from tests.conftest import Cli, environment_of_tests
from tests.store.test_store import a_run

Verify = Callable[..., dict[str, Item]]
WEIGHTS = b"no weights at all: whoever loads them is told so"
DIGEST = hashlib.sha256(WEIGHTS).hexdigest()
HERE = a_run(
    model="stub:paperclip",
    model_digest="98c52202a77703a1a0d5c9f22ec887475cc54aee7ab77ad5e4c6b5eb7b2d9514",
    pack_digest=prompts.load("bare").digest,
    budget=asdict(Limits(processes=50)),
    profile=profile.text(Limits(processes=50), bounded=True),
    isolation={"memory": "cgroup v1", "no_network": True},
    guest={"hooks": ["bash", "python"], "names": {"query-model": "ask"}},
    host={**record.host(), "firejail": "0.9.72"},
    code_version=__version__,
)
"""As a run would be recorded here."""


@pytest.fixture
def verify(monkeypatch: pytest.MonkeyPatch) -> Verify:
    """Compare a run that is as one would be here, but for `changes`."""

    async def examine(_: Limits) -> dict[str, Any]:
        return {"memory": "cgroup v1", "no_network": True, "uid": 5}

    monkeypatch.setattr(attacks, "examine", examine)
    monkeypatch.setattr(profile, "version", lambda: "0.9.72")

    def verified(**changes: object) -> dict[str, Item]:
        run = RunRecord(**{**vars(HERE), **changes})
        return {item.name: item for item in checking.verify(run)}

    return verified


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(WEIGHTS)
    return path


def verdicts(items: dict[str, Item], *names: str) -> list[str]:
    return [str(items[name].verdict) for name in names]


@pytest.mark.jail
def test_a_run_of_here_and_now_would_reproduce(cli: Cli) -> None:
    assert cli(*PAPERCLIP).returncode == 0
    items = json.loads(cli("verify", "--json").stdout)["items"]
    assert {item["name"]: item["verdict"] for item in items} == dict.fromkeys(
        ("model", "model: engine", "pack", "code", "jail profile", "guest: hooks", "guest: names",
         "isolation", "host: system", "host: kernel", "host: machine", "host: python",
         "host: cores", "host: firejail"),
        "same",
    )  # fmt: skip
    assert cli("verify").stdout.endswith("nothing is known to differ\n")


@pytest.mark.parametrize(
    ("changes", "name", "why"),
    [
        ({"model_digest": "ab" * 32}, "model", None),
        ({"engine": "llama-cpp-python 0.0.1"}, "model: engine", None),
        ({"pack_digest": "ab" * 32}, "pack", None),
        ({"code_version": "0.0.1"}, "code", None),
        ({"budget": asdict(Limits(processes=51))}, "jail profile",
         "rlimit-nproc 50, rlimit-nproc 51"),
        ({"guest": {"hooks": ["perl"]}}, "guest: hooks", None),
        ({"host": {"kernel": "2.6.32", "firejail": "0.9"}}, "host: kernel", None),
        ({"host": {"kernel": "2.6.32", "firejail": "0.9"}}, "host: firejail", None),
        ({"isolation": {"memory": "cgroup v2", "no_network": True, "uid": 9}}, "isolation",
         "memory"),
    ],
)  # fmt: skip
def test_what_is_different_is_said(
    verify: Verify, changes: dict[str, Any], name: str, why: str | None
) -> None:
    assert verify()[name].verdict == "same"
    after = verify(**changes)[name]
    assert (after.verdict, after.why) == ("different", why)
    assert after.recorded != after.present


@pytest.mark.parametrize(
    ("changes", "name", "why"),
    [
        ({"model": "openai:gpt"}, "model", "cannot be seen"),
        ({"model": "recorded:last?shuffle=depth"}, "model", "what other runs recorded"),
        ({"model": "stub:gone.toml"}, "model", "cannot read gone.toml"),
        ({"model": "gone.gguf"}, "model", "no model file"),
        ({"model": "hf:nobody/nothing:Q4"}, "model", "not in the Hub's cache"),
        ({"model": "telepathy"}, "model", "unknown model"),
        ({"pack": "gone"}, "pack", "no pack 'gone'"),
        ({"budget": {"depth": 0}}, "jail profile", "depth must be a positive number"),
        ({"budget": {"wishes": 3}}, "jail profile", "wishes"),
        ({"guest": {}}, "guest: hooks", "not recorded"),
        ({"guest": {"names": {"fly": "f"}}}, "guest: names", "no command 'fly'"),
        ({"host": {}}, "host: cores", "not recorded"),
        ({"host": {"moons": 1}}, "host: moons", "not here"),
    ],
)
def test_what_cannot_be_known_says_why(
    verify: Verify, changes: dict[str, Any], name: str, why: str
) -> None:
    item = verify(**changes)[name]
    assert item.verdict == "unknown"
    assert item.why and why in item.why


def test_without_firejail(verify: Verify, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("PATH", str(tmp_path))
    items = verify()
    assert verdicts(items, "isolation", "host: firejail") == ["unknown", "unknown"]
    assert "firejail is not installed" in (items["isolation"].why or "")
    assert verdicts(items, "model", "pack", "jail profile") == ["same"] * 3


def test_weights_are_read_and_not_loaded(verify: Verify, weights: Path) -> None:
    of = {"model": f"{weights}?slots=2", "model_digest": DIGEST}
    assert verify(**of)["model"].verdict == "same"
    weights.write_bytes(WEIGHTS[1:])
    assert verify(**of)["model"].verdict == "different"


def test_the_mode_and_what_is_known_of_it(
    verify: Verify, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    check = {"at": "2026-01-01", "same": 32, "of": 32}

    def verified(mode: str, check: dict[str, Any] | None) -> dict[str, Item]:
        return verify(
            model=f"{weights}?mode=exact", model_digest=DIGEST, engine=engine_of("seedling")[0],
            inference={"mode": mode, "check": check},
        )  # fmt: skip

    names = ("model: engine", "model: mode", "model: mode holds")
    unchecked = verified("exact", check)
    assert verdicts(unchecked, *names) == ["same", "same", "unknown"]
    assert f"recursor models check {weights}" in (unchecked["model: mode holds"].why or "")
    keep(same=32)
    assert verdicts(verified("exact", check), *names) == ["same"] * 3
    assert "not recorded" in (verified("exact", None)["model: mode holds"].why or "")
    keep(same=31)
    assert verdicts(verified("exact", check), *names) == ["same", "same", "different"]
    assert verdicts(verified("fast", check), *names) == ["same", "different", "unknown"]


def keep(*, same: int) -> None:
    """Let a check of the model have been made here."""
    info = ModelInfo("", DIGEST, "", None, None, engine_of("seedling")[0], {})
    verdicts_of_checks.keep(info, {"modes": {"exact": {"same": same, "of": 32}}})


def test_without_llama_cpp(cli: Cli, db: str, weights: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text("import sys; sys.modules['llama_cpp'] = None\n")
    add(db, model=str(weights), model_digest=DIGEST, inference={"mode": "exact"})
    path = f"{blocked}:{environment_of_tests()['PYTHONPATH']}"
    said = cli("verify", "--json", env={"PYTHONPATH": path})
    items = {item["name"]: item for item in json.loads(said.stdout)["items"]}
    assert items["model"]["verdict"] == "same"
    for name in ("model: engine", "model: mode"):
        assert items[name]["verdict"] == "unknown"
        assert "llama_cpp is not installed" in items[name]["why"]


def test_named_models_are_compared_too(verify: Verify, weights: Path) -> None:
    named = {"spec": str(weights), "digest": "ab" * 32, "engine": "x", "inference": {}}
    same = {"spec": "stub:paperclip", "digest": "", "engine": "", "inference": {}}
    items = verify(models={"big": named, "small": same})
    assert verdicts(items, "model big", "model big: engine") == ["different", "different"]
    assert not [name for name in items if name.startswith("model small")]


def test_a_recording_is_verified_as_it_is(cli: Cli, db: str) -> None:
    add(db, code_version="0.0.1", host={"kernel": "2.6.32\x1b[31m"})
    with Store(f"sqlite:///{db}") as store:
        recording.write(store, store.run("last"), Path(db).with_name("otter.recursor"))
    Path(db).unlink()
    said = cli("verify", "otter.recursor")
    assert said.returncode == 0, said.stderr
    first, *_, last = said.stdout.splitlines()
    assert "stub:paperclip, planted" in first
    assert last.startswith("would not reproduce: code, ")
    assert "host: kernel; unknown: " in last
    assert "\x1b" not in said.stdout
    assert "no database" in one_line(cli("verify", "last"), 1)


def add(db: str, **changes: object) -> None:
    with Store(f"sqlite:///{db}", write=True) as store:
        store.add(RunRecord(**{**vars(HERE), **changes})).result()
