"""What every format promises: all is there once, as it was recorded, whatever it holds."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import networkx as nx
import pandas as pd
import pyarrow.parquet as pq
import pytest

from recursor.errors import StoreError
from recursor.export import tables
from recursor.export.document import event_object, node_object, query_object, run_object
from recursor.planted.plant import Plant
from recursor.records import (
    AttributionRecord,
    CheckRecord,
    FileRecord,
    FixtureRecord,
    Recording,
    RunRecord,
)
from recursor.store import Store
from recursor.store.rows import Record
from recursor.types import Denial

HOSTILE = "\0 \x1b[31mred\x1b[0m \r\n\t\u2028 \ufdd0 \ufffe é 😀 ' \" , <a>&amp;]]> \\xff \\"
SURROGATES = {"\udc00": ["\ud800", 2**80, 0.1, None]}
BINARY = b"\xff\xfe\0plain\x80"
ESCAPED = "\\xff\\xfe\0plain\\x80"
FOLDERS = ("csv", "parquet")
FORMATS = ("jsonl", *FOLDERS, "graphml", "alife")


def a_run(number: int) -> Recording:
    """Two trees of hostile texts; denials, events and what is not there among them."""
    plant = Plant("hostile", seed=number, goal=f"goal {HOSTILE}")
    first = plant.ask(None, HOSTILE, "echo")
    root = plant.grow(None, f"echo {HOSTILE}", origin=first, evidence="exact")
    second = plant.ask(root, HOSTILE, HOSTILE)
    plant.ask(root, "", denial=Denial("breadth", 1, 2))
    child = plant.grow(root, HOSTILE, "python", origin=second, evidence="contained", exit_code=None)
    plant.grow(child, "", kind="scope")
    plant.grow(None, "exit 3", exit_code=3)
    plant.note(child, HOSTILE, SURROGATES, content=HOSTILE)
    plant.note(None, "probe", {})
    made = plant.recording()
    nodes = [replace(made.nodes[0], stdout=BINARY, stdout_bytes=2**40), *made.nodes[1:-1]]
    living = replace(made.nodes[-1], ended_at=None, end_cause=None, stdout=None, stderr=None)
    return replace(made, nodes=[*nodes, living])


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with Store(f"sqlite:///{db}", write=True) as opened:
        for number in range(2):
            made = a_run(number)
            opened.add_together([made.run, *made.nodes, *made.queries, *made.events]).result()
        yield opened


@pytest.fixture
def runs(store: Store) -> list[tuple[Store, RunRecord]]:
    return [(store, run) for run in store.runs()]


@pytest.fixture(params=FORMATS)
def written(
    request: pytest.FixtureRequest, runs: list[tuple[Store, RunRecord]], tmp_path: Path
) -> tuple[str, Path]:
    path = tmp_path / "out" / "some"
    path.parent.mkdir()
    module(request.param).write(runs, path)
    return request.param, path


def module(name: str) -> ModuleType:
    return import_module(f"recursor.export.{name}")


def recorded(store: Store, name: str) -> list[Any]:
    read: dict[str, Callable[[str], list[Any]]] = {
        "runs": lambda run: [store.run(run)], "nodes": store.nodes, "queries": store.queries,
        "events": store.events,
    }  # fmt: skip
    return [row for run in store.runs() for row in read[name](run.id)]


def test_nothing_but_the_whole_is_left(written: tuple[str, Path]) -> None:
    _, path = written
    assert [each.name for each in path.parent.iterdir()] == ["some"]


def test_every_node_is_there_once(written: tuple[str, Path], store: Store) -> None:
    name, path = written
    readers: dict[str, Callable[[], list[str]]] = {
        "jsonl": lambda: [line["record"]["id"] for line in lines(path) if line["kind"] == "node"],
        "csv": lambda: list(csv_table(path, "nodes")["id"]),
        "parquet": lambda: list(pd.read_parquet(path / "nodes.parquet")["id"]),
        "graphml": lambda: [
            node for node, kind in nx.read_graphml(path).nodes(data="kind") if kind != "run"
        ],
        "alife": lambda: list(pd.read_csv(path)["node"]),
    }
    assert readers[name]() == [node.id for node in recorded(store, "nodes")]


@pytest.mark.parametrize("name", FORMATS)
def test_what_exists_is_not_replaced(
    name: str, runs: list[tuple[Store, RunRecord]], tmp_path: Path
) -> None:
    path = tmp_path / "there"
    path.write_text("mine")
    with pytest.raises(StoreError, match="exists already; remove it"):
        module(name).write(runs, path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("name", FORMATS)
def test_what_fails_leaves_nothing(
    name: str,
    runs: list[tuple[Store, RunRecord]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "file").touch()
    for place in ("nowhere/out", "file/out", "x" * 255, "x" * 256):
        with pytest.raises(StoreError, match="cannot write"):
            module(name).write(runs, tmp_path / place)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", fail)
    folder = tmp_path / "full"
    folder.mkdir()
    with pytest.raises(StoreError, match=r"cannot write .*: No space left on device"):
        module(name).write(runs, folder / "out")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_growing_run_is_refused(name: str, store: Store, tmp_path: Path) -> None:
    growing = replace(store.runs()[0], end_cause=None)
    with pytest.raises(StoreError, match="still grows"):
        module(name).write([(store, growing)], tmp_path / "out")


@pytest.mark.parametrize("name", FORMATS)
def test_of_a_run_without_nodes_there_is_a_whole_file(
    name: str, store: Store, tmp_path: Path
) -> None:
    empty = Plant("empty").recording().run
    store.add(empty).result()
    module(name).write([(store, empty)], tmp_path / "out")
    assert (tmp_path / "out").exists()


# --- values


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def csv_table(path: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(path / f"{name}.csv", dtype=str, keep_default_na=False)


def as_cell(value: Any) -> Any:
    """What the documentation says that a cell of a record's value is."""
    if isinstance(value, bytes):
        return ESCAPED if value == BINARY else value.decode()
    return json.dumps(value) if isinstance(value, dict | list) else value


def test_json_lines_hold_everything_as_it_was(store: Store, tmp_path: Path) -> None:
    run = store.runs()[0]
    node = store.nodes(run.id)[0]
    more: list[Record] = [
        FixtureRecord(run.id, HOSTILE, BINARY),
        FileRecord(run.id, node.id, HOSTILE, BINARY, len(BINARY)),
        CheckRecord(run.id, run.id, node.key, "stdout", False, "clock", HOSTILE),
        AttributionRecord(run.id, node.id, "goal", [[0, 1]], 1.5, [1.5]),
    ]
    store.add_together(more).result()
    module("jsonl").write([(store, run) for run in store.runs()], tmp_path / "out")
    found = lines(tmp_path / "out")
    of = {kind: [each["record"] for each in found if each["kind"] == kind] for kind in KINDS}
    assert sum(map(len, of.values())) == len(found)
    assert of["run"] == [run_object(each) for each in recorded(store, "runs")]
    assert of["query"] == [query_object(each) for each in recorded(store, "queries")]
    assert of["event"] == [event_object(each) for each in recorded(store, "events")]
    assert of["node"] == [
        {**node_object(each), "files": each.files} for each in recorded(store, "nodes")
    ]
    assert of["node"][0]["stdout"]["text"] == ESCAPED
    assert SURROGATES in [event["detail"] for event in of["event"]]
    content = "//4AcGxhaW6A"
    assert of["fixture"] == [{"path": HOSTILE, "content": content}]
    assert of["file"] == [
        {"node": node.id, "path": HOSTILE, "content": content, "size": len(BINARY)}
    ]
    assert of["check"][0]["evidence"] == HOSTILE
    assert of["attribution"][0]["bits"] == 1.5
    assert {each["run"] for each in found} == {run.id for run in store.runs()}


KINDS = ("run", "fixture", "node", "file", "query", "event", "check", "attribution")


@pytest.mark.parametrize("name", tables.NAMES)
def test_parquet_holds_the_values_in_their_types(
    name: str, store: Store, runs: list[tuple[Store, RunRecord]], tmp_path: Path
) -> None:
    module("parquet").write(runs, tmp_path / "out")
    found = pq.read_table(tmp_path / "out" / f"{name}.parquet").to_pylist()
    assert found == [
        {each.name: as_cell(getattr(row, each.name)) for each in fields(row)}
        for row in recorded(store, name)
    ]


@pytest.mark.parametrize("name", tables.NAMES)
def test_csv_holds_the_values_as_text(
    name: str, store: Store, runs: list[tuple[Store, RunRecord]], tmp_path: Path
) -> None:
    module("csv").write(runs, tmp_path / "out")
    expected = [
        {
            each.name: ""
            if getattr(row, each.name) is None
            else str(as_cell(getattr(row, each.name)))
            for each in fields(row)
        }
        for row in recorded(store, name)
    ]
    assert csv_table(tmp_path / "out", name).to_dict("records") == expected
    with (tmp_path / "out" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == expected


def test_graphml_holds_the_trees(
    store: Store, runs: list[tuple[Store, RunRecord]], tmp_path: Path
) -> None:
    module("graphml").write(runs, tmp_path / "out")
    graph = nx.read_graphml(tmp_path / "out")
    edges = [(a, b, facts) for a, b, facts in graph.edges(data=True)]
    nodes = recorded(store, "nodes")
    assert sorted((a, b) for a, b, facts in edges if facts["kind"] == "parent") == sorted(
        (node.parent or node.run, node.id) for node in nodes
    )
    origins = {b: facts for _, b, facts in edges if facts["kind"] == "origin"}
    assert {b: facts["origin_query"] for b, facts in origins.items()} == {
        node.id: node.origin_query for node in nodes if node.origin_query
    }
    first = graph.nodes[nodes[0].id]
    escaped = HOSTILE
    for unheld in ("\0", "\x1b", "\r", "\ufffe"):
        escaped = escaped.replace(unheld, unheld.encode("unicode_escape").decode())
    assert first["program"] == f"echo {escaped}"
    assert first["stdout"] == ESCAPED.replace("\0", "\\x00")
    assert (first["depth"], first["stdout_bytes"]) == (1, 2**40)
    assert "stdout" not in graph.nodes[nodes[3].id]
    assert graph.nodes[store.runs()[0].id]["goal"] == f"goal {escaped}"


def test_alife_is_the_standard_of_phylogenies(
    store: Store, runs: list[tuple[Store, RunRecord]], tmp_path: Path
) -> None:
    module("alife").write(runs, tmp_path / "out")
    found = pd.read_csv(tmp_path / "out")
    assert list(found.columns[:4]) == ["id", "ancestor_list", "origin_time", "destruction_time"]
    assert found["id"].is_unique
    number = dict(zip(found["node"], found["id"], strict=True))
    nodes = recorded(store, "nodes")
    assert list(found["ancestor_list"]) == [
        f"[{number[node.parent]}]" if node.parent else "[NONE]" for node in nodes
    ]
    ended = [node.ended_at is not None for node in nodes]
    assert list(found["destruction_time"] < float("inf")) == ended
    assert (found["origin_time"] <= found["destruction_time"]).all()
