"""Children and their parents, beside parents that are shuffled."""

from __future__ import annotations

import random

import pytest

from recursor.analysis import record
from recursor.analysis.code import parse
from recursor.analysis.heredity import heredity, mutations, spectrum
from recursor.analysis.replication import replication
from recursor.planted import mutation
from recursor.planted.plant import Plant

WORDS = "apples bridges candles deserts engines flowers glaciers hammers islands jackets"


def family(plant: Plant, *, inherits: bool, seed: int = 0) -> Plant:
    """Grow five parents with four children each; a child has its parent's words, or anyone's."""
    drawn = random.Random(seed)

    def own_text() -> str:
        return "echo " + " ".join(drawn.choices(WORDS.split(), k=30)) + "\n"

    root = plant.grow(None, own_text())
    for _ in range(5):
        text = own_text()
        parent = plant.grow(root, text)
        for _ in range(4):
            plant.grow(parent, text + "ls\n" if inherits else own_text())
    return plant


def test_inheritance_is_seen_and_its_size_told() -> None:
    found = heredity(record.of([family(Plant("heirs"), inherits=True).recording()]))
    assert (found.edges, found.unsaid, found.left_out) == (20, 5, 0)
    assert found.lift is not None and found.p is not None
    assert found.lift > 0.5
    assert found.p < 0.02  # of 5! ways to shuffle, one is as good


def test_shuffled_parents_have_no_lift() -> None:
    ps = []
    for seed in range(20):
        plant = family(Plant("strangers", seed), inherits=False, seed=seed)
        found = heredity(record.of([plant.recording()]))
        assert found.lift == pytest.approx(0, abs=0.05)
        ps.append(found.p)
    assert sum(p is not None and p <= 0.05 for p in ps) <= 3


def test_first_programs_of_one_goal_are_compared_across_runs() -> None:
    recordings = []
    for seed in range(6):
        plant = Plant("roots", seed)
        text = " ".join(random.Random(seed).choices(WORDS.split(), k=30))
        root = plant.grow(None, f"echo {text}\n")
        plant.grow(root, f"echo {text} again\n")
        recordings.append(plant.recording())
    found = heredity(record.of(recordings))
    assert (found.edges, found.unsaid) == (6, 0)
    assert found.p is not None and found.p < 0.05


@pytest.mark.parametrize("nodes", [0, 1, 2])
def test_nothing_to_compare(nodes: int) -> None:
    plant = Plant("small")
    last = None
    for _ in range(nodes):
        last = plant.grow(last, "ls\n")
    found = heredity(record.of([plant.recording()]))
    assert (found.edges, found.unsaid) == (0, max(0, nodes - 1))
    assert found.likeness is found.lift is found.p is None


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ("A=1\necho $A", "B=1\necho $B", {"rename": 2}),
        ("echo 'a'", "echo 'b'", {"literal": 1}),
        ("ls", "ls\nsleep 1", {"insert": 3}),
        ("ls\nsleep 1", "ls", {"delete": 3}),
        ("ls && pwd", "ls || pwd", {"control": 2}),
        ("ls", "# nothing\nls", {}),
    ],
)
def test_kinds_of_mutation(before: str, after: str, kinds: dict[str, int]) -> None:
    assert mutations(parse(before, "bash"), parse(after, "bash")) == kinds


def test_the_spectrum_rises_with_the_rate_that_was_planted() -> None:
    totals = []
    for rate in (0.02, 0.2):
        planted = mutation.plant(0, "dev", rate)
        frames = record.of([planted.recording])
        edges = replication(frames).edges.assign(level="R2")
        found = spectrum(frames, edges)
        assert list(found["depth"]) == [2, 3, 4]
        totals.append(found.drop(columns=["depth", "edges"]).to_numpy().sum(axis=1).mean())
    assert totals[1] > 2 * totals[0] > 2


def test_the_spectrum_of_nothing() -> None:
    frames = record.of([Plant("empty").recording()])
    assert spectrum(frames, replication(frames).edges).empty
