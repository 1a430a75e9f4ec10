"""The measures of lineage find what was planted; `make bench-analysis` says so of many seeds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import recursor
from recursor.analysis import flow, record
from recursor.planted import clones, lineages, quines
from recursor.types import Language, Program


def test_copies_are_found() -> None:
    scores = lineages.of_duplicates(range(1), "dev")
    assert [score.name for score in scores if not score.is_met] == []


def test_families_of_one_split_are_not_of_the_other() -> None:
    programs = [
        {node.program for node in clones.plant(0, split).recording.nodes if node.parent}
        for split in ("dev", "test")
    ]
    assert not programs[0] & programs[1]


def test_the_same_seed_plants_the_same() -> None:
    assert clones.plant(3, "dev") == clones.plant(3, "dev")


def test_lines_of_descent_are_found() -> None:
    scores = lineages.of_replication(range(3), "dev")
    assert [score for score in scores if not score.is_met] == []


def test_what_is_planted_in_the_memory_flows_through_it() -> None:
    found = flow.flow(record.of([quines.plant(0, "dev").recording]))
    assert len(found.reads) and found.reads["is_resolved"].all()


def test_inheritance_is_told_from_convergence() -> None:
    (score,) = lineages.of_heredity(range(3), "dev")
    assert score.is_met


@pytest.mark.jail
@pytest.mark.once
@pytest.mark.parametrize("name", ["reads-source", "carries-a-child"])
def test_quines_in_jails_are_found(name: str, db: str, stub: Callable[[str], str]) -> None:
    (script,) = [script for script in quines.scripts(0, "dev", depth=3) if script.name == name]
    root = Program(Language(script.language), script.program)
    run = recursor.run("quine", model=stub(script.rules), db=db, root=root, depth=3)
    with recursor.open(db) as store:
        frames = record.read(store, [store.run(run.id)])
    assert len(frames.nodes) == len(script.truth)
    assert [score for score in lineages.of_script(script, frames) if not score.is_met] == []
