"""The first line of a growing run: whose behaviour it tells of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recursor.cli.live import _asked
from recursor.models.base import Models
from recursor.models.recorded import Silent
from recursor.types import ModelInfo, Provenance
from tests.store.test_store import a_run

GENERAL = ModelInfo("a.gguf", "0" * 64, "llama", None, None, "llama.cpp", {})
SEEDLING = replace(GENERAL, spec="seedling", provenance=Provenance.PLANTED)
STUB = replace(SEEDLING, spec="stub:x", family="stub")
SHADOW = replace(SEEDLING, spec="recorded:x?shuffle=depth", family="shadow")
PLANTED = "planted: its behaviour was put there by its"


@pytest.mark.parametrize(
    ("default", "named", "provenance", "asked"),
    [
        (GENERAL, GENERAL, "general", "a.gguf"),
        (SEEDLING, STUB, "planted", f"seedling ({PLANTED} corpus), stub:x ({PLANTED} script)"),
        (GENERAL, SEEDLING, "planted", f"a.gguf, seedling ({PLANTED} corpus)"),
        (SHADOW, SHADOW, "planted", f"{SHADOW.spec} (planted: as some of the answers it draws)"),
        (GENERAL, GENERAL, "planted", "a.gguf, planted where it forked off"),
    ],
)
def test_who_answers(default: ModelInfo, named: ModelInfo, provenance: str, asked: str) -> None:
    models = Models(Silent(default), {"other": Silent(named)})
    run = a_run(model=default.spec, model_provenance=provenance)
    assert _asked(models, run) == asked


def test_in_a_replay_it_is_what_the_record_says() -> None:
    run = a_run(model="a.gguf", model_provenance="planted", mode="replay")
    assert _asked(Models(Silent(GENERAL)), run) == "a.gguf, planted"
