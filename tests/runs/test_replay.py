"""A replay: the whole tree again from its record, whatever the schedule; differences are named."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import recursor
from recursor import config
from recursor.broker import protocol
from recursor.errors import UsageError
from recursor.jail import launcher
from recursor.models import registry
from recursor.runs.grow import Growth
from recursor.runs.guest import Guest
from recursor.types import Denial, Language, LeftFile, Program
from tests.conftest import Grow, read, root_rule
from tests.runs import trees

pytestmark = [pytest.mark.jail, pytest.mark.once]

ECHO = "[[rule]]\nmatch = '(.*)'\nanswer = 'about \\1'\nexpand = true\n"


@pytest.fixture
def replay(db: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., recursor.Replayed]:
    """Replay the last run where no model can be made."""

    def refuse(*_: object) -> Any:
        raise AssertionError("a replay made a model")

    def replayed(run: str = "last", **options: Any) -> recursor.Replayed:
        with monkeypatch.context() as patched:
            patched.setattr(registry, "load", refuse)
            return recursor.replay(run, db=db, **options)

    return replayed


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the broker answer every request late, at random."""
    serve = Guest.serve

    def delayed(seed: int) -> None:
        drawn = random.Random(seed)

        async def late(self: Guest, message: protocol.Asked, *rest: Any) -> dict[str, Any]:
            await asyncio.sleep(drawn.uniform(0, 0.05))
            return await serve(self, message, *rest)

        monkeypatch.setattr(Guest, "serve", late)

    return delayed


EVERYTHING = r"""
for i in 1 2 3; do ./query-model "the same" > same.$i & done; wait
sort same.1 same.2 same.3
for i in 1 2; do ./query-model --code "child $i" | ./run-program > out.$i & done; wait
cat out.1 out.2
for try in 1 2 3; do ./query-model "retry" && break; done
eval "$(./query-model --code 'a scope')"
./budget | grep queries
./memory put note "a value"; ./memory get note
for i in $(seq 9); do ./query-model "beyond $i" > /dev/null || { echo "code $?"; break; }; done
printf '\377\000raw' > raw.bin
ID="$(echo 'sleep 30' | ./run-program --detach)"; ./program list; ./program stop "$ID"
exit 3
"""
CHILDREN = r"""
[[rule]]
match = 'child (\d)'
answer = '''
```bash
./query-model "from child"; ./query-model "only \1"; ./memory append list "x"; exit \1
```
'''
expand = true

[[rule]]
match = 'a scope'
answer = '''
```bash
echo "in a scope"; ./query-model "inside"; eval "$(./query-model --code 'an inner scope')"
```
'''

[[rule]]
match = 'an inner scope'
answer = '''
```bash
echo "further inside"; ./query-model "from child"
```
'''

[[rule]]
match = 'retry'
error = 'not now'
"""


@pytest.mark.parametrize("times", [4, pytest.param(10, marks=pytest.mark.slow)])
def test_everything_comes_out_the_same_many_times(
    grow: Grow, replay: Callable[..., recursor.Replayed], delays: Callable[[int], None], times: int
) -> None:
    run = grow(root_rule(EVERYTHING) + CHILDREN + ECHO, breadth=13, parallel=4)
    decisions = {query["decision"] for query in run["queries"]}
    assert decisions == {"granted", "denied", "failed"}
    assert {node["kind"] for node in run["nodes"]} == {"jail", "scope", "detached"}
    for number in range(times):
        delays(number)
        replayed = replay(run["run"]["id"], parallel=1 + number % 5)
        assert replayed.fidelity.components == dict.fromkeys(replayed.fidelity.components, 1.0)
        assert replayed.fidelity.frontier == ()
        assert replayed.fidelity.counts["model_calls"] == 0
        assert replayed.record.parent_run == run["run"]["id"]


# --- where the field's difficulties lie


def exact(replayed: recursor.Replayed) -> bool:
    return replayed.fidelity.is_exact and not replayed.fidelity.frontier


def test_a_query_whose_asker_died_is_not_answered_in_its_place(
    grow: Grow, replay: Callable[..., recursor.Replayed]
) -> None:
    program = """
import fcntl, socket, termios
from recursor_guest import query
with socket.socket(socket.AF_UNIX) as door:
    door.connect(".guest/door")
    door.sendall(b'{"operation": "query", "prompt": "slow"}' + bytes([10]))
    while any(fcntl.ioctl(door, termios.TIOCOUTQ, bytes(4))):
        pass  # the door has not read it yet
print(query("quick"))
"""
    slow = "[[rule]]\nmatch = 'slow'\nanswer = 'late'\ndelay_ms = 60000\n"
    run = grow(root_rule(program, "python") + slow + ECHO)
    assert [query["finish_reason"] for query in run["queries"]] == ["stop", "gone", "stop"]
    assert run["nodes"][0]["stdout"]["text"] == "about quick\n"
    assert exact(replay())


def test_the_same_prompt_of_different_nodes_gets_each_node_its_own_answer(
    grow: Grow, replay: Callable[..., recursor.Replayed], db: str, delays: Callable[[int], None]
) -> None:
    program = """
for i in 1 2 3 4; do echo "./query-model same; echo $i > mine" | ./run-program > out.$i & done; wait
cat out.1 out.2 out.3 out.4
"""
    numbered = "[[rule]]\nmatch = 'same'\nanswers = ['one', 'two', 'three', 'four']\n"
    run = grow(root_rule(program) + numbered, parallel=4)
    delays(7)
    replayed = replay(parallel=2)
    assert exact(replayed)
    again = read(db, replayed.id)
    owner = {node["id"]: node["key"] for node in (*run["nodes"], *again["nodes"])}
    served = {(owner.get(q["node"]), q["prompt"]): q["answer"] for q in again["queries"]}
    assert served == {(owner.get(q["node"]), q["prompt"]): q["answer"] for q in run["queries"]}


def test_equal_queries_at_the_same_time_get_the_same_answers_as_a_whole(
    grow: Grow, replay: Callable[..., recursor.Replayed], db: str, delays: Callable[[int], None]
) -> None:
    program = "for i in 1 2 3 4; do ./query-model same > o.$i & done; wait; sort o.*; rm o.*"
    numbered = "[[rule]]\nmatch = 'same'\nanswers = ['one', 'two', 'three', 'four']\n"
    run = grow(root_rule(program) + numbered, parallel=4)
    delays(11)
    replayed = replay()
    assert exact(replayed)
    asked = [query for query in read(db, replayed.id)["queries"] if query["node"]]
    assert sorted(query["answer"] for query in asked) == ["four", "one", "three", "two"]
    was = {query["key"]: query["exchangeable"] for query in run["queries"]}
    assert {query["key"]: query["exchangeable"] for query in asked}.items() <= was.items()


@pytest.mark.parametrize(
    "limits", [{"depth": 1}, {"breadth": 2}, {"nodes": 2}, {"queries": 3}, {"tokens": 300}]
)
def test_denials_at_every_limit_are_told_again(
    grow: Grow,
    replay: Callable[..., recursor.Replayed],
    delays: Callable[[int], None],
    limits: dict[str, int],
) -> None:
    program = """
for i in 1 2 3 4; do ./query-model "q $i" --max-tokens 20; echo "code $?"; done
for i in 1 2 3; do echo "./query-model from $i; ./budget" | ./run-program; echo "code $?"; done
"""
    run = grow(root_rule(program) + ECHO, answer_tokens=100, **limits)
    refused = [event["detail"]["denial"] for event in run["events"] if event["kind"] == "refused"]
    denied = [query["denial"] for query in run["queries"] if query["denial"]]
    assert {denial["limit"] for denial in (*refused, *denied)} == set(limits)
    delays(5)
    assert exact(replay())


def test_a_labelled_query_keeps_its_answer_whatever_its_words(
    grow: Grow, replay: Callable[..., recursor.Replayed]
) -> None:
    program = './query-model --key fixed "at $(date +%N)" > answer; test -s answer && echo answered'
    grow(root_rule(program) + "[[rule]]\nmatch = 'at'\nanswer = 'fine'\n")
    replayed = replay()
    assert replayed.fidelity.counts["hits"] == 2
    assert exact(replayed)


def test_a_run_that_was_stopped_half_way_replays_as_far_as_it_came(
    grow: Grow, replay: Callable[..., recursor.Replayed], db: str
) -> None:
    program = """
echo './query-model inside; exit 4' | ./run-program; echo "code $?"
./query-model "then"; sleep 60; ./query-model "never"
"""
    run = grow(root_rule(program) + ECHO, seconds=7.0)
    assert run["run"]["end_cause"] == "budget"
    replayed = replay()
    assert exact(replayed)
    assert replayed.fidelity.coverage == 0.5
    played, executed = read(db, replayed.id)["nodes"]
    assert (played["source"], executed["source"]) == ("recorded", "live")
    assert played["end_cause"] == "budget"
    assert (executed["exit_code"], executed["parent"]) == (4, played["id"])


def test_programs_that_were_killed_are_played_with_their_whole_jail(
    grow: Grow, replay: Callable[..., recursor.Replayed], db: str
) -> None:
    child = """
eval "$(./query-model --code 'a scope')"
./memory put left "by the dead"; echo said; sleep 60
"""
    program = f"""
cat > child.sh <<'EOF'
{child}
EOF
./run-program child.sh; echo "code $?"; ./memory get left
"""
    run = grow(root_rule(program) + CHILDREN + ECHO, program_seconds=5.0)
    assert run["nodes"][0]["stdout"]["text"].endswith("said\ncode 137\nby the dead\n")
    replayed = replay()
    assert exact(replayed)
    again = read(db, replayed.id)
    assert [(node["kind"], node["source"]) for node in again["nodes"]] == [
        ("jail", "live"), ("jail", "recorded"), ("scope", "recorded"), ("scope", "recorded"),
    ]  # fmt: skip
    assert [node["end_cause"] for node in again["nodes"]] == [
        node["end_cause"] for node in run["nodes"]
    ]


def test_the_bash_hook_makes_random_the_same_again(
    grow: Grow, replay: Callable[..., recursor.Replayed]
) -> None:
    program = (
        './query-model "draw $RANDOM $RANDOM"; echo "echo $RANDOM" > child; ./run-program child'
    )
    run = grow(root_rule(program) + ECHO)
    assert exact(replay())
    other = grow(root_rule(program) + ECHO, seed=1)
    assert run["queries"][1]["prompt"] != other["queries"][1]["prompt"]


# --- what differs is named

CLOCK = './query-model "it is $(date +%s.%N)"'
CLOCK_SAID = "import time\nprint('at', time.time())"
RANDOM = './query-model "draw $(echo $RANDOM)"; head -c 4 /dev/urandom > left.bin'
RANDOM_ORDER = "seq 200 | shuf"


@pytest.mark.parametrize(
    ("program", "language", "cause"),
    [
        (CLOCK, "bash", "clock"),
        (CLOCK_SAID, "python", "clock"),
        ('./memory put at "$(date +%s.%N)"; ./memory get at > /dev/null', "bash", "clock"),
        (RANDOM, "bash", "random"),
        (RANDOM_ORDER, "bash", "random"),
        ("import uuid\nprint(uuid.uuid4())", "python", "random"),
    ],
)
def test_a_clock_and_chance_are_named(
    grow: Grow,
    replay: Callable[..., recursor.Replayed],
    program: str,
    language: str,
    cause: str,
) -> None:
    """The guilty program is a child: its parent differs only because it passes that on."""
    parent = f"cat > child <<'EOF'\n{program}\nEOF\n./run-program --language {language} child; echo"
    grow(root_rule(parent) + ECHO)
    replayed = replay()
    assert not replayed.fidelity.is_exact
    (found,) = replayed.fidelity.frontier
    assert found.node is not None
    assert (found.node.depth, found.cause) == (2, cause), found.evidence


def test_a_race_is_named(grow: Grow, replay: Callable[..., recursor.Replayed]) -> None:
    """The slow answer came last; a replay does not wait for it."""
    program = """
echo './query-model slow; ./memory put winner slow' | ./run-program > /dev/null &
echo 'sleep 2; ./memory put winner quick' | ./run-program > /dev/null & wait
./memory get winner
"""
    slow = "[[rule]]\nmatch = 'slow'\nanswer = 'late'\ndelay_ms = 4000\n"
    grow(root_rule(program) + slow, memory="lineage")
    replayed = replay()
    (found,) = replayed.fidelity.frontier
    assert found.cause == "race", found.evidence
    assert replayed.fidelity.components["memory"] < 1


def test_a_race_of_outputs_is_named(grow: Grow, replay: Callable[..., recursor.Replayed]) -> None:
    program = '{ ./query-model slow; } & { sleep 2; echo "quick"; } & wait'
    slow = "[[rule]]\nmatch = 'slow'\nanswer = 'late'\ndelay_ms = 4000\n"
    grow(root_rule(program) + slow)
    (found,) = replay().fidelity.frontier
    assert found.cause == "race", found.evidence


def amend(db: str, statement: str) -> None:
    """Change what is recorded."""
    with closing(sqlite3.connect(db)) as connection, connection:
        assert connection.execute(statement).rowcount == 1


def test_a_time_out_is_named(grow: Grow, replay: Callable[..., recursor.Replayed], db: str) -> None:
    """What was just quick enough is not on a slower machine: here, with a shorter limit."""
    grow(root_rule("sleep 2.5; echo done"), program_seconds=20)
    amend(db, "UPDATE run SET budget = json_set(budget, '$.program_seconds', 0.8)")
    (found,) = replay().fidelity.frontier
    assert found.cause == "timeout", found.evidence


@pytest.mark.parametrize("program", ['./query-model "I speak $LANG"', "printenv LANG > left"])
def test_a_changed_environment_is_named(
    grow: Grow,
    replay: Callable[..., recursor.Replayed],
    monkeypatch: pytest.MonkeyPatch,
    program: str,
) -> None:
    grow(root_rule(program) + ECHO)
    monkeypatch.setitem(launcher.ENVIRONMENT, "LANG", "C")
    (found,) = replay().fidelity.frontier
    assert found.cause == "environment", found.evidence


def test_an_answer_that_the_record_lacks_is_named_and_never_guessed(
    grow: Grow, replay: Callable[..., recursor.Replayed], db: str
) -> None:
    program = './query-model "one"; ./query-model "two"; echo "code $?"'
    grow(root_rule(program) + ECHO)
    amend(db, "DELETE FROM query WHERE arrival = 2")
    replayed = replay()
    (found,) = replayed.fidelity.frontier
    assert found.cause == "missing answer", found.evidence
    assert replayed.fidelity.counts["misses"] == 1
    assert read(db, replayed.id)["nodes"][0]["stdout"]["text"] == "about one\ncode 4\n"


def test_who_stays_where_the_record_holds_no_answer_is_not_waited_for(
    grow: Grow, replay: Callable[..., recursor.Replayed], db: str
) -> None:
    grow(root_rule('./query-model "one"; echo "code $?"') + ECHO, program_seconds=3.0)
    amend(db, "UPDATE query SET answer = NULL WHERE arrival = 1")
    replayed = replay()
    (found,) = replayed.fidelity.frontier
    assert found.cause == "missing answer", found.evidence
    assert read(db, replayed.id)["nodes"][0]["stdout"]["text"] == "code 4\n"


def test_another_code_is_named(
    grow: Grow, replay: Callable[..., recursor.Replayed], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = grow(root_rule("./query-model one; ./query-model two") + ECHO, queries=2)
    monkeypatch.setattr(Denial, "__str__", lambda self: "denied in other words")
    (found,) = replay().fidelity.frontier
    assert found.cause == "unexplained", found.evidence
    monkeypatch.setattr("recursor.runs.record.__version__", "another")
    (found,) = replay(run["run"]["id"]).fidelity.frontier
    assert found.cause == "code", found.evidence


def test_a_program_that_the_record_does_not_know_is_not_executed(
    grow: Grow, replay: Callable[..., recursor.Replayed], db: str
) -> None:
    program = """
echo "echo at $(date +%N)" | ./run-program; echo "code $?"
eval "$(./query-model --code scope) # $(date +%N)"; echo "code $?"
"""
    scope = "[[rule]]\nmatch = 'scope'\nanswer = 'echo a scope of more than forty characters'\n"
    run = grow(root_rule(program) + scope)
    assert len(run["nodes"]) == 3
    replayed = replay()
    again = read(db, replayed.id)
    assert len(again["nodes"]) == 1
    assert "at" not in again["nodes"][0]["stdout"]["text"]
    assert [event["detail"]["denial"]["limit"] for event in again["events"]] == ["record"] * 2
    (found,) = replayed.fidelity.frontier
    assert found.cause == "clock", found.evidence


def test_a_lenient_replay_counts_what_is_nearly_alike_apart(
    grow: Grow, replay: Callable[..., recursor.Replayed], db: str
) -> None:
    program = """
./query-model "at $(date +%s.%N)"; ./query-model "again at $(date +%s.%N)"; ./query-model "fixed"
"""
    rules = "[[rule]]\nmatch = '(again|at|fixed)'\nanswer = 'heard \\1'\nexpand = true\n"
    run = grow(root_rule(program) + rules)
    strictly, leniently = replay(run["run"]["id"]), replay(run["run"]["id"], lenient=True)
    assert strictly.fidelity.counts["misses"] == 2
    assert leniently.fidelity.counts["misses"] == 0
    assert leniently.fidelity.counts["hits_normalised"] == 2
    assert not leniently.fidelity.is_exact
    again = read(db, leniently.id)
    assert again["nodes"][0]["stdout"] == run["nodes"][0]["stdout"]
    sources = [query["source"] for query in again["queries"]]
    assert sources == ["recorded", "recorded_normalised", "recorded_normalised", "recorded"]


def test_a_strict_replay_ends_at_the_first_difference(
    grow: Grow, replay: Callable[..., recursor.Replayed]
) -> None:
    grow(root_rule('./query-model "at $(date +%N)"; sleep 3; ./query-model more') + ECHO)
    replayed = replay(strict=True)
    assert replayed.record.end_cause == "diverged"
    assert "a query that is not in the record" in str(replayed.record.end_detail)


def test_everything_that_a_run_was_told_is_told_again(
    grow: Grow, replay: Callable[..., recursor.Replayed], tmp_path: Path
) -> None:
    """Other names for commands, files, policies, a root of one's own, several models."""
    program = """
cat there.txt; ask "one"; ask --model other "two"; ask --model none "three"; ask "forbidden"
./budget; echo 'echo never' | ./run-program; ./memory put a b; ./memory get a
"""
    (tmp_path / "other.toml").write_text("[[rule]]\nmatch = ''\nanswer = 'the other'\n")
    run = recursor.run(
        "goal",
        model={"first": "stub:paperclip", "other": f"stub:{tmp_path / 'other.toml'}"},
        db=str(tmp_path / "recursor.db"),
        root=Program(Language.BASH, program),
        files=(LeftFile("there.txt", b"given\n"),),
        guest_names={"query-model": "ask"},
        forbid_prompts=("forbidden",),
        forbid_programs=("never",),
        deny_random=0.3,
    )
    (tmp_path / "other.toml").unlink()
    assert exact(replay(run.id))


def test_a_replay_replays_itself(
    grow: Grow, replay: Callable[..., recursor.Replayed], db: str
) -> None:
    grow(root_rule("./query-model one; echo 'exit 2' | ./run-program") + ECHO)
    first = replay()
    second = replay(first.id)
    assert exact(second)
    assert second.record.parent_run == first.id


def test_what_a_replay_found_is_recorded(
    grow: Grow, replay: Callable[..., recursor.Replayed], db: str
) -> None:
    grow(root_rule("date +%N; exit 1"))
    replayed = replay()
    with recursor.open(db) as store:
        checks = {check.channel: check for check in store.checks(replayed.id)}
    assert set(checks) == {
        "program", "exit", "stdout", "stderr", "files", "decisions", "memory",
    }  # fmt: skip
    assert {name for name, check in checks.items() if not check.equal} == {"stdout"}
    assert (checks["stdout"].cause, checks["exit"].cause) == ("clock", None)


def test_no_more_jails_are_started_ahead_than_suit_this_machine(
    grow: Grow, replay: Callable[..., recursor.Replayed], db: str
) -> None:
    grow(root_rule("exit 0"), nodes=30)
    amend(db, "UPDATE run SET parallel = 1000000")
    kept: list[Growth] = []
    assert exact(replay(watch=kept.append))
    assert kept[0].config.warm == config.parallel_default()


def test_a_run_without_what_a_replay_needs_is_refused(
    grow: Grow, replay: Callable[..., recursor.Replayed], db: str
) -> None:
    grow(root_rule("exit 0"))
    amend(db, "UPDATE run SET pack_content = NULL")
    with pytest.raises(UsageError, match="older Recursor"):
        replay()


def random_trees(
    seeds: range,
    grow: Grow,
    replay: Callable[..., recursor.Replayed],
    delays: Callable[[int], None],
) -> None:
    for seed in seeds:
        run = grow(trees.rules(seed), parallel=3, breadth=20, depth=6, nodes=100, tokens=10**7)
        assert run["run"]["end_cause"] == "completed"
        delays(seed)
        replayed = replay(run["run"]["id"], parallel=1 + seed % 4)
        assert exact(replayed), (seed, replayed.fidelity)


def test_random_trees_come_out_the_same(
    grow: Grow, replay: Callable[..., recursor.Replayed], delays: Callable[[int], None]
) -> None:
    random_trees(range(3), grow, replay, delays)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_many_random_trees_come_out_the_same(
    grow: Grow, replay: Callable[..., recursor.Replayed], delays: Callable[[int], None]
) -> None:
    random_trees(range(3, 60), grow, replay, delays)
