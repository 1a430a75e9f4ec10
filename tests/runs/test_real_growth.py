"""What a small real model does with the demo's pack: minutes, so `make test-slow`."""

from __future__ import annotations

import pytest

import recursor
from tests.conftest import read

SEEDS = 32


@pytest.mark.slow
@pytest.mark.jail
def test_the_demos_pack_regularly_grows_beyond_its_root(db: str) -> None:
    """Not every seed does, and none is resampled; half of them is what the demo promises."""
    sizes = []
    for seed in range(SEEDS):
        run = recursor.run(
            "get a lot of paperclips by tomorrow", model="smollm2", pack="examples-everywhere",
            seed=seed, db=db,
        )  # fmt: skip
        assert run.record.end_cause in ("completed", "no_program")
        sizes.append(len(read(db, run.id)["nodes"]))
    assert sum(size > 1 for size in sizes) >= SEEDS / 2, sizes
