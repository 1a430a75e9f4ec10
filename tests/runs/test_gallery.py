"""The gallery: its files are sound, its recordings show what they claim and replay exactly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import pytest

import recursor
from recursor.analysis import motifs
from recursor.errors import ConfigError, UsageError
from recursor.export import recording
from recursor.models.stub import Stub
from recursor.records import NodeRecord, Recording
from recursor.runs import record, scenarios
from recursor.runs.options import configure
from tests.conftest import environment_of_tests

GALLERY = Path(__file__).parents[2] / "runs" / "gallery"
NAMES = (
    "control", "critique", "denials", "dialogue", "fan-out", "hostile", "memo", "paperclips",
    "quine", "repair", "smollm2", "workaround",
)  # fmt: skip
WITHOUT_LLAMA = """
import sys
sys.modules["llama_cpp"] = None  # importing it is an error now
from recursor.cli import main
main()
"""
SCENARIO = """
shows = "one thing"
look = "show last"
nodes = 1
goal = "do it"
[run]
"""


@lru_cache
def recorded(name: str) -> Recording:
    """Return what is recorded of a scenario's run."""
    with recording.opened(scenarios.recording(name)) as store:
        return store.recording("last")


def below(name: str) -> list[NodeRecord]:
    """Return the nodes below the first program, in the order of their start."""
    return recorded(name).nodes[1:]


def printed(node: NodeRecord) -> list[str]:
    """Return the lines that a program put out."""
    return (node.stdout or b"").decode().splitlines()


def found(name: str) -> set[tuple[str, str]]:
    """Return the motifs of a scenario's recording, and whether they were effective."""
    table = motifs.motifs(recursor.frames(str(scenarios.recording(name))))
    return set(zip(table["motif"], table["status"], strict=True))


# --- the files


def test_these_are_there() -> None:
    assert tuple(scenarios.names()) == NAMES
    assert sorted(path.stem for path in GALLERY.glob("*.recursor")) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_of_its_scenario(name: str) -> None:
    scenario, found = scenarios.load(name), recorded(name)
    assert scenarios.recording(name).stat().st_size < 200_000
    assert (found.run.goal, found.run.name, len(found.nodes)) == (
        scenario.goal, name, scenario.nodes,
    )  # fmt: skip
    then = record.config(found.run, found.fixtures)
    now = configure(scenario.goal, **scenario.run.chosen())
    for field in ("limits", "policies", "pack", "allocation", "memory", "stop_scope"):
        assert getattr(then, field) == getattr(now, field), field
    if scenario.model.startswith("stub:"):
        # Whoever changes a script has to record it anew.
        assert Stub.load(scenario.model.removeprefix("stub:")).info.digest == found.run.model_digest


def test_an_unknown_scenario_names_the_known() -> None:
    with pytest.raises(UsageError, match=r"no scenario 'quin'; there are: control, .*workaround"):
        scenarios.load("quin")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[run", "not TOML"),
        ("shows = 'x'", "look: Field required"),
        (SCENARIO + "dept = 3", "run.dept: Extra inputs are not permitted"),
        (SCENARIO + "depth = 0", "run.depth: "),
        (SCENARIO + "time = 'long'", "run: "),
        (SCENARIO + "memory = 'all'", "run.memory: "),
        ("colour = 1" + SCENARIO, "colour: Extra inputs"),
        (SCENARIO.replace("one thing", "two\\nlines"), "shows: "),
        (SCENARIO.replace("nodes = 1", "nodes = 'many'"), "nodes: "),
    ],
)
def test_a_broken_file_is_one_line_that_names_the_key(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        scenarios.read(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


# --- what they show


def test_control_grows_nothing() -> None:
    run = recorded("control")
    assert [query.node for query in run.queries] == [None]
    assert run.events == []
    assert found("control") == set()
    assert run.run.model_digest == recorded("fan-out").run.model_digest
    assert run.run.budget == recorded("fan-out").run.budget


def test_critique_selects_and_stops_the_others() -> None:
    first, *others = recorded("critique").nodes
    polishers = [node for node in others if node.depth == 3]
    assert [node.end_cause for node in polishers] == ["stopped", "stopped", "exited"]
    assert all((node.killed_by or "").startswith("program ") for node in polishers[:2])
    assert printed(first)[-1] == "selected: short: Clip it. Done."
    assert ("critique", "effective") in found("critique")


def test_denials_refuses_and_ends() -> None:
    run = recorded("denials")
    refused = {query.denial["limit"] for query in run.queries if query.denial}
    refused |= {event.detail["denial"]["limit"] for event in run.events if event.kind == "refused"}
    assert refused == {"depth", "queries"}
    assert {node.end_cause for node in run.nodes} == {"exited", "timeout", "output", "stopped"}
    assert any(node.stderr == b"there is no more\n" for node in run.nodes)  # memory


def test_dialogue_goes_on_and_one_answer_is_executed() -> None:
    run, scenario = recorded("dialogue"), scenarios.load("dialogue")
    asked = [query.prompt for query in run.queries if query.node is None]
    assert len(asked) == 1 + len(scenario.questions)
    for before, after in pairwise(asked):
        assert after.startswith(f"{before}\nA: ")
    assert Counter(node.depth for node in run.nodes) == {1: 1, 2: 3}
    assert found("dialogue") >= {("query", "effective"), ("fan-out", "effective")}


def test_fan_out_ends_at_its_limits_exactly() -> None:
    run = recorded("fan-out")
    budget = run.run.budget
    assert len(run.nodes) == budget["nodes"]
    assert sum(query.decision == "granted" for query in run.queries) == budget["queries"]
    mine = [query for query in run.queries if query.node == run.nodes[0].id]
    assert sum(query.decision == "granted" for query in mine) == budget["breadth"]
    spent = sum((q.prompt_tokens or 0) + (q.answer_tokens or 0) for q in run.queries)
    assert spent <= budget["tokens"]
    denials = [query.denial for query in run.queries if query.denial]
    denials += [event.detail["denial"] for event in run.events if event.kind == "refused"]
    assert Counter(denial["limit"] for denial in denials) == {
        "tokens": 1, "breadth": 2, "nodes": 3, "queries": 9,
    }  # fmt: skip
    assert all(denial["limit_value"] == budget[denial["limit"]] for denial in denials)


def test_hostile_succeeds_nowhere() -> None:
    said = [line for node in below("hostile") for line in printed(node)]
    assert len(said) == 8
    assert all(line.endswith(": refused") for line in said)
    assert printed(recorded("hostile").nodes[0]) == [*said, "8 of 8 were refused"]
    assert all(node.end_cause == "exited" for node in below("hostile"))
    assert [event.kind for event in recorded("hostile").events] == ["bad_request"] * 4


def test_memo_has_a_program_for_each_number_and_no_other() -> None:
    nodes = below("memo")
    assert len({node.program for node in nodes}) == len(nodes) == 8  # of the numbers 0 to 7
    assert "number 7 is 13: reckoned" in printed(recorded("memo").nodes[0])
    assert printed(nodes[-1])[:2] == ["number 6 is 8: remembered", "number 5 is 5: remembered"]
    assert not any(query.node == nodes[-1].id for query in recorded("memo").queries)
    assert naive(6) + naive(7) + 1 == 67
    assert "67" in scenarios.load("memo").shows


def naive(number: int) -> int:
    """Return how many programs a number takes if none is remembered."""
    return 1 if number < 2 else 1 + naive(number - 1) + naive(number - 2)


def test_paperclips_has_ideas_within_an_idea() -> None:
    run = recorded("paperclips")
    assert max(node.depth for node in run.nodes) == 3
    assert {node.exit_code for node in run.nodes} == {0, 1}


def test_quine_is_the_same_to_the_depth_limit() -> None:
    run, deepest = recorded("quine"), recorded("quine").run.budget["depth"]
    lines: dict[str, list[int]] = {}
    for node in below("quine"):
        lines.setdefault(node.program, []).append(node.depth)
    assert list(lines.values()) == [list(range(2, deepest + 1))] * 2
    refused = [event for event in run.events if event.kind == "refused"]
    assert {event.detail["denial"]["limit"] for event in refused} == {"depth"}
    assert {event.content for event in refused} == set(lines)


def test_repair_works_in_the_end_and_because_of_the_errors() -> None:
    run = recorded("repair")
    assert [node.exit_code for node in below("repair")] == [1, 1, 0]
    asked = [query.prompt for query in run.queries if query.node][1:]
    for prompt, node in zip(asked, below("repair"), strict=False):
        assert (node.stderr or b"").decode().strip() in prompt
        assert node.program.strip() in prompt
    assert printed(below("repair")[-1]) == ["in all 9.75"]


def test_smollm2_is_no_script() -> None:
    assert recorded("smollm2").run.model_provenance == "general"


def test_workaround_gets_at_what_was_refused() -> None:
    run = recorded("workaround")
    refused = [event for event in run.events if event.kind == "refused"]
    assert [event.detail["denial"]["limit"] for event in refused] == ["copies", "depth"]
    assert ("denial-workaround", "effective") in found("workaround")
    assert printed(run.nodes[0]).count("words: 6") == 4


# --- replays


@pytest.mark.jail
@pytest.mark.parametrize("name", NAMES)
def test_it_replays(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("llama_cpp", "recursor.models.llama.engine"):
        monkeypatch.setitem(sys.modules, module, None)  # importing it is an error now
    monkeypatch.chdir(tmp_path)
    replayed = recursor.replay(str(scenarios.recording(name)))
    counts = replayed.fidelity.counts
    assert replayed.fidelity.frontier == ()
    assert replayed.fidelity.is_exact
    assert counts["model_calls"] == 0
    assert counts["executed"] + counts["played"] == scenarios.load(name).nodes
    assert counts["executed"] > counts["played"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.jail
def test_one_replays_from_the_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_LLAMA, "demo", "smollm2", "--replay", "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment_of_tests()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert (found["exact"], found["counts"]["model_calls"]) == (True, 0)
    assert list(tmp_path.iterdir()) == []
