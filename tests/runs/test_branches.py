"""The stub whose trees have a known law."""

from __future__ import annotations

import pytest

import recursor
from tests.conftest import read


@pytest.mark.jail
def test_another_seed_is_another_tree_and_the_same_seed_the_same(db: str) -> None:
    def children(seed: int) -> int:
        run = recursor.run("grow", model="stub:branches", pack="bare", depth=2, seed=seed, db=db)
        return len(read(db, run.id)["nodes"]) - 1

    found = [children(seed) for seed in range(4)]
    assert set(found) <= {0, 1, 2, 3} and len(set(found)) > 1
    assert children(0) == found[0]
