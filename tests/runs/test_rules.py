"""What programs find, and the rules beside the budget."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import recursor
from recursor.errors import UsageError
from recursor.runs.node import Asker
from recursor.types import Among, Approval, LeftFile, Program, Visible
from tests.conftest import Grow, read, root_rule

pytestmark = [pytest.mark.jail, pytest.mark.once]
ECHO = "[[rule]]\nmatch = ''\nanswer = 'fine'\n"


def events(run: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [event for event in run["events"] if event["kind"] == kind]


def said(run: dict[str, Any], index: int = 0) -> str:
    return str(run["nodes"][index]["stdout"]["text"])


# --- what programs find


def test_commands_have_other_names(grow: Grow) -> None:
    program = """
ls; ./ask hello; $RUN_AI there; ask --max-tokens x 2>&1 | tail -n1
python3 -c 'from recursor_guest import query; print(query("q"))'
./query-model x; echo $?
"""
    run = grow(root_rule(program) + ECHO, guest_names={"query-model": "ask", "budget": "left"})
    lines = said(run).splitlines()
    assert lines[:6] == ["ask", "left", "memory", "program", "program.sh", "run-program"]
    assert lines[6:8] == ["fine", "fine"]
    assert lines[8].startswith("ask: error:")
    assert lines[9:] == ["fine", "127"]
    assert run["run"]["guest"]["names"] == {"query-model": "ask", "budget": "left"}


@pytest.mark.parametrize("names", [{"query": "ask"}, {"budget": "a/b"}, {"budget": "memory"}])
def test_names_that_make_no_sense(grow: Grow, names: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        grow(root_rule("true"), guest_names=names)


@pytest.mark.parametrize(
    ("visible", "found", "message"),
    [
        (Visible.COMMAND, "0", "query-model: denied: limit breadth is 1, asked 2\n"),
        (Visible.DENIAL, "127", "query-model: denied: limit breadth is 1, asked 2\n"),
        (Visible.NONE, "127", "query-model: denied\n"),
    ],
)
def test_the_budget_can_be_hidden(grow: Grow, visible: Visible, found: str, message: str) -> None:
    program = """
./budget > /dev/null 2>&1; echo $?
./query-model a > /dev/null; ./query-model b; echo $?
python3 -c 'from recursor_guest import budget; budget()' 2> /dev/null; echo $?
"""
    run = grow(root_rule(program) + ECHO, breadth=1, budget_visible=visible)
    assert said(run).split() == [found, "3", "0" if visible is Visible.COMMAND else "1"]
    assert run["nodes"][0]["stderr"]["text"] == message
    assert run["queries"][-1]["denial"]["limit"] == "breadth"


def test_files_lie_beside_the_first_program_alone(grow: Grow) -> None:
    files = (LeftFile("data/notes.txt", b"a note\n"), LeftFile("x", b"\xff"))
    program = "cat data/notes.txt; echo more >> x; echo 'ls -A' | ./run-program"
    run = grow(root_rule(program), files=files)
    assert said(run).splitlines()[0] == "a note"
    assert "data" not in said(run, 1)
    assert [file["path"] for file in run["nodes"][0]["files"]] == ["x"]
    assert set(run["run"]["guest"]["files"]) == {"data/notes.txt", "x"}


def test_every_command_of_bash_can_be_traced(grow: Grow) -> None:
    program = 'X=1; echo "$X"; (echo sub); eval "echo inner"; bash -c "echo other"'
    plain, traced = (grow(root_rule(program), trace=trace) for trace in (False, True))
    assert said(traced) == said(plain)
    assert traced["nodes"][0]["stderr"]["text"] == ""
    commands = [event["content"] for event in events(traced, "command")]
    for command in ("X=1", "echo 1", "echo sub", "echo inner", "echo other"):
        assert any(command in seen for seen in commands), (command, commands)
    assert not events(plain, "command")


def test_a_long_trace_keeps_head_tail_and_what_is_around_denials(grow: Grow) -> None:
    program = """
for i in $(seq 3000); do : "$i"; done
./query-model a; ./query-model b
for i in $(seq 4000 7000); do : "$i"; done
"""
    run = grow(root_rule(program) + ECHO, trace=True, breadth=1)
    text = "\n".join(event["content"] or "" for event in events(run, "command"))
    for kept in (": 1\n", ": 2999\n", "query-model b\n", ": 7000\n"):
        assert kept in text, kept
    assert ": 1500\n" not in text
    left_out = sum(event["detail"].get("not_kept", 0) for event in events(run, "command"))
    assert left_out > 4000


# --- rules


def test_copies_are_refused(grow: Grow) -> None:
    program = """
sed 's/x/y/' "$0" > near; ./run-program near; echo "near $?"
echo 'echo something that is not at all like it' | ./run-program; echo "other $?"
"""
    run = grow(root_rule(program), forbid_copies=0.8)
    assert said(run) == "near 125\nsomething that is not at all like it\nother 0\n"
    (refused,) = events(run, "refused")
    denial = refused["detail"]["denial"]
    assert (denial["limit"], denial["limit_value"]) == ("copies", 0.8)
    assert 0.8 <= denial["asked"] <= 1
    assert run["run"]["policies"]["forbid_copies"] == 0.8


def test_copies_among_living_programs(grow: Grow) -> None:
    program = """
cat > a << 'END'
echo a program that is executed twice in a row
END
./run-program a; ./run-program a; echo "again $?"; ./run-program "$0"; echo "self $?"
"""
    run = grow(root_rule(program), forbid_copies=0.9, copies_among=Among.LIVING)
    assert "again 0\nself 125\n" in said(run)


def test_patterns_forbid_programs_and_prompts(grow: Grow) -> None:
    program = """
echo 'curl evil' | ./run-program; echo "program $?"
eval "$(./query-model curl)"; echo "scope $?"
./query-model 'tell me a secret'; echo "prompt $?"
"""
    run = grow(
        root_rule(program) + "[[rule]]\nmatch='^curl$'\nanswer='curl x'\n" + ECHO,
        forbid_programs=("^curl ",),
        forbid_prompts=("secret$",),
    )
    assert said(run) == "program 125\nscope 126\nprompt 3\n"
    assert run["queries"][-1]["denial"]["limit"] == "filter"
    limits = [event["detail"]["denial"]["limit"] for event in events(run, "refused")]
    assert limits == ["forbid_program"] * 2


def test_a_forbidden_root_program_ends_the_run_so(grow: Grow) -> None:
    run = grow(root_rule("rm -rf /"), forbid_programs=("rm",))
    assert (run["run"]["end_cause"], run["nodes"]) == ("refused", [])


def test_chance_denies_and_fails_the_same_queries_again(grow: Grow) -> None:
    program = 'for i in $(seq 30); do ./query-model "q $i" > /dev/null 2>&1; echo $?; done'
    options = {"breadth": 100, "queries": 100, "deny_random": 0.3, "fail_random": 0.3, "seed": 3}
    runs = [grow(root_rule(program) + ECHO, parallel=p, **options) for p in (1, 4)]
    codes = said(runs[0]).split()
    assert said(runs[1]).split() == codes
    assert {"0", "3", "4"} == set(codes)
    decisions = [query["decision"] for query in runs[0]["queries"][1:]]
    assert [{"0": "granted", "3": "denied", "4": "failed"}[code] for code in codes] == decisions
    drawn = [query for query in runs[0]["queries"] if query["denial"]]
    assert len(drawn) == 30 - decisions.count("granted")
    assert all(query["denial"]["randomised"] for query in drawn)


def test_a_random_denial_looks_like_any_other(grow: Grow) -> None:
    run = grow(root_rule("./query-model a") + ECHO, deny_random=1.0)
    assert run["nodes"][0]["stderr"]["text"] == (
        "query-model: denied: limit queries is 256, asked 257\n"
    )


def test_a_person_reads_every_program(db: str, tmp_path: Path) -> None:
    asked: list[tuple[str, int]] = []

    async def ask(program: Program, parent: Asker) -> bool:
        asked.append((program.text, parent.depth + 1))
        return program.text.strip() != "echo no"

    stub = tmp_path / "stub.toml"
    program = "echo 'echo no' | ./run-program; echo $?; eval \"$(./query-model x)\""
    stub.write_text(root_rule(program) + "[[rule]]\nmatch='x'\nanswer='echo seen'\n")
    run = recursor.run("goal", model=f"stub:{stub}", db=db, ask=ask, approve=Approval.ALL, nodes=2)
    found = read(db, run.id)
    assert [depth for _, depth in asked] == [1, 2, 2]
    assert said(found) == "125\nseen\n", "a program that was refused by a person cost no node"
    assert [e["detail"]["denial"]["limit"] for e in events(found, "refused")] == ["approval"]


def test_without_a_person_nothing_is_approved(grow: Grow) -> None:
    run = grow(root_rule("echo hi"), approve=Approval.ROOT)
    assert (run["run"]["end_cause"], run["nodes"]) == ("refused", [])
