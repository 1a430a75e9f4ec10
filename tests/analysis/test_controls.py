"""Controls: no measure crashes on a run with little in it, and none finds what is not there."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from recursor.analysis import (
    branching,
    denials,
    flow,
    groups,
    heredity,
    lineage,
    motifs,
    populations,
    record,
    shape,
    stops,
)
from recursor.planted import branching as trees
from recursor.planted import mutation
from recursor.planted.plant import Plant
from recursor.types import Denial

Measure = Callable[[record.Frames], Any]
MEASURES: dict[str, Measure] = {
    "branching": branching.by_depth,
    "survival": branching.survival,
    "extinction": branching.extinction,
    "shape": shape.against_chance,
    "denials": lambda frames: denials.table(denials.responses(frames)),
    "motifs": motifs.motifs,
    "rates": lambda frames: motifs.rates(frames, motifs.motifs(frames), frames),
    "stops": stops.stops,
    "flow": lambda frames: flow.flow(frames).summary(),
    "populations": populations.over_time,
    "by language": lambda frames: groups.nodes_by(frames, "language"),
    "by end cause": lambda frames: groups.nodes_by(frames, "end_cause"),
    "by condition": groups.runs_by_condition,
    "lineage": lambda frames: lineage.lineage(frames).document(),
}


def empty() -> Plant:
    return Plant("empty")


def one_node() -> Plant:
    plant = Plant("one node")
    plant.grow(None, "echo alone")
    return plant


def only_denials() -> Plant:
    plant = Plant("only denials")
    plant.ask(None, "the goal", denial=Denial("tokens", 1, 2))
    top = plant.grow(None, "./query-model one || ./run-program two")
    for number in range(5):
        plant.ask(top, f"question {number}", denial=Denial("breadth", 0, 1))
        plant.refuse(top, f"echo {number}", Denial("nodes", 1, 2))
    return plant


def garbage() -> Plant:
    plant = Plant("garbage")
    drawn = random.Random(7)
    top = plant.grow(None, "")
    for language in ("bash", "python"):
        for _ in range(10):
            text = "".join(chr(drawn.randrange(1, 0x2FF)) for _ in range(300))
            plant.grow(top, text, language, origin=plant.ask(top, text, text), stdout=text)
        plant.grow(top, "(" * 5000, language)
        plant.grow(top, "if " * 5000, language)
        plant.grow(top, "\udcff surrogate", language)
    return plant


def still_living() -> Plant:
    plant = Plant("living")
    top = plant.grow(None, "sleep 5", end_cause=None, exit_code=None)
    plant.ask(top, "how long?", "long")
    return plant


@pytest.mark.parametrize("made", [empty, one_node, only_denials, garbage, still_living])
@pytest.mark.parametrize("name", MEASURES)
def test_no_measure_crashes(name: str, made: Callable[[], Plant]) -> None:
    MEASURES[name](record.of([made().recording()]))


@pytest.mark.parametrize("made", [empty, one_node, only_denials])
def test_nothing_is_found_where_nothing_is(made: Callable[[], Plant]) -> None:
    frames = record.of([made().recording()])
    found = lineage.lineage(frames)
    assert found.replication.edges.empty
    assert not found.duplicates.clusters()
    assert found.heredity.likeness is None
    assert shape.against_chance(frames)["p"].isna().all()
    assert flow.flow(frames).edges.empty
    assert stops.stops(frames).empty


def test_nobody_gets_motifs_for_what_nothing_witnessed() -> None:
    """A program that says everything, of which nothing was seen to happen."""
    plant = Plant("words")
    plant.grow(
        None,
        "for N in 1 2; do ./query-model again || ./run-program x; done\n./memory get k\n./budget\n"
        './program stop 1; cat "$0"; ollama run x; eval "$(./query-model better $X)"\n',
    )
    assert motifs.motifs(record.of([plant.recording()])).empty


def test_nobody_gets_motifs_for_what_the_text_does_not_say() -> None:
    """Requests that no line of the program makes: from something that it executed, say."""
    plant = Plant("no words")
    top = plant.grow(None, "echo nothing to see")
    for number in range(3):
        plant.grow(top, f"echo {number}", origin=plant.ask(top, "again", f"echo {number}"))
    plant.note(top, "budget", {"left": {}})
    plant.note(top, "memory_put", {"key": "k", "found": True}, content="v")
    assert motifs.motifs(record.of([plant.recording()])).empty


def test_shuffled_parents_leave_no_heredity() -> None:
    planted = mutation.plant(1, "dev", 0.05)
    frames = record.of([planted.recording])
    inherited = heredity.heredity(frames)
    assert inherited.p is not None and inherited.p < 0.05
    nodes, drawn = frames.nodes.copy(), random.Random(4)
    for _, places in nodes.groupby("depth").indices.items():
        programs = list(nodes["program"].to_numpy()[places])
        drawn.shuffle(programs)
        nodes.loc[nodes.index[places], "program"] = programs
    shuffled = heredity.heredity(record.Frames(frames.runs, nodes, frames.queries, frames.events))
    assert shuffled.p is not None and shuffled.p > 0.05


def test_two_halves_of_one_condition_do_not_differ() -> None:
    """A/A: intervals of m(d) of halves of the same runs overlap, but for chance."""
    apart = total = 0
    for first in range(0, 400, 40):
        a, b = (
            branching.by_depth(
                record.of(
                    [
                        trees.plant(seed, "binomial-1.0", "usual").recording
                        for seed in range(first + half, first + half + 20)
                    ]
                )
            )
            for half in (0, 20)
        )
        both = a.merge(b, on="depth", suffixes=("_a", "_b"))
        both = both[both["low_a"].notna() & both["low_b"].notna()]
        total += len(both)
        apart += int(((both["low_a"] > both["high_b"]) | (both["low_b"] > both["high_a"])).sum())
    assert total >= 25
    assert apart <= 0.05 * total
