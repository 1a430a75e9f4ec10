"""What a run's row says of whose behaviour it is."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from recursor.runs.record import Origin, _provenance
from recursor.types import ModelInfo, Provenance

GENERAL = ModelInfo("a.gguf", "0" * 64, "llama", None, None, "llama.cpp", {})
PLANTED = replace(GENERAL, spec="seedling", provenance=Provenance.PLANTED)
SHADOW = replace(GENERAL, spec="recorded:x?shuffle=depth", provenance=Provenance.SHADOW)
FORKED = Origin("fork", "run", "node", terms={"before": [{"model": asdict(PLANTED)}]})


@pytest.mark.parametrize(
    ("default", "named", "origin", "provenance"),
    [
        (GENERAL, {}, Origin(), "general"),
        (PLANTED, {}, Origin(), "planted"),
        (GENERAL, {"small": PLANTED}, Origin(), "planted"),
        (GENERAL, {}, FORKED, "planted"),
        (GENERAL, {"small": SHADOW}, Origin(), "shadow"),
        (SHADOW, {"small": GENERAL}, Origin(), "shadow"),
        (SHADOW, {"small": PLANTED}, Origin(), "planted"),
    ],
)
def test_one_model_that_is_not_general_tells_on_the_run(
    default: ModelInfo, named: dict[str, ModelInfo], origin: Origin, provenance: str
) -> None:
    assert _provenance(default, named, origin) == provenance
