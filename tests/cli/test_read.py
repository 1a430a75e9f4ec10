"""Reading a run: only what is asked for is drawn, and imported."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from rich.console import Console

from recursor.cli import draw
from recursor.store import Store
from tests.cli.test_cli import one_line
from tests.conftest import Cli, environment_of_tests
from tests.store.test_store import a_run, a_small_tree


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with Store(f"sqlite:///{db}", write=True) as opened:
        a_small_tree(opened)
        yield opened


def drawn(store: Store, node: str | None = None) -> str:
    text = io.StringIO()
    Console(file=text, width=100).print(draw.tree(store, a_run(), node))
    return text.getvalue()


def test_of_a_large_tree_the_upper_part_is_drawn(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "not drawn" not in drawn(store)
    assert "more" not in drawn(store)
    monkeypatch.setattr(draw, "DRAWN", 3)
    lines = drawn(store).splitlines()
    assert [line.split()[1] for line in lines if "bash" in line] == ["A1", "A2", "B1"]
    assert sum("… 1 more" in line for line in lines) == 2
    assert lines[-1].startswith("2 nodes are not drawn; `recursor tree RUN/NODE`")


def test_a_branch_is_drawn_alone(cli: Cli, store: Store) -> None:
    run = a_run().id
    text = cli("tree", f"{run}/b1").stdout
    assert [name in text for name in ("A1", "A2", "B1", "B2", "C1")] == [
        False,
        False,
        True,
        False,
        True,
    ]
    found = json.loads(cli("tree", f"{run}/B1", "--json").stdout)
    assert [node["id"] for node in found["nodes"]] == ["B1", "C1"]
    assert len(json.loads(cli("tree", run, "--json").stdout)["nodes"]) == 5
    assert "no node 'nobody'" in one_line(cli("tree", f"{run}/nobody"), 2)


@pytest.mark.parametrize(
    "command",
    [
        ("runs",), ("tree",), ("tree", f"{a_run().id}/B1"), ("show",),
        ("show", f"{a_run().id}/C1"), ("stats",), ("diff", "last", "last"),
        ("replay", "last", "--no-execute", "--speed", "0"),
    ],
)  # fmt: skip
def test_whoever_reads_of_a_planted_model_is_told(
    cli: Cli, store: Store, command: tuple[str, ...]
) -> None:
    for json_ in ((), ("--json",)):
        told = cli(*command, *json_)
        assert told.returncode == 0, told.stderr
        assert "planted" in told.stdout


def test_one_node_is_shown_alone(cli: Cli, store: Store) -> None:
    shown = json.loads(cli("show", f"{a_run().id}/C1", "--json").stdout)
    assert (shown["node"]["id"], shown["node"]["files"][0]["path"]) == ("C1", "left")
    assert [query["id"] for query in shown["queries"]] == ["of C1"]
    assert [event["node"] for event in shown["events"]] == ["C1"]
    assert cli("show", f"{a_run().id}/C1", "--file", "left").returncode == 0
    assert "2 nodes match" in one_line(cli("show", f"{a_run().id}/A"), 2)
    assert json.loads(cli("show", f"{a_run().id}/2.1", "--json").stdout)["node"]["id"] == "B1"
    assert "left no file" in one_line(cli("show", f"{a_run().id}/C1", "--file", "gone"), 2)
    assert "whose file" in one_line(cli("show", a_run().id, "--file", "left"), 2)


def test_reading_imports_nothing_of_growing(store: Store, db: str) -> None:
    """It would take as long as the reading itself."""
    code = (
        "import sys; from recursor.cli import app;"
        f"app(['show', '{a_run().id}/C1', '--db', {db!r}, '--json'], standalone_mode=False);"
        "print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment_of_tests()
    )
    imported = set(ran.stderr.split())
    assert "recursor.cli.read" in imported
    heavy = {"alembic", "jinja2", "recursor.jail.launcher", "recursor.models", "recursor.runs"}
    assert not imported & heavy
