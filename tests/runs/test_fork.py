"""A fork: what is inside grows live, what is above is told the record, the rest is played."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import recursor
from recursor.errors import ModelError, UsageError
from recursor.types import Language, Program
from tests.conftest import Cli, Grow, read, root_rule

pytestmark = [pytest.mark.jail, pytest.mark.once]

PROGRAM = r"""
./query-model "before"
for i in 1 2; do ./query-model --code "child $i" | ./run-program; done
./query-model "after"
"""
RULES = (
    root_rule(PROGRAM)
    + r"""
[[rule]]
match = 'child (\d)'
answer = '''
```bash
./query-model "number \1"; ./query-model --code "grandchild" | ./run-program; exit \1
```
'''
expand = true

[[rule]]
match = 'grandchild'
answer = '''
```bash
./query-model "deepest"; echo end
```
'''

[[rule]]
match = '(.*)'
answer = 'about \1'
expand = true
"""
)
OTHER = "[[rule]]\nmatch = ''\nanswer = 'quite another'\n"
Forked = Callable[..., dict[str, Any]]


@pytest.fixture
def run(grow: Grow) -> dict[str, Any]:
    return grow(RULES, parallel=2)


@pytest.fixture
def fork(db: str, run: dict[str, Any]) -> Forked:
    """Fork the run at the node of a program, by a word of it."""

    def forked(word: str | None, **options: Any) -> dict[str, Any]:
        at = word and next(node["id"] for node in run["nodes"] if word in node["program"])
        return read(db, recursor.fork(run["run"]["id"], at, db=db, **options).id)

    return forked


def sources(run: dict[str, Any]) -> dict[str, tuple[str, dict[str, str]]]:
    """How each program came about, and each of its queries."""
    found = {}
    for node in run["nodes"]:
        asked = [query for query in run["queries"] if query["node"] == node["id"]]
        words = next((w for w in ("before", "number 1", "number 2") if w in node["program"]), "end")
        parent = next((n for n in run["nodes"] if n["id"] == node["parent"]), None)
        if words == "end" and parent is not None:
            words = f"end of {'number 1' if 'number 1' in parent['program'] else 'number 2'}"
        found[words] = node["source"], {query["prompt"]: query["source"] for query in asked}
    return found


def test_the_subtree_lives_and_the_rest_is_as_it_was(run: dict[str, Any], fork: Forked) -> None:
    again = fork("number 2", seed=9)
    assert sources(again) == {
        "before": (
            "live",
            dict.fromkeys(("before", "child 1", "child 2", "after"), "recorded"),
        ),
        "number 1": ("recorded", {"number 1": "recorded", "grandchild": "recorded"}),
        "end of number 1": ("recorded", {"deepest": "recorded"}),
        "number 2": ("live", {"number 2": "live", "grandchild": "live"}),
        "end of number 2": ("live", {"deepest": "live"}),
    }
    at = next(node["id"] for node in run["nodes"] if "number 2" in node["program"])
    origin = {name: again["run"][name] for name in ("mode", "parent_run", "fork_node", "fork_edit")}
    assert origin == {
        "mode": "fork",
        "parent_run": run["run"]["id"],
        "fork_node": at,
        "fork_edit": {"seed": 9, "outside": "frozen"},
    }
    ours = {node["key"]: (node["stdout"], node["exit_code"]) for node in again["nodes"]}
    assert ours == {node["key"]: (node["stdout"], node["exit_code"]) for node in run["nodes"]}
    seeds = {query["key"]: query["seed"] for query in run["queries"]}
    for query in again["queries"]:
        assert (query["seed"] == seeds[query["key"]]) == (query["source"] == "recorded")
        assert (query["decode_s"] is None) == (query["source"] == "recorded")


def test_what_is_outside_may_live_too(run: dict[str, Any], fork: Forked) -> None:
    again = sources(fork("number 2", seed=9, outside="live"))
    assert again["number 1"] == ("live", {"number 1": "live", "grandchild": "live"})
    assert set(again["before"][1].values()) == {"recorded"}


def test_another_model_answers_inside(
    fork: Forked, stub: Callable[[str], str], tmp_path: Any
) -> None:
    (tmp_path / "other.toml").write_text(OTHER)
    again = fork("number 2", model=f"stub:{tmp_path / 'other.toml'}")
    live = [query for query in again["queries"] if query["source"] == "live"]
    assert {query["answer"] for query in live} == {"quite another"}
    assert [query["prompt"] for query in live] == ["number 2", "grandchild"]
    assert "quite another" in again["nodes"][0]["stdout"]["text"]


def test_a_model_that_is_not_the_run_s_own_must_be_asked_for(
    fork: Forked, stub: Callable[[str], str]
) -> None:
    stub(OTHER)
    with pytest.raises(ModelError, match="is another one than when"):
        fork("number 2", seed=9)


def test_another_program_takes_a_node_s_place(fork: Forked) -> None:
    program = Program(Language.BASH, "./query-model 'something new'; exit 7")
    again = fork("number 2", program=program)
    (node,) = [node for node in again["nodes"] if node["program"] == program.text]
    assert (node["source"], node["exit_code"], node["link_evidence"]) == ("live", 7, None)
    assert "about something new" in again["nodes"][0]["stdout"]["text"]
    assert len(again["nodes"]) == 4


def test_programs_above_are_answered_live_where_they_ask_something_new(grow: Grow, db: str) -> None:
    program = "echo './query-model inside' > c; ./query-model \"heard $(./run-program c)\""
    run = grow(root_rule(program) + "[[rule]]\nmatch = '(.*)'\nanswer = 'a \\1'\nexpand = true\n")
    other = Program(Language.BASH, "echo news")
    forked = recursor.fork("last", run["nodes"][1]["id"], program=other, db=db)
    again = read(db, forked.id)
    assert [(query["prompt"], query["source"]) for query in again["queries"]] == [
        ("goal", "recorded"), ("heard news", "live"),
    ]  # fmt: skip
    assert again["queries"][1]["answer"] == "a heard news"


def test_another_budget_holds_inside_only(fork: Forked) -> None:
    again = fork("number 2", depth=2)
    assert len(again["nodes"]) == 4
    (refused,) = [event for event in again["events"] if event["kind"] == "refused"]
    assert refused["detail"]["denial"]["limit"] == "depth"
    assert "end of number 1" in sources(again)


def test_a_decision_is_flipped(grow: Grow, db: str) -> None:
    program = './query-model one; ./query-model two; echo "code $?"; ./query-model three'
    rules = root_rule(program) + "[[rule]]\nmatch = '(.*)'\nanswer = 'a \\1'\nexpand = true\n"
    run = grow(rules, breadth=2)
    granted, denied = run["queries"][2], run["queries"][3]
    assert (granted["decision"], denied["decision"]) == ("granted", "denied")
    again = read(db, recursor.fork(run["run"]["id"], flip=granted["id"], db=db).id)
    assert [query["decision"] for query in again["queries"]] == [
        "granted", "granted", "denied", "granted",
    ]  # fmt: skip
    assert again["queries"][2]["denial"]["limit"] == "flipped"
    assert again["nodes"][0]["stdout"]["text"] == "a one\ncode 3\na three\n"
    assert "flipped" not in again["nodes"][0]["stderr"]["text"]
    again = read(db, recursor.fork(run["run"]["id"], flip=denied["id"], db=db).id)
    assert again["nodes"][0]["stdout"]["text"] == "a one\na two\ncode 0\na three\n"


def test_another_pack_frames_what_is_asked_inside(fork: Forked) -> None:
    again = fork("number 2", pack="examples-everywhere")
    framed = {query["prompt"]: "run-program" in query["rendered"] for query in again["queries"]}
    assert (framed["number 2"], framed["number 1"]) == (True, False)


def test_a_fork_that_makes_no_sense_is_refused(
    run: dict[str, Any], fork: Forked, cli: Cli, db: str
) -> None:
    with pytest.raises(UsageError, match="is the operator's"):
        recursor.fork("last", flip=run["queries"][0]["id"], db=db)
    with pytest.raises(UsageError, match="`recursor import` it first"):
        recursor.fork("x.recursor", "01", seed=2, db=db)
    with pytest.raises(UsageError, match="names no single node"):
        recursor.fork("last", "01", seed=2, db=db)
    with pytest.raises(UsageError, match="is none of the node"):
        fork("number 2", flip=run["queries"][1]["id"])
    with pytest.raises(UsageError, match="outside is frozen or live, not 'gone'"):
        recursor.fork("last", seed=2, outside="gone", db=db)
    nothing = cli("fork", "last", "--at", run["nodes"][1]["id"])
    assert nothing.returncode == 2
    assert "say what is different" in nothing.stderr


def test_without_a_place_a_fork_branches_at_the_first_program(run: dict[str, Any], db: str) -> None:
    again = read(db, recursor.fork(run["run"]["id"], seed=2, db=db).id)
    assert again["run"]["fork_node"] == run["nodes"][0]["id"]
    assert again["nodes"][0]["key"] == run["nodes"][0]["key"]


def test_null_forks_differ_in_their_seeds_alone(run: dict[str, Any], cli: Cli, db: str) -> None:
    at = next(node["id"] for node in run["nodes"] if "number 1" in node["program"])
    forked = cli("fork", run["run"]["id"], "--at", at, "--null", "--repeats", "2")
    assert forked.returncode == 0, forked.stderr
    with recursor.open(db) as store:
        forks = [found for found in store.runs() if found.mode == "fork"]
    assert [found.seed for found in forks] == [1, 2]
    assert [found.fork_edit for found in forks] == [
        {"seed": 1, "outside": "frozen"}, {"seed": 2, "outside": "frozen"},
    ]  # fmt: skip


def test_a_query_that_nobody_waited_for_is_not_asked_again(grow: Grow, db: str) -> None:
    program = r"""
cat > leaves << 'END'
./query-model slow & until ./budget | grep -q "queries 7"; do :; done
kill $!; wait $!; echo left
END
./run-program leaves
echo './query-model inside' | ./run-program
"""
    slow = "[[rule]]\nmatch = 'slow'\nanswer = 'late'\ndelay_ms = 60000\n"
    rules = root_rule(program) + slow + "[[rule]]\nmatch = ''\nanswer = 'a'\n"
    run = grow(rules, queries=9)
    again = read(db, recursor.fork("last", run["nodes"][2]["id"], seed=1, db=db).id)
    (gone,) = [query for query in again["queries"] if query["prompt"] == "slow"]
    assert (gone["decision"], gone["finish_reason"], gone["source"]) == (
        "failed", "gone", "recorded",
    )  # fmt: skip


def test_programs_above_keep_their_chance_and_their_running_time(grow: Grow, db: str) -> None:
    program = 'echo "./query-model inside" | ./run-program; sleep 2.5; ./query-model "drew $RANDOM"'
    run = grow(root_rule(program) + "[[rule]]\nmatch = ''\nanswer = 'a'\n")
    inside = run["nodes"][1]["id"]
    again = read(db, recursor.fork("last", inside, seed=7, program_seconds=2.0, db=db).id)
    assert again["nodes"][0]["end_cause"] == "exited"
    assert [query["source"] for query in again["queries"]] == ["recorded", "live", "recorded"]


@pytest.mark.parametrize(
    "other",
    [
        {"pack": "bare", "answer_tokens": 9},
        {"program": Program(Language.BASH, "./query-model mine; exit 7"), "seed": 5},
    ],
    ids=lambda other: "-".join(other),
)
def test_a_fork_is_executed_again_as_what_each_part_of_it_was(
    run: dict[str, Any], fork: Forked, db: str, other: dict[str, Any]
) -> None:
    """Replayed, forked in the other half and inside itself, and each of these replayed."""
    first = fork("number 2", **other)
    inside = next(n["id"] for n in first["nodes"] if n["depth"] == 2 and n["source"] == "live")
    other_half = next(node["id"] for node in first["nodes"] if "number 1" in node["program"])
    runs = [first["run"]["id"]]
    for at in (other_half, inside):
        again = recursor.fork(runs[0], at, pack="mention", seed=8, db=db)
        assert again.record.end_cause == "completed"
        runs.append(again.id)
    for each in runs:
        replayed = recursor.replay(each, db=db)
        assert replayed.fidelity.is_exact, replayed.fidelity.frontier
    assert recursor.replay(replayed.id, db=db).fidelity.is_exact


def test_another_model_s_fork_replays_without_either(
    run: dict[str, Any], fork: Forked, db: str, tmp_path: Any
) -> None:
    (tmp_path / "other.toml").write_text(OTHER)
    forked = fork("number 2", model=f"stub:{tmp_path / 'other.toml'}")
    (tmp_path / "other.toml").unlink()
    (tmp_path / "stub.toml").unlink()
    assert recursor.replay(forked["run"]["id"], db=db).fidelity.is_exact
