"""The same seed grows the same tree, however much runs at a time."""

from __future__ import annotations

from typing import Any

import pytest

import recursor
from recursor.types import Allocation, Language, Program
from tests.conftest import read
from tests.models import tiny

PROGRAM = """
for number in 1 2 3 4; do
    {
        sleep "0.0$((RANDOM % 10))"
        answer="$(./query-model --max-tokens 10 "word $number")"
        printf 'for n in 1 2 3; do ./query-model --max-tokens 6 %q & done; wait\\n' \\
            "$answer and $number" | ./run-program
    } &
done
wait
"""
"""Its children are made of answers, and arrive in an order that chance decides."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny.write(tmp_path_factory.mktemp("tiny") / "tiny.gguf"))


def tree(run: dict[str, Any]) -> dict[str, Any]:
    """Return what must not depend on the schedule. Answers to the same words are exchangeable."""
    return {
        "nodes": sorted((node["key"], node["program"], node["depth"]) for node in run["nodes"]),
        "queries": sorted(
            (query["key"], query["seed"], query["decision"], query["answer"] or "")
            for query in run["queries"]
        ),
        "denials": sorted(str(query["denial"]) for query in run["queries"]),
    }


def grown(model: str, db: str, parallel: int, **options: Any) -> dict[str, Any]:
    run = recursor.run(
        "words", model=model, pack="bare", root=Program(Language.BASH, PROGRAM), db=db,
        parallel=parallel, seed=3, **options,
    )  # fmt: skip
    assert run.record.end_cause == "completed"
    return read(db, run.id)


@pytest.mark.jail
@pytest.mark.once
def test_the_same_tree_at_any_concurrency(model: str, db: str) -> None:
    runs = [grown(model, db, parallel) for parallel in (1, 2, 8)]
    first, *others = map(tree, runs)
    assert len(first["nodes"]) == 5
    assert len(first["queries"]) == 4 + 4 * 3
    assert len({answer for *_, answer in first["queries"]}) > 8
    for other in others:
        assert other == first
    assert runs[0]["run"]["inference"]["mode"] == "exact"
    assert {run["run"]["parallel"] for run in runs} == {1, 2, 8}


@pytest.mark.jail
@pytest.mark.once
def test_another_seed_grows_another_tree(model: str, db: str) -> None:
    one = grown(model, db, 8)
    other = recursor.run(
        "words", model=model, pack="bare", root=Program(Language.BASH, PROGRAM), db=db, seed=4
    )
    keys = [{node["key"] for node in run["nodes"]} for run in (one, read(db, other.id))]
    assert len(keys[0] & keys[1]) == 1, "only the program that both were given"


@pytest.mark.jail
@pytest.mark.once
def test_shares_keep_the_tree_the_same_where_limits_bind(model: str, db: str) -> None:
    """By lineage, who is denied what does not depend on who came first."""
    scarce: dict[str, Any] = {"allocation": Allocation.LINEAGE, "queries": 14, "breadth": 4}
    runs = [grown(model, db, parallel, **scarce) for parallel in (1, 2, 8)]
    first, *others = map(tree, runs)
    decisions = [decision for _, _, decision, _ in first["queries"]]
    assert 0 < decisions.count("denied") < len(decisions)
    for other in others:
        assert other == first
    assert runs[0]["run"]["allocation"] == "lineage"


@pytest.mark.slow
@pytest.mark.jail
@pytest.mark.once
@pytest.mark.timeout(1200)
def test_a_real_model_grows_the_same_tree(db: str) -> None:
    """With the demo's pack; shares by lineage, so that no run-wide limit binds."""
    sizes = []
    for seed in range(4):
        trees = []
        for parallel in (1, 2, 8):
            run = recursor.run(
                "get a lot of paperclips by tomorrow", model="smollm2", seed=seed, db=db,
                pack="examples-everywhere", parallel=parallel, allocation=Allocation.LINEAGE,
            )  # fmt: skip
            trees.append(tree(read(db, run.id)))
        assert trees[0] == trees[1] == trees[2]
        sizes.append(len(trees[0]["queries"]))
    assert max(sizes) > 4, "a tree of one query is the same in any order"
