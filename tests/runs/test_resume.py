"""A run that was broken off is whole as far as it came, and goes on to the same tree."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import recursor
from recursor.analysis.fidelity import merkle
from recursor.errors import ModelError, UsageError
from recursor.records import Recording
from recursor.runs.grow import Growth
from recursor.runs.past import instant
from recursor.types import RunEnd
from tests.conftest import Cli, Grow, environment_of_tests, read, root_rule

pytestmark = [pytest.mark.jail, pytest.mark.once]

PROGRAM = r"""
for i in 1 2 3; do ./query-model --code "child $i" | ./run-program > out.$i & done
./query-model "while they work"; ./memory put from "the first"
eval "$(./query-model --code 'a scope')"; wait
cat out.1 out.2 out.3; ./memory get from; exit 2
"""
RULES = (
    root_rule(PROGRAM)
    + r"""
[[rule]]
match = 'child (\d)'
answer = '''
```bash
./query-model "a small thing"; ./query-model --code "grandchild" | ./run-program -; exit \1
```
'''
expand = true
delay_ms = 60

[[rule]]
match = 'grandchild'
answer = '''
```bash
echo "at the end"; ./query-model "another small thing" > left.txt
```
'''
delay_ms = 60

[[rule]]
match = 'a scope'
answer = '''
```bash
echo "in a scope of its own"; ./query-model "inside it"
```
'''

[[rule]]
match = ''
answer = 'fine'
delay_ms = 60
"""
)

WITNESSED = """
import json, os, sys
import recursor
from recursor.runs.guest import Guest

serve = Guest.serve
witness = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

async def told(self, message, *rest):
    reply = await serve(self, message, *rest)
    if "answer" in reply:
        line = [self._ancestry.scope(rest[0]).key, message.prompt, reply["answer"]]
        os.write(witness, json.dumps(line).encode() + b"\\n")
    return reply

Guest.serve = told
started = lambda _: print("started", flush=True)
recursor.run("goal", model=sys.argv[1], db=sys.argv[2], watch=started, parallel=4, breadth=9)
"""
"""A run that writes down what it is about to hand to a guest."""


def grown_and_killed(model: str, db: str, witness: Path, after_s: float) -> bool:
    """Grow a run and kill its process at a moment; return whether it was still at work."""
    command = [sys.executable, "-c", WITNESSED, model, db, str(witness)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=environment_of_tests(), start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        time.sleep(after_s)
        process.kill()
        return process.wait() == -signal.SIGKILL


def essence(recording: Recording) -> dict[str, Any]:
    """What two runs of one tree have in common."""
    return {
        "tree": merkle(recording.nodes),
        "nodes": {n.key: (n.exit_code, n.stdout, n.stderr, n.kind) for n in recording.nodes},
        "queries": {q.key: (q.decision, q.answer) for q in recording.queries},
        "files": sorted((f.path, f.content) for f in recording.files),
    }


def die_and_go_on(moments: int, stub: Callable[[str], str], tmp_path: Path) -> None:
    model, whole = stub(RULES), str(tmp_path / "whole.db")
    run = recursor.run("goal", model=model, db=whole, parallel=4, breadth=9)
    began, ended = run.record.started_at, run.record.ended_at or ""
    lasts_s = instant(ended) - instant(began)
    with recursor.open(whole) as store:
        expected = essence(store.recording(run.id))
    broken_off = 0
    for moment in range(moments):
        db, witness = str(tmp_path / f"{moment}.db"), tmp_path / f"{moment}.witness"
        after_s = random.Random(moment).uniform(0, lasts_s)
        if not grown_and_killed(model, db, witness, after_s):
            lasts_s = after_s  # it took less than the first one: the next ones die earlier
            continue
        with recursor.open(db) as store:
            (left,) = store.runs()
            recording = store.recording(left.id)
        with closing(sqlite3.connect(db)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert left.end_cause in ("interrupted", "completed")
        key = {node.id: node.key for node in recording.nodes}
        answers = {(key.get(q.node or ""), q.prompt): q.answer for q in recording.queries}
        for line in witness.read_text().splitlines():
            asker, prompt, answer = json.loads(line)
            assert (answer or "") in (answers[asker, prompt] or "nothing was answered")
        if left.end_cause == "completed":
            continue
        broken_off += 1
        kept: list[Growth] = []
        resumed = recursor.resume(left.id, db=db, watch=kept.append)
        with recursor.open(db) as store:
            again = store.recording(resumed.id)
        assert essence(again) == expected
        assert (again.run.mode, again.run.parent_run) == ("resumed", left.id)
        ledger = kept[0].ledger
        counted = [query for query in again.queries if query.decision != "denied"]
        tokens = sum((q.prompt_tokens or 0) + (q.answer_tokens or 0) for q in counted)
        assert (ledger.nodes, ledger.queries) == (len(again.nodes), len(counted))
        assert (ledger.tokens, ledger.reserved_tokens) == (tokens, 0)
    assert broken_off >= moments // 2


@pytest.mark.timeout(300)
def test_a_run_survives_its_death_at_any_moment(stub: Callable[[str], str], tmp_path: Path) -> None:
    die_and_go_on(5, stub, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_run_survives_its_death_at_many_moments(
    stub: Callable[[str], str], tmp_path: Path
) -> None:
    die_and_go_on(200, stub, tmp_path)


def test_an_interrupted_run_goes_on_from_the_command_line(
    cli: Cli, db: str, stub: Callable[[str], str], tmp_path: Path
) -> None:
    """Ctrl-C between two queries: the first is not asked again."""
    program = "./query-model one; ./query-model two; ./query-model three"
    slow = "[[rule]]\nmatch = 'two'\nanswer = 'fine'\ndelay_ms = 3000\n"
    rules = root_rule(program) + slow + "[[rule]]\nmatch = ''\nanswer = 'fine'\n"
    command = [sys.executable, "-m", "recursor", "run", "goal", "-m", stub(rules), "--db", db]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment_of_tests(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        wait_for(lambda: Path(db).exists() and answered(db) == 2)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    resumed = cli("resume", "last", "--json")
    assert resumed.returncode == 0, resumed.stderr
    run = json.loads(resumed.stdout)
    assert (run["run"]["mode"], run["run"]["end_cause"]) == ("resumed", "completed")
    assert run["counts"]["granted"] == 4
    with recursor.open(db) as store:
        sources = [query.source for query in store.queries(run["run"]["id"])]
    assert sources == ["recorded", "recorded", "live", "live"]
    nothing = cli("resume", "last")
    assert nothing.returncode == 2
    assert "was not broken off" in nothing.stderr


def answered(db: str) -> int:
    with closing(sqlite3.connect(db, timeout=10)) as connection:
        try:
            found = connection.execute("SELECT count(*) FROM query WHERE answer IS NOT NULL")
        except sqlite3.OperationalError:  # the tables are just being made
            return 0
        return int(found.fetchone()[0])


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_program_that_a_person_stopped_stays_stopped(
    grow: Grow, db: str, stub: Callable[[str], str]
) -> None:
    """Only what the end of the run broke off starts anew."""
    program = 'echo "sleep 60" | ./run-program; echo "code $?"'
    run = grow(root_rule(program), seconds=5)
    parent, child = (node["id"] for node in run["nodes"])
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("UPDATE run SET end_cause = 'interrupted'")
        how = "UPDATE node SET end_cause = ?, killed_by = 'operator' WHERE id = ?"
        connection.execute(how, ("stopped", child))
        connection.execute(how, ("killed", parent))
    assert recursor.resume("last", db=db).record.end_cause == "completed"


def test_a_replay_is_not_gone_on_with(grow: Grow, db: str) -> None:
    """It would need a model."""
    grow(root_rule("sleep 2; exit 0"))

    def stop(growth: Growth) -> None:
        growth.stop(RunEnd.INTERRUPTED)

    assert recursor.replay("last", db=db, watch=stop).record.end_cause == "interrupted"
    with pytest.raises(UsageError, match="is a replay"):
        recursor.resume("last", db=db)


def test_another_model_does_not_go_on_with_a_run(
    grow: Grow, db: str, stub: Callable[[str], str]
) -> None:
    grow(root_rule("sleep 30"), seconds=1.0)
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("UPDATE run SET end_cause = 'interrupted'")
    stub("[[rule]]\nmatch = ''\nanswer = 'something else'\n")
    with pytest.raises(ModelError, match="is another one than when"):
        recursor.resume("last", db=db)
    with pytest.raises(ModelError, match="is another one than when"):
        recursor.rerun("last", db=db)


def test_a_rerun_grows_the_same_configuration_afresh(grow: Grow, db: str) -> None:
    rules = root_rule("./query-model one; ./query-model two") + "[[rule]]\nmatch=''\nanswer='a'\n"
    run = grow(rules, queries=2, seed=3, deny_random=0.1, guest_names={"budget": "purse"})
    again = read(db, recursor.rerun("last", db=db).id)
    for name in ("goal", "budget", "policies", "guest", "seed", "pack_digest", "model"):
        assert again["run"][name] == run["run"][name]
    assert (again["run"]["mode"], again["run"]["parent_run"]) == ("live", None)
    assert {query["source"] for query in again["queries"]} == {"live"}
    assert recursor.rerun("last", db=db, seed=4).record.seed == 4
    for impossible in ({"name": "last"}, {"seed": -1}, {"colour": "red"}):
        with pytest.raises(UsageError):
            recursor.rerun("last", db=db, **impossible)


def test_who_read_programs_before_they_ran_does_so_again(grow: Grow, db: str) -> None:
    async def yes(*_: object) -> bool:
        return True

    grow(root_rule("exit 0"), ask=yes, approve="root")
    assert recursor.rerun("last", db=db).record.end_cause == "refused"
    assert recursor.rerun("last", db=db, ask=yes).record.end_cause == "completed"


def test_a_dialogue_is_not_gone_on_with(cli: Cli, db: str) -> None:
    said = cli("chat", "-m", "stub:story", "--turns", "2", input="first\nn\nsecond\n")
    assert said.returncode == 0, said.stderr
    with pytest.raises(UsageError, match="is a dialogue"):
        recursor.rerun("last", db=db)
