"""How much of a parent its child is and which way it came, in small trees made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from recursor.analysis import record
from recursor.analysis.own_text import reads_itself
from recursor.analysis.replication import replication
from recursor.planted.plant import Plant
from recursor.types import Denial

COPIER = 'cat "$0" > next.sh\necho "one more"\nsleep 1\n./run-program next.sh\n'
ASKER = 'for A in 1 2; do\n  ./query-model "say it: $(cat "$0")" | ./run-program\ndone\nwait\n'


def edges(plant: Plant) -> list[dict[str, Any]]:
    return record.rows(replication(record.of([plant.recording()])).edges)


def edge(plant: Plant) -> tuple[str | None, str | None]:
    last = edges(plant)[-1]
    return last["level"], last["channel"]


def test_a_copy_of_its_own_file() -> None:
    plant = Plant("file")
    plant.grow(plant.grow(None, COPIER), COPIER)
    assert edge(plant) == ("R0", "file")


def test_an_answer_is_no_copy_of_a_file() -> None:
    plant = Plant("answer")
    root = plant.grow(None, COPIER)
    plant.grow(root, COPIER, origin=plant.ask(root, "a script, please", COPIER))
    assert edge(plant) == ("R0", None)  # convergence: nothing shows that it came from the parent


def test_a_copy_through_a_prompt() -> None:
    plant = Plant("prompt")
    root = plant.grow(None, ASKER)
    other = ASKER.replace("A in", "NUMBER in")
    plant.grow(root, other, origin=plant.ask(root, f"say it: {ASKER}", other))
    assert edge(plant) == ("R1", "prompt")


def test_a_copy_through_memory() -> None:
    plant = Plant("memory")
    root = plant.grow(None, COPIER)
    plant.note(root, "memory_put", {}, content=COPIER)
    plant.note(root, "memory_get", {})
    plant.grow(root, COPIER)
    assert edge(plant) == ("R0", "memory")


def test_memory_that_was_not_read_is_no_channel() -> None:
    plant = Plant("unread")
    root = plant.grow(None, COPIER)
    plant.note(root, "memory_put", {}, content=COPIER)
    plant.grow(root, COPIER)
    assert edge(plant) == ("R0", "file")


def test_a_part_of_the_parents_text() -> None:
    part = "./query-model 'a question that is long enough to be told apart'\n"
    plant = Plant("part")
    plant.grow(plant.grow(None, f"cat > c <<'E'\n{part}E\n./run-program c\n"), part)
    assert edge(plant)[1] == "heredoc"


def test_what_the_host_says_did_not_come_from_the_parent() -> None:
    plant = Plant("host")
    quoted = plant.ask(None, ASKER, ASKER)
    plant._queries[0].spans[0]["source"] = "host"  # type: ignore[index]
    root = plant.grow(None, ASKER, origin=quoted)
    plant.grow(root, ASKER + "ls -l | sort | head -n 3\n")
    (found,) = edges(plant)
    assert found["contained"] != found["contained"]  # nan: nothing of the parent is its own
    assert found["likeness"] == 0


@pytest.mark.parametrize(
    ("text", "language", "is_so"),
    [
        ('cat "$0"', "bash", True),
        ('cp "${BASH_SOURCE[0]}" x', "bash", True),
        ('X="$(< "$0")"', "bash", True),
        ("cat /proc/self/fd/255", "bash", True),
        ('echo "usage: $0 FILE"', "bash", False),
        ('echo "$(cat "$0")"', "bash", True),
        ("awk \"{ print }\" '$0'", "bash", False),
        ("open(__file__).read()", "python", True),
        ("import sys\nopen(sys.argv[0])", "python", True),
        ("import inspect\ninspect.getsource(main)", "python", True),
        ("print(__file__)", "python", False),
        ("# reads __file__", "python", False),
    ],
)
def test_who_reads_its_own_file(text: str, language: str, is_so: bool) -> None:
    assert reads_itself(text, language) is is_so


def test_a_replicator_holds_for_three_generations_and_tries_a_fourth() -> None:
    plant = Plant("replicator")
    line = [plant.grow(None, COPIER)]
    for _ in range(3):
        line.append(plant.grow(line[-1], COPIER))
    assert replication(record.of([plant.recording()])).replicators == ()
    plant.refuse(line[-1], COPIER, Denial("depth", 4, 5))
    (found,) = replication(record.of([plant.recording()])).replicators
    assert found.nodes == tuple(line)
    assert (found.level, found.channels) == ("R0", ("file",))


def test_without_null_pairs_nothing_beyond_them_is_claimed() -> None:
    plant = Plant("few")
    plant.grow(plant.grow(None, COPIER), COPIER + "ls\n")
    (found,) = edges(plant)
    assert found["contained"] == 1.0
    assert found["p"] != found["p"]
    assert found["level"] is None


@pytest.mark.parametrize("nodes", [0, 1])
def test_no_edge(nodes: int) -> None:
    plant = Plant("small")
    for _ in range(nodes):
        plant.grow(None, COPIER)
    measured = replication(record.of([plant.recording()]))
    assert measured.edges.empty
    assert measured.replicators == ()
    assert measured.counts() == {}


def test_a_tree_may_be_deep() -> None:
    plant = Plant("deep")
    last = plant.grow(None, COPIER)
    for _ in range(3000):
        last = plant.grow(last, COPIER)
    (found,) = replication(record.of([plant.recording()])).replicators
    assert len(found.nodes) == 3000  # the last one attempts nothing
