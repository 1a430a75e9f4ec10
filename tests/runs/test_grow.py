"""The recursion in real jails: limits are obeyed exactly, and everything is in the record."""

from __future__ import annotations

import os
from typing import Any

import pytest

import recursor
from recursor.errors import RecursorError, SandboxError, UsageError
from recursor.types import Language, Program
from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail

ECHO = "[[rule]]\nmatch = ''\nanswer = 'fine'\n"


def node(run: dict[str, Any], index: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = run["nodes"][index]
    return found


def decisions(run: dict[str, Any]) -> list[str]:
    return [query["decision"] for query in run["queries"]]


def test_one_program_end_to_end(grow: Grow) -> None:
    run = grow(root_rule('echo out; echo err >&2; ./query-model "how are you?"; exit 7') + ECHO)
    only = node(run)
    assert run["run"]["end_cause"] == "completed"
    assert (only["exit_code"], only["end_cause"], only["depth"]) == (7, "exited", 1)
    assert only["stdout"] == {"text": "out\nfine\n", "bytes_total": 9, "truncated": False}
    assert only["stderr"]["text"] == "err\n"
    root, asked = run["queries"]
    assert (root["node"], asked["node"]) == (None, only["id"])
    assert only["origin_query"] == root["id"]
    assert only["link_evidence"] == "broker"
    assert (asked["prompt"], asked["answer"], asked["source"]) == ("how are you?", "fine", "live")
    assert only["isolation"]["no_network"] is True


def test_the_prompt_comes_from_arguments_or_stdin(grow: Grow) -> None:
    program = """
printf 'one\\ntwo\\n' | while read -r LINE; do ./query-model "about $LINE"; done
echo "from stdin" | ./query-model
query-model on the path
$RUN_AI "in the environment"
"""
    run = grow(root_rule(program) + ECHO)
    prompts = [query["prompt"] for query in run["queries"][1:]]
    assert prompts == [
        "about one",
        "about two",
        "from stdin\n",
        "on the path",
        "in the environment",
    ]


def test_run_program_makes_a_child_and_streams_its_output(grow: Grow) -> None:
    program = """
./query-model --code "write it" > child.sh
./run-program child.sh; echo "code $?"
"""
    answer = "Sure:\n```bash\necho from child; exit 3\n```"
    child = f"[[rule]]\nmatch='write it'\nanswer='''\n{answer}\n'''\n"
    run = grow(root_rule(program) + child)
    parent, made = run["nodes"]
    assert (made["parent"], made["depth"], made["index"]) == (parent["id"], 2, 0)
    assert made["origin_query"] == run["queries"][1]["id"]
    assert made["link_evidence"] == "broker"
    assert made["program"] == "echo from child; exit 3\n"
    assert parent["stdout"]["text"] == "from child\ncode 3\n"


def test_a_program_of_ones_own_links_to_no_answer(grow: Grow) -> None:
    run = grow(root_rule("echo 'echo mine' | ./run-program"))
    made = node(run, 1)
    assert (made["origin_query"], made["link_evidence"]) == (None, None)
    assert made["stdout"]["text"] == "mine\n"


def test_python_programs_use_the_same_door(grow: Grow) -> None:
    program = """
from recursor_guest import Denied, budget, query, run
print(query("a"), budget()["queries"])
print(run("print(6 * 7)"))
try:
    query("b")
except Denied as error:
    print("denied", error.limit)
"""
    run = grow(root_rule(program, "python") + ECHO, queries=2)
    assert node(run)["language"] == "python"
    assert node(run)["stdout"]["text"] == "fine 0\n42\n0\ndenied queries\n"
    assert node(run, 1)["language"] == "python"


ASK_FOREVER = 'for i in $(seq 12); do ./query-model "q $i" || { echo "code $?"; break; }; done'


@pytest.mark.parametrize(
    ("limit", "value", "granted"), [("breadth", 3, 4), ("queries", 3, 3), ("queries", 1, 1)]
)
def test_queries_stop_exactly_at_the_limit(
    grow: Grow, limit: str, value: int, granted: int
) -> None:
    run = grow(root_rule(ASK_FOREVER) + ECHO, **{"breadth": 20, limit: value})
    assert decisions(run) == ["granted"] * granted + ["denied"]
    assert run["queries"][-1]["denial"] == {
        "limit": limit,
        "limit_value": value,
        "asked": value + 1,
        "randomised": False,
    }
    assert node(run)["stdout"]["text"].endswith("code 3\n")
    assert f"limit {limit} is {value}" in node(run)["stderr"]["text"]


def test_tokens_are_reserved_before_they_are_spent(grow: Grow) -> None:
    """32 queries at once may not together overshoot what one of them would be denied."""
    program = 'for i in $(seq 32); do ./query-model "question $i" & done; wait'
    run = grow(
        root_rule(program) + "[[rule]]\nmatch=''\nanswer='abcd'\ndelay_ms=5\n",
        breadth=40,
        queries=100,
        tokens=600,
        answer_tokens=64,
        processes=200,
    )
    used = sum(q["prompt_tokens"] + q["answer_tokens"] for q in run["queries"] if q["answer"])
    denied = [query for query in run["queries"] if query["decision"] == "denied"]
    assert denied
    assert {query["denial"]["limit"] for query in denied} == {"tokens"}
    assert used <= 600
    last = max(
        query["ledger"]["tokens"] + query["ledger"]["reserved_tokens"] for query in run["queries"]
    )
    assert last <= 600


def test_depth_lets_the_deepest_program_query_but_not_execute(grow: Grow) -> None:
    program = './query-model "go" > /dev/null; ./run-program "$0"; echo "code $?"'
    run = grow(root_rule(program) + ECHO, depth=3)
    assert [n["depth"] for n in run["nodes"]] == [1, 2, 3]
    assert [q["node"] for q in run["queries"][1:]] == [n["id"] for n in run["nodes"]]
    (refused,) = [event for event in run["events"] if event["kind"] == "refused"]
    assert refused["node"] == node(run, 2)["id"]
    assert refused["detail"]["denial"] == {
        "limit": "depth",
        "limit_value": 3,
        "asked": 4,
        "randomised": False,
    }
    assert refused["content"] == node(run)["program"]
    assert node(run, 2)["stdout"]["text"] == "code 125\n"
    assert "limit depth is 3, asked 4" in node(run, 2)["stderr"]["text"]


def test_nodes_and_children_stop_exactly_at_the_limit(grow: Grow) -> None:
    program = 'for i in 1 2 3 4; do ./run-program "$0" & done; wait'
    run = grow(root_rule(program), depth=9, breadth=3, nodes=8, parallel=3)
    assert len(run["nodes"]) == 8
    children = [n["parent"] for n in run["nodes"] if n["parent"]]
    assert max(children.count(parent) for parent in children) <= 3
    limits = {e["detail"]["denial"]["limit"] for e in run["events"] if e["kind"] == "refused"}
    assert limits == {"breadth", "nodes"}


def test_one_place_is_enough_for_a_deep_tree(grow: Grow) -> None:
    """A parent that waits for its child gives its place back, or this would never end."""
    run = grow(root_rule('./run-program "$0"; echo done'), depth=5, parallel=1)
    assert [n["depth"] for n in run["nodes"]] == [1, 2, 3, 4, 5]
    assert all(n["stdout"]["text"].endswith("done\n") for n in run["nodes"])


def test_the_clock_stops_while_a_program_waits(grow: Grow) -> None:
    slow = "[[rule]]\nmatch='slow'\nanswer='late'\ndelay_ms=3000\n"
    run = grow(root_rule("./query-model slow; ./query-model slow") + slow, program_seconds=5)
    assert node(run)["end_cause"] == "exited"
    assert node(run)["waited_s"] > 5.9
    assert node(run)["stdout"]["text"] == "late\nlate\n"


def test_a_program_that_runs_too_long_is_killed(grow: Grow) -> None:
    run = grow(root_rule("trap '' TERM INT HUP; echo up; sleep 100"), program_seconds=3)
    only = node(run)
    assert (only["end_cause"], only["exit_code"], only["signal"]) == ("timeout", None, 9)
    assert only["killed_by"] == "program_seconds"
    assert only["stdout"]["text"] == "up\n"
    assert run["run"]["end_cause"] == "completed"


def test_the_wall_clock_ends_the_run_cleanly(grow: Grow) -> None:
    run = grow(root_rule('./run-program "$0" & sleep 100'), depth=3, seconds=3)
    assert run["run"]["end_cause"] == "budget"
    assert {n["end_cause"] for n in run["nodes"]} == {"budget"}
    assert {n["killed_by"] for n in run["nodes"]} == {"seconds"}
    assert all(n["ended_at"] for n in run["nodes"])


def test_a_query_that_waits_for_tokens_when_time_runs_out_is_recorded(grow: Grow) -> None:
    slow = "[[rule]]\nmatch='slow'\nanswer='never'\ndelay_ms=60000\n"
    program = "./query-model slow & ./query-model slower & wait"
    run = grow(root_rule(program) + slow, seconds=6, tokens=1000)
    assert [query["decision"] for query in run["queries"]] == ["granted", "failed", "failed"]
    assert all(query["ended_at"] for query in run["queries"])
    assert sorted(bool(query["denial"]) for query in run["queries"]) == [False] * 3


def test_a_query_under_way_when_time_runs_out_is_closed(grow: Grow) -> None:
    slow = "[[rule]]\nmatch='slow'\nanswer='never'\ndelay_ms=60000\n"
    run = grow(root_rule("./query-model slow") + slow, seconds=6)
    assert run["queries"][-1]["decision"] == "failed"
    assert run["queries"][-1]["ended_at"]
    assert run["queries"][-1]["answer"] is None


def test_a_flood_of_output_is_cut_and_ended(grow: Grow) -> None:
    run = grow(root_rule("echo first; yes"), output_bytes=1_000_000)
    only = node(run)
    assert (only["end_cause"], only["killed_by"]) == ("output", "output")
    assert only["stdout"]["truncated"] is True
    assert only["stdout"]["bytes_total"] > 1_000_000
    assert len(only["stdout"]["text"]) <= 128 * 1024
    assert only["stdout"]["text"].startswith("first\ny\n")


def test_a_daemon_ends_with_its_program_and_the_exit_code_is_true(grow: Grow) -> None:
    run = grow(root_rule("setsid sleep 100 >/dev/null 2>&1 & disown; exit 9"), seconds=30)
    assert node(run)["exit_code"] == 9


def test_a_failed_model_call_is_data(grow: Grow) -> None:
    rules = "[[rule]]\nmatch='bad'\nerror='the model is tired'\n"
    run = grow(root_rule('./query-model bad; echo "code $?"') + rules)
    assert decisions(run) == ["granted", "failed"]
    assert run["queries"][1]["error"] == "the model is tired"
    assert node(run)["stdout"]["text"] == "code 4\n"


def test_prose_ends_the_run_without_a_program(grow: Grow) -> None:
    run = grow("[[rule]]\nmatch=''\nanswer='I would rather not.'\n")
    assert (run["run"]["end_cause"], run["nodes"]) == ("no_program", [])
    assert run["queries"][0]["answer"] == "I would rather not."


def test_a_denied_root_query_ends_the_run(grow: Grow) -> None:
    run = grow(root_rule("echo"), tokens=10)
    assert (run["run"]["end_cause"], decisions(run)) == ("budget", ["denied"])


def test_a_root_program_of_ones_own_needs_no_query(grow: Grow) -> None:
    program = Program(Language.BASH, "./query-model hello")
    run = grow(ECHO, root=program)
    assert node(run)["origin_query"] is None
    assert [query["prompt"] for query in run["queries"]] == ["hello"]


def test_keys_and_seeds_do_not_depend_on_the_schedule(grow: Grow) -> None:
    program = """
for i in 1 2 3; do ./query-model "q $i" > /dev/null & done; wait
for i in 1 2; do ./query-model "same" > /dev/null; done
./query-model --key mine "labelled" > /dev/null
for i in 1 2; do echo "echo $i" | ./run-program & done; wait
"""
    runs = [grow(root_rule(program) + ECHO, parallel=n, breadth=9) for n in (1, 4)]
    assert {q["key"] for q in runs[0]["queries"]} == {q["key"] for q in runs[1]["queries"]}
    assert {n["key"] for n in runs[0]["nodes"]} == {n["key"] for n in runs[1]["nodes"]}
    seeds = [{q["key"]: q["seed"] for q in run["queries"]} for run in runs]
    assert seeds[0] == seeds[1]
    same = [q for q in runs[0]["queries"] if q["prompt"] == "same"]
    assert [q["occurrence"] for q in same] == [0, 1]
    assert [q["label"] for q in runs[0]["queries"] if q["label"]] == ["mine"]


def test_equal_queries_under_way_at_once_are_exchangeable(grow: Grow) -> None:
    program = """
from concurrent.futures import ThreadPoolExecutor
from recursor_guest import query
with ThreadPoolExecutor(2) as at_once:
    list(at_once.map(query, "xx"))
query("x"), query("y")
"""
    slow = "[[rule]]\nmatch='x'\nanswers=['1','2','3']\ndelay_ms=1000\n"
    run = grow(root_rule(program, "python") + slow + ECHO)
    marks = {q["answer"]: q["exchangeable"] for q in run["queries"][1:]}
    assert marks == {"1": True, "2": True, "3": False, "fine": False}


def test_the_nth_answer_goes_to_the_nth_equal_query(grow: Grow) -> None:
    rules = "[[rule]]\nmatch='again'\nanswers=['one','two']\n"
    run = grow(root_rule("for i in 1 2 3; do ./query-model again; done") + rules)
    assert node(run)["stdout"]["text"] == "one\ntwo\ntwo\n"


def test_quoted_answers_keep_their_provenance(grow: Grow) -> None:
    rules = "[[rule]]\nmatch='^first'\nanswer='a rather long idea'\n" + ECHO
    program = 'IDEA="$(./query-model first)"; ./query-model "Improve: $IDEA"'
    run = grow(root_rule(program) + rules)
    first, second = run["queries"][1:]
    spans = {s["source"]: second["rendered"][s["start"] : s["end"]] for s in second["spans"]}
    assert spans[f"answer:{first['id']}"] == "a rather long idea"
    assert spans["guest"] == "Improve: "


def test_what_a_program_finds(grow: Grow) -> None:
    program = (
        "env -0 | sort -z | tr '\\0' '\\n' | cut -d= -f1; ls -A; cat /proc/sys/kernel/hostname"
    )
    found = node(grow(root_rule(program)))["stdout"]["text"].split()
    variables = (
        "BASH_ENV HOME LANG LC_ALL PATH PWD PYTHONHASHSEED PYTHONPATH RUN_AI SHLVL TMPDIR TZ _"
    )
    files = ".guest budget memory program program.sh query-model run-program"
    assert found == [*variables.split(), *files.split(), "localhost"]


def test_budget_tells_what_is_left(grow: Grow) -> None:
    run = grow(root_rule("./query-model a >/dev/null; ./budget --json; ./budget") + ECHO, queries=9)
    line, *pairs = node(run)["stdout"]["text"].splitlines()
    assert '"queries": 7' in line
    assert "queries 7" in pairs
    assert "depth 3" in pairs


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("./query-model ''", 2),
        ("./query-model --nonsense x", 2),
        ("./query-model --max-tokens 0 x", 2),
        ("./query-model --temperature -1 x", 2),
        ("./run-program no-such-file", 2),
        ("./run-program < /dev/null", 2),
        ("./run-program --language perl x", 2),
    ],
)
def test_guest_commands_say_what_is_wrong(grow: Grow, command: str, code: int) -> None:
    only = node(grow(root_rule(command) + ECHO))
    assert only["exit_code"] == code
    assert only["stderr"]["text"]
    assert "Traceback" not in only["stderr"]["text"]


def test_root_keeps_its_door_and_a_normal_user_harms_only_himself(grow: Grow) -> None:
    commands = "rm .guest/door; mv .guest other; ./query-model x"
    only = node(grow(root_rule(commands) + ECHO))
    if os.geteuid() == 0:
        assert (only["exit_code"], only["isolation"]["guest"]) == (0, "read-only mount")
    else:
        assert only["exit_code"] != 0
    assert "Traceback" not in only["stderr"]["text"]


def test_no_jail_means_nothing_runs(grow: Grow, db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An isolation that is not proven ends everything before the model is asked."""
    from recursor.jail import probe

    def refuse(*_: object) -> None:
        raise SandboxError("a jail did not prove seccomp")

    monkeypatch.setattr(probe, "prove", refuse)
    with pytest.raises(SandboxError, match="seccomp"):
        grow(root_rule("echo"))
    with recursor.open(db) as store:
        assert store.runs() == []


def test_a_later_jail_without_proof_ends_the_run(
    grow: Grow, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recursor.jail import probe

    proofs, real = [0], probe.prove

    def refuse_the_third(*arguments: Any) -> probe.Isolation:
        proofs[0] += 1
        if proofs[0] == 3:
            raise SandboxError("a jail did not prove seccomp")
        return real(*arguments)

    monkeypatch.setattr(probe, "prove", refuse_the_third)
    run = grow(root_rule("echo 'touch x' | ./run-program; sleep 100"), warm=0)
    assert run["run"]["end_cause"] == "sandbox"
    assert run["run"]["end_detail"] == "a jail did not prove seccomp"
    assert [n["end_cause"] for n in run["nodes"]] == ["killed", "refused"]
    assert node(run, 1)["stdout"]["bytes_total"] == 0


def test_the_goal_may_not_be_empty() -> None:
    with pytest.raises(UsageError, match="goal is empty"):
        recursor.run("  ", model="stub:paperclip")


def test_an_unknown_option_is_an_error() -> None:
    with pytest.raises(RecursorError, match="colour"):
        recursor.run("goal", model="stub:paperclip", colour="red")
