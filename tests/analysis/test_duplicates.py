"""Copies among programs, counted on paper."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from recursor.analysis import record
from recursor.analysis.duplicates import compare, coverage, duplicates, hill, rarefied
from recursor.planted.plant import Plant

LOOP = """for IDEA in $(./query-model "ideas for {goal}"); do
  echo "trying $IDEA" >> {file}
  ./query-model --code "a script for $IDEA" | ./run-program
done
"""


def of(*programs: str, seed: int = 0) -> record.Frames:
    plant = Plant("copies", seed)
    root = plant.grow(None, "true\n")
    for program in programs:
        plant.grow(root, program)
    return record.of([plant.recording()])


def test_the_levels_contain_each_other() -> None:
    first = LOOP.format(goal="tea", file="a.txt")
    found = duplicates(
        of(
            first,
            first,
            first.replace("  ", "\t") + "# done\n",
            LOOP.format(goal="coffee", file="b.txt").replace("IDEA", "THING"),
            first.replace("done", "  sleep 1\ndone"),
            "ls -l | sort | head",
        )
    )
    sizes = {
        level: found.counts(level)[0]
        for level in ("bytes", "tokens", "shape", "near")
    }  # fmt: skip
    assert sizes == {"bytes": 2, "tokens": 3, "shape": 4, "near": 5}
    (cluster,) = found.clusters()
    assert (len(cluster.nodes), cluster.texts, cluster.program) == (5, 4, first)
    assert found.distinct_share() == 6 / 7
    assert found.unread == 0


def test_repeated_tokens_are_those_of_copies() -> None:
    found = duplicates(of("echo a b c", "echo a b c"))  # five tokens each, and two of `true`
    assert found.repeated_tokens() == 5 / 12


def test_what_is_no_code_is_told() -> None:
    assert duplicates(of("The sea is blue; it is deep.")).unread == 1


def test_no_node() -> None:
    found = duplicates(record.of([Plant("empty").recording()]))
    assert found.clusters() == []
    assert found.distinct_share() is None
    assert found.repeated_tokens() is None
    assert compare(found).empty


def test_hill_numbers() -> None:
    assert [hill([5, 5, 5], order) for order in (0, 1, 2)] == pytest.approx([3, 3, 3])
    assert hill([3, 1], 1) == pytest.approx(
        math.exp(-0.75 * math.log(0.75) - 0.25 * math.log(0.25))
    )
    assert hill([3, 1], 2) == pytest.approx(1 / (0.75**2 + 0.25**2))
    assert hill([], 0) is None


def test_coverage() -> None:
    assert coverage([]) is None
    assert coverage([4, 3]) == 1.0
    assert coverage([1, 1, 1]) == 0.0
    assert coverage([3, 2, 1]) == pytest.approx(1 - 1 / 6 * 5 / (5 + 2))


def test_rarefaction_does_not_depend_on_how_much_was_drawn() -> None:
    """Twenty classes of equal frequency: at one coverage small and large runs show as many."""
    small, large = [3] * 10 + [2] * 5 + [1] * 4, [12] * 10 + [8] * 5 + [4] * 4 + [1] * 1
    target = coverage(small)
    assert target is not None
    assert len(small) == 19
    assert rarefied(large, target) < 20
    assert rarefied(small, target) == 19
    assert rarefied([2, 2], 0.999) == pytest.approx(2, abs=0.01)
    assert rarefied([50, 1], 0.5) == pytest.approx(1, abs=0.1)


def test_runs_are_compared_at_the_coverage_of_the_least_known() -> None:
    one, other = of("ls", "ls", "pwd"), of("ls", "ls", "ls", "ls", "pwd", "date", "date", seed=1)
    both = record.of([])
    both = type(both)(
        *(
            pd.concat([getattr(one, name), getattr(other, name)])
            for name in ("runs", "nodes", "queries", "events")
        )
    )
    table = compare(duplicates(both), "bytes").set_index("run")
    assert list(table["nodes"]) == [4, 8]
    assert (table["rarefied"] <= table["distinct"]).all()
    assert table["at_coverage"].nunique() == 1
