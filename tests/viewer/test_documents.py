"""What the page is told, against the record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from recursor.planted.plant import Plant
from recursor.records import AttributionRecord, CheckRecord, FileRecord, Recording
from recursor.store import Store, Totals
from recursor.types import Denial
from recursor.viewer import documents
from recursor.viewer.measures import measures
from recursor.viewer.pairs import pair

ROOT = "for NAME in a b; do ./query-model more; done"


def a_run(seed: int = 0) -> Recording:
    """An operator's query, its program, a child with a copy below it, a refusal and a denial."""
    plant = Plant("page", seed, goal="goal")
    root = plant.grow(None, ROOT, origin=plant.ask(None, "goal", f"```\n{ROOT}\n```"))
    child = plant.grow(root, "echo child", origin=plant.ask(root, "more", "echo child"))
    plant.grow(child, "echo child", "python")
    plant.grow(child, "echo child")
    plant.ask(child, "too much", denial=Denial("breadth", 2, 3))
    plant.refuse(child, "echo no", Denial("depth", 3, 4))
    plant.note(None, "probe", {"number": float("inf")})
    return plant.recording()


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with Store(f"sqlite:///{db}", write=True) as opened:
        keep(opened, a_run())
        yield opened


def keep(store: Store, made: Recording) -> None:
    store.add(made.run).result()
    store.add_together([*made.nodes, *made.queries, *made.events, *made.files]).result()


def test_a_tree_stands_in_columns(store: Store) -> None:
    run = store.run("last")
    tree = documents.tree(run, store.outline(run.id))
    nodes, recorded = tree["nodes"], store.nodes(run.id)
    assert {len(column) for column in nodes.values()} == {4}
    assert nodes["id"] == [node.id for node in recorded]
    assert nodes["parent"] == [-1, 0, 1, 1]
    assert nodes["depth"] == [1, 2, 3, 3]
    assert nodes["program"] == [0, 1, 2, 1]
    assert nodes["denied"] == [0, 1, 0, 0] and nodes["queries"] == [1, 1, 0, 0]
    assert tree["queries"]["node"] == [-1, 0, 1]
    assert tree["queries"]["limit"] == [None, None, "breadth"]
    assert tree["refused"]["node"] == [1] and tree["refused"]["limit"] == ["depth"]
    assert nodes["begun_ms"] == sorted(nodes["begun_ms"]) and nodes["begun_ms"][0] > 0
    assert all(end > begin for begin, end in zip(nodes["begun_ms"], nodes["ended_ms"], strict=True))
    assert tree["run"]["id"] == run.id and "profile" not in tree["run"]


def test_a_living_node_has_no_end(store: Store) -> None:
    made = a_run(1)
    living = replace(made.nodes[-1], ended_at=None, end_cause=None, exit_code=None)
    keep(store, replace(made, nodes=[*made.nodes[:-1], living]))
    tree = documents.tree(made.run, store.outline(made.run.id))
    assert tree["nodes"]["ended_ms"][-1] is None
    assert tree["nodes"]["end_cause"][-1] == "living"


def test_programs_are_numbered_alike_with_and_without_their_texts(store: Store) -> None:
    run = store.run("last")
    nodes = store.nodes(run.id)
    texts = documents.programs(nodes)["programs"]
    numbers = documents.tree(run, store.outline(run.id))["nodes"]["program"]
    assert [texts[number] for number in numbers] == [node.program for node in nodes]


def test_a_node_has_what_stands_around_it(store: Store) -> None:
    made = store.recording("last")
    root, child, *_ = made.nodes
    asked = next(query for query in made.queries if query.node == root.id)
    sources = [
        AttributionRecord(root.run, asked.id, "", [], 9.0, [4.0, 5.0], [4, 10]),
        AttributionRecord(root.run, asked.id, "goal", [[0, 4]], 3.0, [1.0, 2.0]),
    ]
    file = FileRecord(root.run, root.id, "a.txt", b"\xff" + b"a" * 3000, 3001)
    around = documents.around(replace(made, files=[file]), sources)
    found = documents.node(root, around[root.id])
    assert found["node"]["program"] == ROOT and "key" not in found["node"]
    (left,) = found["node"]["files"]
    assert left["text"].startswith("\\xffa") and left["is_cut"] and left["size"] == 3001
    (query,) = found["queries"]
    assert query["ends"] == [4, 10]
    assert [source["source"] for source in query["sources"]] == ["", "goal"]
    assert query["sources"][1]["tokens"] == [1.0, 2.0]
    operator = documents.node(None, around[None])
    assert operator["node"] is None
    assert [query["prompt"] for query in operator["queries"]] == ["goal"]
    assert around[child.id].children == made.nodes[2:]


def test_a_document_is_json_whatever_it_holds() -> None:
    hostile = {"a": float("nan"), "\udc00": ["\ud800", 2**80, {"b": -float("inf")}, None, 0.5]}
    assert json.loads(documents.encoded(hostile)) == {
        "a": "nan",
        "\udc00": ["\ud800", 2**80, {"b": "-inf"}, None, 0.5],
    }


def test_measures_are_told_by_position(store: Store) -> None:
    from recursor.analysis import record

    found = measures(record.read(store, store.runs()))
    assert found["families"][1] == found["families"][3] != -1
    assert found["families"][0] == -1
    assert found["clusters"][0]["nodes"][0] == 1
    assert {(edge["parent"], edge["child"]) for edge in found["edges"]} == {(0, 1), (1, 2), (1, 3)}
    assert json.loads(documents.encoded(found))["provenance"] == "planted"


def test_the_index_counts_every_run(store: Store) -> None:
    keep(store, replace(a_run(2), nodes=[], queries=[], events=[]))
    totals = store.totals()
    runs = [(run, totals.get(run.id, Totals())) for run in store.runs()]
    rows = documents.index(runs, [], live=True)["runs"]
    assert sorted((row["nodes"], row["depth"], row["queries"], row["denied"]) for row in rows) == [
        (0, 0, 0, 0),
        (4, 3, 3, 1),
    ]


# --- two runs


def test_equal_runs_have_no_frontier() -> None:
    found = pair(a_run(), a_run())
    assert {row["mark"] for row in found["rows"]} == {"="}
    assert not found["points"] and not any(row["is_frontier"] for row in found["rows"])


def test_the_frontier_is_where_it_began() -> None:
    """A child prints something else, so its parent does, later: the child alone is the frontier."""
    made = a_run()
    early, late = "2026-01-01T00:00:01.000000Z", "2026-01-01T00:00:02.000000Z"
    ends = {made.nodes[1].id: early, made.nodes[0].id: late}
    a = replace(made, nodes=[replace(n, ended_at=ends.get(n.id, n.ended_at)) for n in made.nodes])
    changed = [replace(n, stdout=b"other") if n.id in ends else n for n in a.nodes]
    b = replace(a, nodes=changed)
    found = pair(a, b)
    assert [row["mark"] for row in found["rows"]] == ["~", "~", "=", "="]
    assert [row["is_frontier"] for row in found["rows"]] == [False, True, False, False]
    assert found["points"][0]["b"] == 1 and found["points"][0]["shown_b"] == "other"


def test_what_is_in_one_run_only_is_the_frontier_with_its_first_node() -> None:
    made = a_run()
    shorter = replace(made, nodes=made.nodes[:1])
    check = CheckRecord("b", "a", made.nodes[0].key, "stdout", False, "clock")
    found = pair(made, shorter, [check])
    marks = [(row["mark"], row["is_frontier"]) for row in found["rows"]]
    assert marks == [("~", True), ("-", False), ("-", False), ("-", False)]
    assert found["rows"][1]["a"] == 1 and found["rows"][1]["b"] is None
    assert found["causes"] == [{"b": 0, "cause": "clock", "evidence": None}]
