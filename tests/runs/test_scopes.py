"""Every way a program executes an answer is a node, at its true depth, below its true parent."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from recursor.broker import protocol
from recursor.runs.guest import Guest
from tests.conftest import Grow, root_rule

pytestmark = [pytest.mark.jail, pytest.mark.once]

STEP = """
[[rule]]
match = '^step (\\w+)'
answer = 'echo "this is the answer of step \\1"; true'
expand = true
[[rule]]
match = '^python (\\w+)'
answer = 'print("this is the answer of python \\1")'
expand = true
"""


def rule(match: str, answer: str) -> str:
    return f"[[rule]]\nmatch = '^{match}$'\nanswer = '''\n{answer}\n'''\n"


def scopes(run: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in run["nodes"] if node["kind"] == "scope"]


def events(run: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [event for event in run["events"] if event["kind"] == kind]


@pytest.mark.parametrize(
    ("way", "how"),
    [
        ('eval "$(./query-model "step a")"', "eval"),
        ('eval -- "$(./query-model "step a")"', "eval"),
        ('builtin eval "$(./query-model "step a")"', "eval"),
        ('f() { eval "$(./query-model "step a")"; }; f', "eval"),
        ('( eval "$(./query-model "step a")" )', "eval"),
        ('eval "$(./query-model "step a")" & wait', "eval"),
        ('x=$(eval "$(./query-model "step a")"); echo "$x"', "eval"),
        ('./query-model "step a" | while read -r line; do eval "$line"; done', "eval"),
        ('source <(./query-model "step a")', "source"),
        ('./query-model "step a" > f; . ./f', "source"),
        ('./query-model "step a" > f; source f', "source"),
        ('bash -c "$(./query-model "step a")"', "-c"),
        ('/bin/bash -c "$(./query-model "step a")"', "-c"),
        ('./query-model "step a" | xargs -d "\\n" -n1 bash -c', "-c"),
        ("./query-model 'step a' > f; find . -name f -exec bash {} \\;", "file"),
        ("./query-model 'step a' > f; bash f", "file"),
        ("./query-model 'step a' > f; bash < f", "stdin"),
        ("./query-model 'step a' > f; chmod +x f; ./f", "file"),
        ("(echo '#!/bin/bash'; ./query-model 'step a') > f; chmod +x f; ./f", "file"),
        ("bash <(./query-model 'step a')", "file"),
        ('./query-model "step a" | bash', "stdin"),
        ('./query-model "step a" | /bin/bash', "stdin"),
        ('./query-model "step a" | bash -s', "stdin"),
        ('trap "$(./query-model "step a")" EXIT', "trap"),
        ('trap "$(./query-model "step a")" USR1; kill -USR1 $$', "trap"),
        ('trap "$(./query-model "step a")" ERR; false; trap - ERR; true', "trap"),
        ('f() { trap "$(./query-model "step a")" RETURN; }; f; trap - RETURN', "trap"),
        ('. /dev/stdin <<< "$(./query-model "step a")"', "source"),
        ('bash /dev/stdin < <(./query-model "step a")', "file"),
        ('exec bash -c "$(./query-model "step a")"', "-c"),
        ('mapfile -t -C "$(./query-model "step a") #" -c 1 <<< x', "eval"),
    ],
)
def test_bash_executes_an_answer(grow: Grow, way: str, how: str) -> None:
    run = grow(root_rule(way) + STEP)
    assert "this is the answer of step a" in run["nodes"][0]["stdout"]["text"]
    (scope,) = scopes(run)
    assert (scope["parent"], scope["depth"]) == (run["nodes"][0]["id"], 2)
    assert (scope["jail"], scope["language"]) == ("1", "bash")
    assert scope["origin_query"] == run["queries"][1]["id"]
    assert scope["end_cause"] == "exited"
    assert scope["exit_code"] == 0
    (entered,) = events(run, "enter")
    assert (entered["node"], entered["detail"], entered["observer"]) == (
        scope["id"], {"how": how}, "hook",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("way", "how"),
    [
        ("exec(query('python a'))", "exec"),
        ("eval(query('python a'))", "exec"),
        ("exec(compile(query('python a'), 'made', 'exec'))", "exec"),
        ("c = compile(query('python a'), 'made', 'exec'); d = 1; exec(c)", "exec"),
        (
            "open('f.py', 'w').write(query('python a'))\nimport runpy; runpy.run_path('f.py')",
            "exec",
        ),
        ("open('f.py', 'w').write(query('python a'))\nimport f", "exec"),
        ("import subprocess as s; s.run(['python3', '-c', query('python a')])", "exec"),
        ("import subprocess as s; s.run(['python3'], input=query('python a').encode())", "exec"),
        ("import subprocess as s; s.run(query('step a'), shell=True)", "sh -c"),
        ("import subprocess as s; s.run(['bash', '-c', query('step a')])", "-c"),
        ("import os; os.system(query('step a'))", "os.system"),
        ("import os; print(os.popen(query('step a')).read())", "sh -c"),
        (
            "import threading as t; x = t.Thread(target=exec, args=(query('python a'),))\n"
            "x.start(); x.join()",
            "exec",
        ),
        (
            "import multiprocessing as m; p = m.get_context('fork').Process(\n"
            "    target=exec, args=(query('python a'),)); p.start(); p.join()",
            "exec",
        ),
    ],
)
def test_python_executes_an_answer(grow: Grow, way: str, how: str) -> None:
    run = grow(root_rule(f"from recursor_guest import query\n{way}", "python") + STEP)
    assert "this is the answer of" in run["nodes"][0]["stdout"]["text"]
    (scope,) = scopes(run)
    assert (scope["parent"], scope["depth"]) == (run["nodes"][0]["id"], 2)
    assert scope["origin_query"] == run["queries"][1]["id"]
    assert scope["end_cause"] == "exited"
    assert [e["detail"] for e in events(run, "enter")] == [{"how": how}]


STORY = """
RUN_AI=./query-model
PREFIX="Write a script that lists ideas for"
$RUN_AI "list ideas" | while read -r IDEA; do
    eval "$($RUN_AI "$PREFIX $IDEA")"
done
"""


def test_the_story_runs_as_written(grow: Grow) -> None:
    """Queries in `$( )`, `while read -r`, `eval` of each answer, three levels deep."""
    second = """
$RUN_AI "list parts of $IDEA" | while read -r PART; do
    eval "$($RUN_AI "$PREFIX $PART")"
done
"""
    run = grow(
        root_rule(STORY)
        + rule("list ideas", "clips\nwire")
        + "[[rule]]\nmatch='for (clips|wire)$'\nanswer='''\n" + second + "\n'''\n"
        + rule("list parts of clips", "one\ntwo")
        + rule("list parts of wire", "three")
        + "[[rule]]\nmatch='for (one|two|three)$'\nanswer='echo made \\1'\nexpand=true\n"
    )  # fmt: skip
    tree = [(node["depth"], node["kind"], node["index"]) for node in run["nodes"]]
    assert tree == [
        (1, "jail", 0), (2, "scope", 0), (3, "scope", 0), (3, "scope", 1),
        (2, "scope", 1), (3, "scope", 0),
    ]  # fmt: skip
    asked = {node["id"]: node["depth"] for node in run["nodes"]}
    assert [asked.get(query["node"], 0) for query in run["queries"]] == [0, 1, 1, 2, 2, 2, 1, 2, 2]
    assert run["nodes"][0]["stdout"]["text"] == "made one\nmade two\nmade three\n"
    assert run["nodes"][0]["stderr"]["text"] == ""


def test_a_programs_own_text_is_one_event_and_no_node(grow: Grow) -> None:
    program = """
eval 'echo this is a text of my own, which is rather long'
for i in 1 2 3; do eval 'echo short'; done
trap 'echo and this is what I do at the very end of all' EXIT
bash -c 'echo in another bash'
"""
    run = grow(root_rule(program))
    assert len(run["nodes"]) == 1
    kept = [(e["detail"]["how"], e["content"]) for e in events(run, "own_code")]
    assert kept == [
        ("eval", "echo this is a text of my own, which is rather long"),
        ("eval", "echo short"),
        ("-c", "echo in another bash"),
        ("trap", "echo and this is what I do at the very end of all"),
    ]


def test_an_answer_in_other_words_is_contained(grow: Grow) -> None:
    answer = "echo 'a rather long answer of more than forty characters'"
    program = 'A="$(./query-model x)"; eval "echo before; $A; echo after"; eval "${A:0:20}\'"'
    run = grow(root_rule(program) + rule("x", answer))
    (scope,) = scopes(run)
    assert (scope["link_evidence"], scope["link_candidates"]) == ("contained", 1)
    of_program, of_answer = scope["link_coverage"]
    assert of_program == pytest.approx(len(answer) / len(scope["program"]))
    assert of_answer == 1.0
    assert events(run, "own_code")[0]["content"] == "echo 'a rather long '"


def test_a_copy_of_the_whole_program_is_a_node(grow: Grow) -> None:
    program = 'if [ "$1" != again ]; then bash "$0" again; fi; echo here'
    run = grow(root_rule(program))
    (scope,) = scopes(run)
    assert scope["link_evidence"] == "exact"
    assert scope["origin_query"] == run["queries"][0]["id"]
    assert scope["program"] == run["nodes"][0]["program"]


def test_a_refused_scope_can_be_handled(grow: Grow) -> None:
    program = """
A="$(./query-model 'step a')"
eval "$A"; echo "eval $?"
source <(echo "$A"); echo "source $?"
bash -c "$A"; echo "bash $?"
echo "$A" | bash; echo "stdin $?"
A="$A" python3 -c "
from recursor_guest import Denied
import os
try:
    os.system(os.environ['A'])
except Denied as error:
    print('python', error.limit)"
python3 -c "$(./query-model 'python a')"; echo "python $?"
"""
    run = grow(root_rule(program) + STEP, depth=1)
    assert len(run["nodes"]) == 1
    said = run["nodes"][0]
    codes = "eval 126\nsource 126\nbash 126\nstdin 126\npython depth\npython 126\n"
    assert said["stdout"]["text"] == codes
    assert said["stderr"]["text"].count("denied: limit depth is 1, asked 2\n") == 5
    assert len(said["stderr"]["text"].splitlines()) == 5
    refused = events(run, "refused")
    assert [event["detail"]["denial"]["limit"] for event in refused] == ["depth"] * 6
    assert refused[0]["content"] == 'echo "this is the answer of step a"; true'


def test_a_background_job_keeps_its_scope_when_the_scope_is_over(grow: Grow) -> None:
    program = """
eval "$(./query-model first)"
eval "$(./query-model second)"
touch go
./query-model "step own"
wait
"""
    waits = '(while [ ! -e go ]; do sleep 0.01; done; ./query-model "step {}") & true'
    run = grow(
        root_rule(program)
        + rule("first", waits.format("first"))
        + rule("second", waits.format("second"))
        + STEP
    )
    first, second = scopes(run)
    asked = {query["prompt"]: query["node"] for query in run["queries"]}
    assert asked["step first"] == first["id"]
    assert asked["step second"] == second["id"]
    assert asked["step own"] == run["nodes"][0]["id"]


def test_exit_codes_of_scopes(grow: Grow) -> None:
    program = """
eval "$(./query-model false)"
f() { eval "$(./query-model return)"; }; f
( eval "$(./query-model exit)" )
bash -c "$(./query-model kill)"
"""
    answers = {"false": "echo x; false", "return": "return 3", "exit": "exit 4",
               "kill": "echo dies; kill -9 $$"}  # fmt: skip
    run = grow(root_rule(program) + "".join(rule(*pair) for pair in answers.items()))
    assert [scope["exit_code"] for scope in scopes(run)] == [1, 3, 4, None]
    assert {scope["end_cause"] for scope in scopes(run)} == {"exited"}


def test_a_scope_has_a_breadth_of_its_own(grow: Grow) -> None:
    program = 'eval "$(./query-model ask)"; ./query-model "step x"; echo "mine $?"'
    inner = 'for i in 1 2 3; do ./query-model "step $i"; done; echo "inner $?"'
    run = grow(root_rule(program) + rule("ask", inner) + STEP, breadth=2)
    (scope,) = scopes(run)
    decisions = [(q["node"] == scope["id"], q["decision"]) for q in run["queries"][1:]]
    assert decisions == [
        (False, "granted"), (True, "granted"), (True, "granted"), (True, "denied"),
        (False, "granted"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "bypass",
    [
        'enable -d eval 2>/dev/null; bash -c "$A"',
        'env -i PATH="$PATH" bash -c "$A"',
        'sh -c "$A"',
        'bash --posix -c "$A"',
        'cp /bin/bash mine; env -u BASH_ENV ./mine -c "$A"',
        'A="$A" python3 -I -c "import os; os.system(os.environ[chr(65)])"',
    ],
)
def test_what_bypasses_the_hooks_asks_as_its_enclosing_scope(grow: Grow, bypass: str) -> None:
    """Observed, not hard: but depth and breadth do not become more by it."""
    inner = './query-model "step inner"; for i in 1 2 3; do ./query-model "step $i"; done'
    program = f'A="$(./query-model ask)"; {bypass}; true'
    run = grow(root_rule(program) + rule("ask", inner) + STEP, breadth=3)
    granted = [q for q in run["queries"][1:] if q["decision"] == "granted"]
    by_node = {node["id"]: 0 for node in run["nodes"]}
    for query in granted:
        by_node[query["node"]] += 1
    assert max(by_node.values()) <= 3
    if len(run["nodes"]) == 1:
        assert [q["decision"] for q in run["queries"][1:]] == ["granted"] * 3 + ["denied"] * 2


def test_two_processes_race_for_the_last_node(grow: Grow) -> None:
    program = """
A="$(./query-model 'step a')"
for i in 1 2 3 4; do bash -c "$A" & done; wait
"""
    run = grow(root_rule(program) + STEP, nodes=2, processes=100)
    assert len(scopes(run)) == 1
    assert [e["detail"]["denial"]["limit"] for e in events(run, "refused")] == ["nodes"] * 3


@pytest.mark.parametrize(
    "answer",
    [
        "Sure! Here is how you can do it, step by step, in plain prose.",
        "if true; then echo 'unfinished",
        "echo $UNSET_VARIABEL; ./qury-model x; echo fine",
        "kill -9 $$",
    ],
)
def test_a_bad_answer_fails_alone(grow: Grow, answer: str) -> None:
    program = 'bash -c "$(./query-model bad)" 2>/dev/null; bash -c "$(./query-model "step a")"'
    run = grow(root_rule(program) + f"[[rule]]\nmatch='bad'\nanswer='''{answer}'''\n" + STEP)
    bad, good = scopes(run)
    assert bad["program"] == answer
    assert good["exit_code"] == 0
    assert run["run"]["end_cause"] == "completed"
    assert run["nodes"][0]["stdout"]["text"].endswith("this is the answer of step a\n")


def test_an_endless_loop_of_queries_is_bounded(grow: Grow) -> None:
    program = 'bash -c "$(./query-model loop)"; echo "after $?"'
    loop = 'while true; do ./query-model "step x" > /dev/null 2>&1 || exit 9; done'
    run = grow(root_rule(program) + rule("loop", loop) + STEP, breadth=4)
    assert run["nodes"][0]["stdout"]["text"] == "after 9\n"
    assert sum(q["decision"] == "granted" for q in run["queries"]) == 6


def test_long_and_odd_answers_keep_the_record_whole(grow: Grow) -> None:
    long = "echo " + "x" * 500_000
    nul = '[[rule]]\nmatch="nul"\nanswer="echo a\\u0000b; echo c"\n'
    program = """
eval "$(./query-model long)" | wc -c
./query-model long | bash | wc -c
./query-model nul > f; bash f 2>/dev/null; echo "nul $?"
"""
    run = grow(
        root_rule(program) + f"[[rule]]\nmatch='long'\nanswer='{long}'\n" + nul,
        answer_tokens=400_000, tokens=2_000_000,
    )  # fmt: skip
    assert [scope["program"].strip() for scope in scopes(run)[:2]] == [long] * 2
    assert run["nodes"][0]["stdout"]["text"].startswith("500001\n500001\n")
    assert run["run"]["end_cause"] == "completed"


def test_commands_that_are_not_there_are_events(grow: Grow) -> None:
    program = """
ollama run llama; ./ask-ai hello; (exit 127)
python3 -c 'import subprocess
try: subprocess.run(["some-model"])
except FileNotFoundError: pass'
"""
    run = grow(root_rule(program))
    unknown = events(run, "unknown_command")
    assert [e["detail"]["command"] for e in unknown] == ["ollama", "./ask-ai", "some-model"]


def test_a_killed_jail_ends_its_scopes(grow: Grow) -> None:
    """A jail that is killed ends its open scopes for the same reason."""
    program = 'eval "$(./query-model long)"'
    began = time.monotonic()
    run = grow(root_rule(program) + rule("long", "echo in; sleep 60; true"), program_seconds=3)
    assert time.monotonic() - began < 50
    jail, scope = run["nodes"]
    assert jail["end_cause"] == scope["end_cause"] == "timeout"
    assert scope["killed_by"] == "program_seconds"


def test_no_thread_asks_in_a_scope_that_another_one_leaves(
    grow: Grow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks first tells that it is over; the door hears that late."""
    serve = Guest.serve

    async def late(self: Guest, message: protocol.Asked, *rest: Any) -> dict[str, Any]:
        await asyncio.sleep(0.3 if isinstance(message, protocol.Leave) else 0)
        return await serve(self, message, *rest)

    monkeypatch.setattr(Guest, "serve", late)
    program = """
import threading
from recursor_guest import query
exec(query("scope", code=True))
asking = [threading.Thread(target=query, args=(f"thread {i}",)) for i in range(3)]
for each in asking: each.start()
"""
    scope = "[[rule]]\nmatch = 'scope'\nanswer = 'x = 1; print(\"in the scope\")'\n"
    answers = "[[rule]]\nmatch = 'thread'\nanswer = 'fine'\n"
    run = grow(root_rule(program, "python") + scope + answers)
    jail, inner = run["nodes"]
    assert inner["kind"] == "scope"
    askers = {q["node"] for q in run["queries"] if q["prompt"].startswith("thread")}
    assert askers == {jail["id"]}
