"""What a small real model does with the demo's pack: minutes, so `make test-slow`."""

from __future__ import annotations

import pytest

import recursor
from tests.conftest import read

SEEDS = range(1, 6)
"""Those that `make demo` tries, one after the other, until a tree has grown."""


@pytest.mark.slow
@pytest.mark.jail
def test_one_of_the_demo_s_seeds_grows_a_tree(db: str) -> None:
    """Which ones do hangs on the processor: llama.cpp rounds otherwise on another one."""
    depths = []
    for seed in SEEDS:
        run = recursor.run(
            "get a lot of paperclips by tomorrow", model="smollm2", pack="examples-everywhere",
            seed=seed, db=db,
        )  # fmt: skip
        assert run.record.end_cause in ("completed", "no_program")
        depths.append(max((node["depth"] for node in read(db, run.id)["nodes"]), default=0))
    assert max(depths) >= 2, depths
