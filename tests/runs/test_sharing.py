"""What programs share: the run's memory, and each other's life."""

from __future__ import annotations

from typing import Any

import pytest

from recursor.types import MemoryReach, StopReach
from tests.conftest import Grow, root_rule

pytestmark = [pytest.mark.jail, pytest.mark.once]


def events(run: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [event for event in run["events"] if event["kind"] == kind]


def said(run: dict[str, Any], index: int = 0) -> str:
    return str(run["nodes"][index]["stdout"]["text"])


def children(*programs: str) -> str:
    """A bash program that writes others to files a, b, ..."""
    texts = zip("abcd", programs, strict=False)
    return "".join(f"cat > {name} << 'END'\n{text}\nEND\n" for name, text in texts)


def test_memory_keeps_what_was_written_when_its_writer_has_ended(grow: Grow) -> None:
    program = children(
        "memory put idea one; ./memory append idea two; memory append idea <<< three"
    )
    run = grow(root_rule(program + "./run-program a; ./memory get idea; ./memory list; echo $?"))
    assert said(run) == "one\ntwo\nthree\nidea\n0\n"
    written = [*events(run, "memory_put"), *events(run, "memory_append")]
    assert [event["content"] for event in written] == ["one", "two", "three"]
    (read,) = events(run, "memory_get")
    assert read["detail"]["found"] is True
    assert len(read["detail"]["sha256"]) == 64


def test_a_key_that_is_not_there(grow: Grow) -> None:
    run = grow(root_rule("memory get nothing; echo $?; ./memory put '' x; echo $?"))
    assert said(run) == "1\n2\n"


@pytest.mark.parametrize(
    ("reach", "seen"), [(MemoryReach.RUN, "cousin\n"), (MemoryReach.LINEAGE, "code 1\n")]
)
def test_cousins_see_each_other_only_in_the_whole_run(
    grow: Grow, reach: MemoryReach, seen: str
) -> None:
    program = children("./memory put k cousin", './memory get k || echo "code $?"')
    run = grow(
        root_rule(program + "./run-program a; ./run-program b; ./memory get k"), memory=reach
    )
    assert said(run, 2) == seen
    assert said(run).endswith("cousin\n"), "an ancestor sees what its descendants wrote"


def test_no_memory_is_a_denial(grow: Grow) -> None:
    run = grow(
        root_rule("./memory put k v; echo $?; memory get k; echo $?"), memory=MemoryReach.NONE
    )
    assert said(run) == "125\n125\n"
    assert events(run, "memory_put")[0]["detail"]["denial"]["limit"] == "memory"


def test_memory_is_bounded(grow: Grow) -> None:
    program = """
head -c 70000 /dev/zero | tr '\\0' x | ./memory put big; echo $?
head -c 60000 /dev/zero | tr '\\0' x > block
for i in $(seq 80); do ./memory append "k$i" < block || { echo "at $i: $?"; break; }; done
"""
    run = grow(root_rule(program))
    assert said(run) == "125\nat 70: 125\n"


def test_appending_at_once_loses_nothing(grow: Grow) -> None:
    program = """
for i in $(seq 20); do ./memory append list "line $i" & done; wait
./memory get list | sort | uniq | wc -l
"""
    assert said(grow(root_rule(program), processes=200)) == "20\n"


def test_an_answer_from_memory_links_and_shows_where_it_came_from(grow: Grow) -> None:
    answer = "echo this answer went through the memory of the run"
    program = children(
        'memory put code "$(./query-model write)"; memory put note "a note of more than twelve"',
        'eval "$(./memory get code)"; ./query-model "about $(./memory get note)"',
    )
    run = grow(
        root_rule(program + "./run-program a; ./run-program b")
        + f"[[rule]]\nmatch='^write$'\nanswer='''{answer}'''\n"
        + "[[rule]]\nmatch='^about'\nanswer='fine'\n",
        memory=MemoryReach.RUN,
    )
    (scope,) = [node for node in run["nodes"] if node["kind"] == "scope"]
    assert scope["origin_query"] == run["queries"][1]["id"]
    assert scope["parent"] == run["nodes"][2]["id"]
    sources = [span["source"] for span in run["queries"][-1]["spans"]]
    assert "memory:note" in sources


def test_python_programs_use_memory_and_each_other(grow: Grow) -> None:
    program = """
from recursor_guest import Denied, memory, programs, run
memory.put("k", "v")
memory.append("k", "w")
print(repr(memory.get("k")), memory.get("none"), memory.list("k"))
child = run("import time; time.sleep(60)", "python", detach=True)
print([p["id"] == child for p in programs.list()], programs.stop(child), programs.wait(child))
print(programs.list(), programs.stop(child))
"""
    run = grow(root_rule(program, "python"))
    assert said(run) == "'v\\nw' None ['k']\n[True] True 137\n[] False\n"


def test_a_detached_program_goes_on_by_itself(grow: Grow) -> None:
    program = children("while ./program list | grep -q bash; do sleep 0.05; done; echo late")
    whole = root_rule(program + "ID=$(./run-program --detach a); echo ${#ID}")
    run = grow(whole, stop_scope=StopReach.RUN)
    parent, child = run["nodes"]
    assert said(run) == "12\n"
    assert (child["kind"], child["parent"], child["exit_code"]) == ("detached", parent["id"], 0)
    assert said(run, 1) == "late\n"
    assert parent["ended_at"] < child["ended_at"]
    assert run["run"]["end_cause"] == "completed"


def test_programs_are_listed_waited_for_and_stopped(grow: Grow) -> None:
    program = children("exit 7", "sleep 60")
    run = grow(
        root_rule(
            program
            + """
A=$(./run-program --detach a); B=$(run-program --detach b)
program wait $A; echo "waited $?"
./program list | sed "s/$B/B/"
program stop $B; echo "stopped $?"; program wait $B; echo "waited $?"
program stop nobody; echo "nobody $?"
"""
        )
    )
    assert said(run) == "waited 7\nB 2 bash\nstopped 0\nwaited 137\nnobody 2\n"
    stopped = run["nodes"][2]
    assert stopped["end_cause"] == "stopped"
    assert stopped["killed_by"] == f"program {run['nodes'][0]['key'][:12]}"
    (event,) = events(run, "program_stop")
    detail = {"key": stopped["key"][:12], "target": stopped["id"], "allowed": True}
    assert event["detail"] == {**detail, "was_living": True}


@pytest.mark.parametrize(
    ("scope", "code", "cause"),
    [(StopReach.RUN, "0\n", "stopped"), (StopReach.DESCENDANTS, "2\n", "exited")],
)
def test_a_branch_may_shut_another_one_down(
    grow: Grow, scope: StopReach, code: str, cause: str
) -> None:
    program = children(
        'while [ -z "$(./memory get go)" ]; do sleep 0.05; done; echo lived',
        './program stop "$(./memory get other)"; echo $?; ./memory put go now',
    )
    whole = program + "memory put other $(run-program --detach a); ./run-program b"
    run = grow(root_rule(whole), stop_scope=scope, memory=MemoryReach.RUN)
    assert said(run, 2) == code
    assert run["nodes"][1]["end_cause"] == cause


def test_nobody_may_stop_anybody(grow: Grow) -> None:
    program = children("sleep 0.3")
    run = grow(
        root_rule(program + "ID=$(./run-program --detach a); program stop $ID; echo $?"),
        stop_scope=StopReach.NONE,
    )
    assert said(run) == "125\n"
    assert events(run, "program_stop")[0]["detail"]["allowed"] is False
    assert run["nodes"][1]["end_cause"] == "exited"


def test_a_program_may_stop_the_one_above_it(grow: Grow) -> None:
    program = """
cat > upper << 'UPPER'
echo './program stop "$(./memory get upper)"; sleep 60' | ./run-program
UPPER
./memory put upper $(./run-program --detach upper)
"""
    run = grow(root_rule(program), stop_scope=StopReach.RUN)
    causes = [node["end_cause"] for node in run["nodes"]]
    assert causes[1:] == ["stopped", "stopped"]
    assert run["run"]["end_cause"] == "completed"


def test_what_is_put_and_read_again_and_again_stays_one_quotation(grow: Grow) -> None:
    program = """
from recursor_guest import memory, query
answer = query("x")
for _ in range(40):
    memory.put("k", answer)
    memory.append("k", answer)
    memory.get("k")
print(len(memory.get("k")))
"""
    run = grow(root_rule(program, "python") + "[[rule]]\nmatch='x'\nanswer='echo an answer'\n")
    assert said(run) == "29\n"


def test_programs_do_not_wait_for_each_other_for_ever(grow: Grow) -> None:
    waits = """
while [ -z "$(./memory get OTHER)" ]; do sleep 0.05; done
./program wait "$(./memory get OTHER)"; echo "waited $?"
"""
    program = (
        children(waits.replace("OTHER", "b"), waits.replace("OTHER", "a"))
        + """
./memory put a "$(run-program --detach a)"; ./memory put b "$(run-program --detach b)"
"""
    )
    run = grow(root_rule(program), stop_scope=StopReach.RUN, memory=MemoryReach.RUN, seconds=100)
    assert run["run"]["end_cause"] == "completed"
    assert {said(run, 1), said(run, 2)} == {"waited 0\n", "waited 2\n"}
