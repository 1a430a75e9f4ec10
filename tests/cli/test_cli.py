"""The command line: what it prints, what it exits with, and one clear line for every mistake."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import recursor
from recursor.store import Store
from tests.conftest import Cli, environment_of_tests, root_rule

pytestmark = pytest.mark.alone
PAPERCLIP = ("run", "get paperclips", "-m", "stub:paperclip")


def one_line(result: subprocess.CompletedProcess[str], code: int) -> str:
    assert result.returncode == code, result
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("recursor: ")
    return result.stderr


@pytest.mark.jail
def test_a_run_is_recorded_and_read_back(cli: Cli, db: str) -> None:
    ran = cli(*PAPERCLIP, "--name", "otter", "--json")
    assert ran.returncode == 0, ran.stderr
    out = json.loads(ran.stdout)
    assert out["schema_version"] == 1
    counts = out["counts"]
    assert counts["nodes"] == 10
    assert counts["queries"] == counts["granted"] + counts["denied"] + counts["failed"] == 15
    assert out["run"]["end_cause"] == "completed"

    shown = json.loads(cli("show", "otter", "--json").stdout)
    assert shown["run"] == out["run"]
    assert (len(shown["nodes"]), len(shown["queries"])) == (10, 15)
    assert max(node["depth"] for node in shown["nodes"]) == 3
    wanted = {
        "id", "parent", "depth", "index", "key", "language", "program", "origin_query",
        "link_evidence", "jail", "end_cause", "exit_code", "signal", "stdout", "stderr",
        "started_at", "ended_at",
    }  # fmt: skip
    assert wanted <= set(shown["nodes"][0])
    wanted = {
        "id", "node", "key", "label", "occurrence", "prompt", "rendered", "spans", "decision",
        "denial", "answer", "finish_reason", "prompt_tokens", "answer_tokens", "seed", "source",
    }  # fmt: skip
    assert wanted <= set(shown["queries"][0])
    assert shown["queries"][0]["prompt"] == "get paperclips"

    stats = json.loads(cli("stats", "last", "--json").stdout)["stats"]
    assert stats["depths"][0] == {"depth": 0, "nodes": 0, "queries": 1}
    assert [profile["nodes"] for profile in stats["depths"]] == [0, 1, 4, 5]
    tree = cli("tree", out["run"]["id"][:20]).stdout
    assert tree.count("bash ") == 10
    assert "exit 1" in tree
    assert "otter" in cli("runs").stdout
    assert len(json.loads(cli("runs", "--json").stdout)["runs"]) == 1
    node = shown["nodes"][1]["id"]
    assert "pricing" in cli("show", f"last/{node[-6:]}").stdout
    assert json.loads(cli("show", f"last/{node}", "--json").stdout)["node"]["id"] == node
    assert cli("show", "last", "--prompt").returncode == 0
    assert cli("db", "path").stdout.strip() == db


@pytest.mark.jail
@pytest.mark.once
def test_limits_are_results_unless_asked(cli: Cli, stub: Callable[[str], str]) -> None:
    anything = "[[rule]]\nmatch=''\nanswer='a'\n"
    spec = stub(root_rule("./query-model x; ./query-model y; true") + anything)
    assert cli("run", "goal", "-m", spec, "--breadth", "1").returncode == 0
    assert cli("run", "goal", "-m", spec, "--breadth", "1", "--fail-on-limit").returncode == 3
    assert "query denied: breadth" in cli("tree").stdout
    assert cli("run", "goal", "-m", spec, "--breadth", "2", "--fail-on-limit").returncode == 0


@pytest.mark.jail
@pytest.mark.once
def test_a_root_program(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("print('mine')\n")
    ran = cli("run", "goal", "-m", "stub:paperclip", "--root", "mine.py", "--json")
    assert json.loads(ran.stdout)["counts"] == {
        "nodes": 1, "queries": 0, "granted": 0, "denied": 0, "failed": 0,
    }  # fmt: skip
    assert json.loads(cli("show", "--json").stdout)["nodes"][0]["stdout"]["text"] == "mine\n"


@pytest.mark.jail
def test_a_run_without_a_program_or_an_answer(cli: Cli, stub: Callable[[str], str]) -> None:
    prose = cli("run", "g", "-m", stub("[[rule]]\nmatch=''\nanswer='No.'\n"), "--json")
    assert (prose.returncode, json.loads(prose.stdout)["run"]["end_cause"]) == (0, "no_program")
    spec = stub("[[rule]]\nmatch='never'\nanswer='No.'\n")
    silent = cli("run", "g", "-m", spec, "--display", "none")
    assert "no rule of the stub matches" in one_line(silent, 1)


@pytest.mark.jail
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_closes_the_run(
    cli: Cli, stub: Callable[[str], str], db: str, tmp_path: Path, number: int
) -> None:
    spec = stub(root_rule('./run-program "$0" & ./query-model slow & sleep 1234')
                + "[[rule]]\nmatch='slow'\nanswer='x'\ndelay_ms=100000\n")  # fmt: skip
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "recursor", "run", "goal", "-m", spec),
            *("--depth", "2", "--display", "none"),
        ],
        env={**environment_of_tests(), "RECURSOR_DB": db},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while _rows(db, "node") < 2:
        time.sleep(0.05)
    assert json.loads(cli("runs", "--json").stdout)["runs"][0]["end_cause"] is None
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.count("\n") == 1
    shown = json.loads(cli("show", "--json").stdout)
    assert shown["run"]["end_cause"] == "interrupted"
    assert {node["end_cause"] for node in shown["nodes"]} == {"killed"}
    assert {node["killed_by"] for node in shown["nodes"]} == {"operator"}
    assert all(query["ended_at"] for query in shown["queries"])
    assert _processes("sleep 1234") == 0


def _rows(db: str, table: str) -> int:
    if not Path(db).exists():
        return 0
    connection = sqlite3.connect(db)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


@pytest.mark.jail
def test_a_killed_run_leaves_nothing_alive_and_is_seen_as_interrupted(
    cli: Cli, stub: Callable[[str], str], db: str
) -> None:
    stubborn = "trap '' TERM HUP; (setsid sleep 7654321 &) ; "
    spec = stub(root_rule(f'{stubborn} ./run-program "$0" & sleep 7654321'))
    process = subprocess.Popen(
        [sys.executable, "-m", "recursor", "run", "goal", "-m", spec, "--depth", "3"],
        env={**environment_of_tests(), "RECURSOR_DB": db},
    )
    while _processes("sleep 7654321") < 6:
        time.sleep(0.05)
    (scratch,) = _scratch(process.pid)
    assert scratch.is_dir()
    process.kill()
    process.wait()
    killed_at = time.monotonic()
    while _processes("sleep 7654321") or scratch.exists():
        assert time.monotonic() - killed_at < 60
        time.sleep(0.02)
    (run,) = json.loads(cli("runs", "--json").stdout)["runs"]
    assert (run["end_cause"], run["ended_at"]) == ("interrupted", None)


def _scratch(run: int) -> list[Path]:
    """Return the folder of a run's jails, which its guardian is told."""
    children = Path(f"/proc/{run}/task/{run}/children").read_text().split()
    told = [Path(f"/proc/{child}/cmdline").read_text().rstrip("\0") for child in children]
    last = [command.rpartition("\0")[2] for command in told]
    return [Path(word) for word in last if word.startswith("/tmp/recursor-")]


def _processes(command: str) -> int:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return sum(line == command for line in listed.stdout.splitlines())


@pytest.mark.jail
def test_two_runs_at_once_share_a_new_database(db: str) -> None:
    command = [sys.executable, "-m", "recursor", *PAPERCLIP]
    environment = {**environment_of_tests(), "RECURSOR_DB": db}
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(2)
    ]
    assert [process.wait() for process in running] == [0, 0]
    assert _rows(db, "run") == 2
    assert _rows(db, "node") == 20


@pytest.mark.jail
@pytest.mark.root
def test_a_full_disk_ends_the_run_with_one_line(cli: Cli, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], check=True)
    try:
        filled = cli(*PAPERCLIP, "--db", str(disk / "full.db"))
        assert filled.returncode == 1
        assert "Traceback" not in filled.stderr
        assert "full" in filled.stderr
    finally:
        subprocess.run(["umount", disk], check=True)


MISTAKES: list[tuple[tuple[str, ...], int, str]] = [
    (("run", ""), 2, "goal is empty"),
    (("run",), 2, "goal is empty"),
    (("run", "g", "--depth", "0"), 2, "--depth"),
    (("run", "g", "--tokens", "-5"), 2, "--tokens"),
    (("run", "g", "--nodes", "x"), 2, "--nodes"),
    (("run", "g", "--time", "0"), 2, "--time"),
    (("run", "g", "--time", "soon"), 2, "--time"),
    (("run", "g", "--time", "nan"), 2, "--time"),
    (("run", "g", "--program-time", "-1s"), 2, "--program-time"),
    (("run", "g", "--parallel", "0"), 2, "--parallel"),
    (("run", "g", "--memory-limit", "much"), 2, "--memory-limit"),
    (("run", "g", "--language", "perl"), 2, "--language"),
    (("run", "g", "--seed", "-1"), 2, "--seed"),
    (("run", "g", "--seed", "9" * 20), 2, "the seed"),
    (("run", "g", "--name", "last"), 2, "named 'last'"),
    (("run", "g", "--name", ""), 2, "named ''"),
    (("run", "g", "--nonsense"), 2, "--nonsense"),
    (("run", "g", "-m", "gpt"), 2, "unknown model 'gpt'"),
    (("run", "g", "-m", "stub:nobody"), 2, "no stub 'nobody'"),
    (("run", "g", "-m", "stub:no.toml"), 1, "cannot read no.toml"),
    (("run", "g", "-m", "no/model.gguf"), 1, "no model file"),
    (("run", "g", "-m", "stub:paperclip", "--pack", "nobody"), 2, "no pack 'nobody'"),
    (("run", "g", "-m", "stub:paperclip", "--pack", "no.toml"), 1, "cannot read no.toml"),
    (("run", "g", "-m", "stub:paperclip", "--pack", "examples-plain", "--language", "python"), 2,
     "no python form"),
    (("run", "g", "-m", "stub:paperclip", "--root", "none.sh"), 2, "cannot read the root program"),
    (("run", "g", "-m", "stub:paperclip", "--db", "/proc/no/x.db"), 1, "cannot"),
    (("run", "g", "-m", "stub:paperclip", "--db", "mysql://x/y"), 2, "SQLite"),
    (("runs",), 1, "no database"),
    (("tree", "last", "--db", "none.db"), 1, "no database"),
    (("prompts", "show", "nobody"), 2, "no pack"),
    (("nonsense",), 2, "nonsense"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "message"), MISTAKES)
def test_a_mistake_is_one_clear_line(
    cli: Cli, arguments: tuple[str, ...], code: int, message: str
) -> None:
    assert message in one_line(cli(*arguments), code)


def test_no_firejail_no_run(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    without = cli(*PAPERCLIP, env={"PATH": str(tmp_path / "bin")})
    assert "firejail is not installed" in one_line(without, 5)
    (tmp_path / "bin" / "firejail").touch(mode=0o755)
    bare = cli(*PAPERCLIP, env={"PATH": str(tmp_path / "bin")})
    assert "not setuid root" in one_line(bare, 5)
    assert not list(tmp_path.glob("*.db"))


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_stream_that_is_closed_is_an_empty_one(db: str, closed: str) -> None:
    command = f"{sys.executable} -m recursor run goal -m stub:paperclip --approve all {closed}"
    done = subprocess.run(
        ["bash", "-c", f"echo n | {command}"], text=True, capture_output=True,
        env={**environment_of_tests(), "RECURSOR_DB": db},
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    with recursor.open(db) as store:
        assert store.run("last").end_cause == "refused"


def test_bytes_that_are_no_text_name_nothing(cli: Cli, db: str) -> None:
    Store(f"sqlite:///{db}", write=True).close()
    assert r"there is no run '\\udcff'" in one_line(cli("tree", "\udcff"), 2)


def test_settings_files_and_environment_fill_in_flags(cli: Cli, tmp_path: Path) -> None:
    settings = tmp_path / "recursor.toml"
    settings.write_text("[run]\nmodel = 'stub:from-file'\n")
    assert "from-file" in one_line(cli("run", "g"), 2)
    settings.write_text("[run]\nmodel = ['a=stub:paperclip', 'b=stub:second-from-file']\n")
    assert "second-from-file" in one_line(cli("run", "g"), 2)
    settings.write_text("[run]\nmodel = 'stub:from-file'\n")
    from_env = cli("run", "g", env={"RECURSOR_RUN_MODEL": "stub:from-env"})
    assert "from-env" in one_line(from_env, 2)
    assert "from-flag" in one_line(cli("run", "g", "-m", "stub:from-flag"), 2)
    assert "no-file" in one_line(cli("run", "g", env={"RECURSOR_RUN_FILTER": "no-file"}), 2)
    packs = cli("prompts", "list", env={"RECURSOR_PROMPTS_LIST_JSON": "1"})
    assert "examples" in json.dumps(json.loads(packs.stdout))
    for unknown in ("[run]\ndepht = 3\n", "[runn]\ndepht = 3\n"):
        settings.write_text(unknown)
        assert "no setting 'depht'" in one_line(cli("run", "g"), 1)
    home = tmp_path / "home" / "recursor"
    home.mkdir(parents=True)
    (home / "recursor.toml").write_text("[run]\nno-such-thing = 3\n")
    theirs = cli("run", "g", env={"XDG_CONFIG_HOME": str(home.parent)})
    assert f"{home}/recursor.toml: [run] has no setting 'no-such-thing'" in one_line(theirs, 1)
    settings.write_text("[run\n")
    assert "recursor.toml is not TOML" in one_line(cli("run", "g"), 1)
    settings.write_text("run = 1\n")
    assert "run must be a table" in one_line(cli("run", "g"), 1)


def test_prompts_commands(cli: Cli) -> None:
    assert "examples-everywhere" in cli("prompts", "list").stdout
    packs = json.loads(cli("prompts", "list", "--json").stdout)["packs"]
    assert {pack["name"] for pack in packs} >= {"bare", "examples"}
    assert "[bash]" in cli("prompts", "show", "bare").stdout
    rendered = json.loads(cli("prompts", "render", "bare", "fly", "--json").stdout)
    guest = [span for span in rendered["spans"] if span["source"] == "guest"]
    assert [rendered["text"][span["start"] : span["end"]] for span in guest] == ["fly"]
    assert "fly" in cli("prompts", "render", "examples", "fly", "--guest").stdout
    assert cli("prompts", "check").stdout.count("good") == len(packs)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "run",
        "runs",
        "runs list",
        "runs rm",
        "tree",
        "show",
        "stats",
        "attribute",
        "verify",
        "export",
        "import",
        "prompts",
        "prompts list",
        "prompts goals",
        "db path",
        "db check",
        "db backup",
    ],
)
def test_every_help_is_complete(cli: Cli, command: str) -> None:
    told = cli(*command.split(), "--help")
    assert told.returncode == 0
    assert "Usage: " in told.stdout
    if command and command != "prompts":
        assert "Example" in told.stdout


def test_version(cli: Cli) -> None:
    from recursor import __version__

    assert cli("--version").stdout == f"recursor {__version__}\n"


@pytest.mark.jail
@pytest.mark.once
def test_a_hostile_recording_does_nothing_to_the_terminal(
    cli: Cli, stub: Callable[[str], str]
) -> None:
    program = r"printf '\033[2J\033]0;owned\007[red]markup[/red]'; echo $'\033[31m' >&2"
    cli("run", "goal\x1b[31m", "-m", stub(root_rule(program).replace("^goal$", "")))
    for command in (("tree",), ("show",), ("runs",), ("stats",)):
        told = cli(*command)
        assert told.returncode == 0
        assert "\x1b" not in told.stdout
    node = json.loads(cli("show", "--json").stdout)["nodes"][0]["id"]
    shown = cli("show", f"last/{node}").stdout
    assert "\x1b" not in shown
    assert "[red]markup[/red]" in shown


@pytest.mark.slow
@pytest.mark.smollm2
@pytest.mark.jail
@pytest.mark.once
def test_a_real_model_grows_a_recorded_run(cli: Cli) -> None:
    """SmolLM2 end to end; what it writes is its own affair, that it is recorded whole is ours."""
    ran = cli("run", "count to three", "-m", "smollm2", "--depth", "2", "--queries", "3", "--json")
    assert ran.returncode == 0, ran.stderr
    out = json.loads(ran.stdout)
    assert out["run"]["model_parameters"] == 134_515_008
    shown = json.loads(cli("show", "--json").stdout)
    root = shown["queries"][0]
    assert root["decision"] == "granted"
    assert len(root["answer_token_ids"]) == root["answer_tokens"]
    guest = [span for span in root["spans"] if span["source"] == "guest"]
    assert [root["rendered"][span["start"] : span["end"]] for span in guest] == ["count to three"]
    assert all(node["ended_at"] for node in shown["nodes"])
    assert out["counts"]["granted"] <= 3


# --- what a person decides


@pytest.fixture
def asks(cli: Cli, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command with a stub whose program has a child, and with what the person types."""
    child = "echo 'echo from the child' | ./run-program; echo code $?"
    (tmp_path / "asks.toml").write_text(root_rule(child) + "[[rule]]\nmatch='x$'\nanswer='hello'\n")

    def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return cli(*arguments, "-m", "stub:asks.toml", input=typed)

    return run


Asks = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.jail
@pytest.mark.once
@pytest.mark.parametrize(
    ("approve", "typed", "end", "output"),
    [
        ("all", "y\ny\n", "completed", "from the child\ncode 0\n"),
        ("all", "yes\n\n", "completed", "code 125\n"),
        ("root", "y\n", "completed", "from the child\ncode 0\n"),
        ("root", "n\n", "refused", None),
        ("root", "", "refused", None),
    ],
)
def test_a_person_approves(
    asks: Asks, db: str, approve: str, typed: str, end: str, output: str | None
) -> None:
    result = asks("run", "goal", "--approve", approve, typed=typed)
    assert result.returncode == 0, result.stderr
    assert "the first program" in result.stderr
    with recursor.open(db) as store:
        run = store.run("last")
        nodes = store.nodes(run.id)
    assert run.end_cause == end
    assert [n.stdout.decode() for n in nodes[:1] if n.stdout] == ([output] if output else [])


@pytest.mark.jail
def test_a_stop_during_an_approval_wins(asks: Asks, db: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "recursor", "run", "goal", "-m", "stub:asks.toml",
               "--approve", "root", "--db", db]  # fmt: skip
    run = subprocess.Popen(
        command, cwd=tmp_path, env=environment_of_tests(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert run.stderr
    while b"run it?" not in run.stderr.readline() + run.stderr.peek():  # type: ignore[attr-defined]
        pass
    stop = [sys.executable, "-m", "recursor", "stop", "last", "--db", db, "--json"]
    stopped = subprocess.run(stop, env=environment_of_tests(), capture_output=True, timeout=60)
    assert json.loads(stopped.stdout)["living_processes"] == 0
    run.communicate(timeout=60)
    assert run.returncode == 130
    with recursor.open(db) as store:
        assert store.nodes(store.run("last").id) == []


def test_a_dry_run_shows_the_program_and_does_nothing(asks: Asks, db: str) -> None:
    shown = asks("run", "goal", "--dry-run", "--json")
    assert json.loads(shown.stdout)["program"]["language"] == "bash"
    assert "run-program" in json.loads(shown.stdout)["program"]["text"]
    assert "run-program" in asks("run", "goal", "--dry-run").stdout
    assert not Path(db).exists()


@pytest.mark.jail
@pytest.mark.once
def test_a_dialogue_is_a_run(asks: Asks, db: str) -> None:
    held = asks("chat", "--name", "talk", typed="goal\ny\n\nwhat is x\nand x\n")
    assert held.returncode == 0, held.stderr
    assert "A: hello" in held.stdout
    assert "from the child\ncode 0\n" in held.stdout
    with recursor.open(db) as store:
        run = store.run("talk")
        nodes, queries = store.nodes(run.id), store.queries(run.id)
    assert (run.goal, run.pack, run.end_cause) == ("goal", "qa", "completed")
    assert [node.depth for node in nodes] == [1, 2]
    assert [query.node for query in queries] == [None] * 3
    assert queries[1].prompt.endswith("\nQ: what is x")
    assert queries[2].rendered.count("Q: ") == 3
    assert "answer" in {span["source"].partition(":")[0] for span in queries[1].spans}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--guest-names", "nonsense"), "guest names look like"),
        (("--guest-names", "ask=x"), "there is no command 'ask'"),
        (("--files", "/nonexistent"), "is no folder"),
        (("--forbid-copies", "much"), "copies are forbidden like"),
        (("--forbid-copies", "2"), "a likeness is above 0"),
        (("--forbid-program", "/nonexistent"), "cannot read the patterns"),
        (("--deny-random", "0.7", "--fail-random", "0.7"), "together at most 1"),
    ],
)
def test_rules_that_make_no_sense(cli: Cli, options: tuple[str, ...], says: str) -> None:
    assert says in one_line(cli(*PAPERCLIP, *options), 2)


@pytest.mark.jail
@pytest.mark.once
def test_a_person_sees_all_of_a_program(cli: Cli, tmp_path: Path) -> None:
    """Nothing hides beyond the terminal's width or behind its control characters."""
    program = f"echo hello{' ' * 300}; echo HIDDEN #\\u001b[2K"
    (tmp_path / "long.toml").write_text(
        f'[[rule]]\nmatch="^goal$"\nanswer="```bash\\n{program}\\n```"\n'
    )
    asked = cli("run", "goal", "-m", "stub:long.toml", "--approve", "all", input="y\n")
    assert "echo HIDDEN" in asked.stderr
    node = json.loads(cli("show", "last", "--json").stdout)["nodes"][0]
    for shown in (asked.stderr, cli("show", f"last/{node['id']}").stdout):
        assert "\x1b" not in shown
        assert "HIDDEN" in shown


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--memory-limit", "1M"), "memory_bytes must be at least"),
        (("--disk", "1K"), "disk_bytes must be at least"),
        (("--deny-random", "nan"), "together at most 1"),
        (("--db", "/recursor-test.db"), "cannot lie in / itself"),
    ],
)
def test_limits_with_which_nothing_could_run(cli: Cli, options: tuple[str, ...], says: str) -> None:
    assert says in one_line(cli(*PAPERCLIP, *options), 2)


def test_files_that_cannot_lie_beside_a_program(cli: Cli, tmp_path: Path) -> None:
    for name in ("link", "query-model"):
        folder = tmp_path / f"with-{name}"
        folder.mkdir()
        (folder / name).symlink_to("/etc/passwd") if name == "link" else (folder / name).touch()
        assert name in one_line(cli(*PAPERCLIP, "--files", str(folder)), 2)


def test_without_a_command_there_is_the_help_and_nothing_else(cli: Cli) -> None:
    told = cli()
    assert (told.returncode, told.stderr) == (2, "")
    assert "replay" in told.stdout
