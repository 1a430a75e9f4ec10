"""The record: what goes in comes out, durable, once, and nothing else."""

from __future__ import annotations

import dataclasses
import multiprocessing
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from recursor.errors import StoreError, UsageError
from recursor.records import EventRecord, FileRecord, NodeRecord, QueryRecord, RunRecord
from recursor.store import Branches, Store, rows, tables

NOW = "2026-01-01T00:00:00.000000Z"


def a_run(id_: str = "01K0000000000000000000000A", **changes: object) -> RunRecord:
    run = RunRecord(
        id=id_, goal="goal", name=None, tags=["a"], seed=1, mode="live", model="stub:x",
        model_digest="0" * 64, model_family="stub", model_parameters=0, model_quantisation=None,
        model_provenance="planted", engine="stub", inference={}, rendering={}, models={},
        pack="bare", pack_digest="1" * 64, pack_content=None, plants=[],
        language="any", root=None, sampling={"top_k": 40}, budget={"depth": 4},
        allocation="pool", parallel=4,
        isolation={"uid": 1}, guest={"names": {}}, policies={}, profile="net none\n",
        code_version="0", host={}, started_at=NOW,
    )  # fmt: skip
    return dataclasses.replace(run, **changes)  # type: ignore[arg-type]


def a_node(run: str = a_run().id, id_: str = "node", **changes: object) -> NodeRecord:
    node = NodeRecord(
        id=id_, run=run, parent=None, depth=1, index=0, key=id_, occurrence=0, origin_query=None,
        link_evidence=None, link_coverage=None, link_candidates=0, language="bash",
        program="echo", jail="1", kind="jail", started_at=NOW,
    )  # fmt: skip
    return dataclasses.replace(node, **changes)  # type: ignore[arg-type]


def a_query(run: str = a_run().id, **changes: object) -> QueryRecord:
    query = QueryRecord(
        id="query", run=run, node=None, key="k", label=None, occurrence=0, exchangeable=False,
        request_digest="d", model=None, prompt="prompt \x00 é", rendered="x" * 50_000,
        spans=[{"start": 0, "end": 1, "source": "host"}], parameters={}, seed=2**31 - 1,
        decision="granted", ledger={}, arrival=0, started_at=NOW,
    )  # fmt: skip
    return dataclasses.replace(query, **changes)  # type: ignore[arg-type]


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with Store(f"sqlite:///{db}", write=True) as opened:
        yield opened


def test_everything_comes_back_as_it_went_in(store: Store) -> None:
    node = a_node(stdout=b"\xff\x00", stdout_bytes=2)
    event = EventRecord(a_run().id, "node", 0, 1, "refused", "broker", {"a": 1}, content="ls")
    for record in (a_run(), node, a_query(), event):
        store.add(record).result()
    assert store.run("last") == dataclasses.replace(a_run(), end_cause="interrupted")
    assert store.nodes(a_run().id) == [node]
    assert store.queries(a_run().id) == [a_query()]
    assert store.events(a_run().id) == [event]


def test_a_row_is_completed_once(store: Store) -> None:
    store.add(a_run()).result()
    ended = dataclasses.replace(a_run(), ended_at=NOW, end_cause="completed")
    store.complete(a_run(), ended).result()
    assert store.run("last") == ended
    with pytest.raises(StoreError, match="completed before"):
        store.complete(ended, dataclasses.replace(ended, end_cause="budget")).result()


def test_equal_content_is_stored_once_and_large_content_compressed(store: Store, db: str) -> None:
    store.add(a_run()).result()
    for number in range(3):
        store.add(a_query(id=str(number), key=str(number))).result()
    with sqlite3.connect(db) as connection:
        found = connection.execute("SELECT size, codec, length(bytes) FROM blob").fetchall()
    connection.close()
    assert sorted((size, codec) for size, codec, _ in found) == [
        (9, "plain"), (11, "plain"), (50_000, "zstd"),
    ]  # fmt: skip
    assert max(length for _, _, length in found) < 1000


def test_one_bad_write_does_not_harm_its_group(store: Store) -> None:
    writes = [store.add(a_run())] + [store.add(a_node(id_=f"n{n}")) for n in (1, 1, 2)]
    errors = [write.exception() for write in writes]
    assert [error is None for error in errors] == [True, True, False, True]
    assert isinstance(errors[2], StoreError)
    assert [node.id for node in store.nodes(a_run().id)] == ["n1", "n2"]


def test_a_row_of_no_run_is_refused(store: Store) -> None:
    assert isinstance(store.add(a_node(run="nobody")).exception(), StoreError)


def test_a_run_is_found_by_id_prefix_name_or_last(store: Store) -> None:
    first = a_run("01K0000000000000000000000A", name="otter")
    second = a_run("01K0000000000000000000000B")
    for run in (first, second):
        store.add(run).result()
    assert store.run(first.id.lower()).id == first.id
    assert store.run("otter").id == first.id
    assert store.run("last").id == second.id
    assert store.run("01K0000000000000000000000B").id == second.id
    for reference, message in (("01K", "2 runs"), ("%", "no run"), ("", "2 runs")):
        with pytest.raises(UsageError, match=message):
            store.run(reference)


def a_small_tree(store: Store) -> None:
    """Two first programs; the second has two children, the first of these one of its own."""
    written: list[rows.Record] = [a_run(), a_run("01K0000000000000000000000B")]
    shape = [("A1", None, 1), ("A2", None, 1), ("B1", "A2", 2), ("C1", "B1", 3), ("B2", "A2", 2)]
    for number, (id_, parent, depth) in enumerate(shape):
        written.append(a_node(id_=id_, parent=parent, depth=depth, started_at=f"{number}"))
        written.append(a_query(id=f"of {id_}", key=id_, node=id_, arrival=9 - number))
        written.append(EventRecord(a_run().id, id_, number, 0, "budget", "broker", {}))
        written.append(FileRecord(a_run().id, id_, "left", b"", 0))
    written.append(a_query(id="operator's", key="operator"))
    written.append(a_query(id="other operator's", key="operator", run="01K0000000000000000000000B"))
    for write in [store.add(row) for row in written]:
        write.result()


def test_a_node_is_found_by_its_id_or_an_end_of_it(store: Store) -> None:
    a_small_tree(store)
    for reference in ("B2", "b2"):
        assert store.node(a_run().id, reference).id == "B2"
    assert store.node(a_run().id, "C").id == "C1"
    for reference, message in (("1", "3 nodes"), ("A", "2 nodes"), ("x", "no node"), ("_1", "no")):
        with pytest.raises(UsageError, match=message):
            store.node(a_run().id, reference)
    with pytest.raises(UsageError, match="no node"):
        store.node("01K0000000000000000000000B", "B2")


def test_what_is_below_a_node_comes_nearest_first(store: Store) -> None:
    a_small_tree(store)
    whole = store.below(a_run().id)
    assert whole == Branches(store.nodes(a_run().id), 5, {"A2": 2, "B1": 1})
    part = store.below(a_run().id, "A2", limit=3)
    assert ([node.id for node in part.nodes], part.total) == (["A2", "B1", "B2"], 4)
    assert part.children == {"A2": 2, "B1": 1}
    assert store.below(a_run().id, limit=2).total == 5
    assert [node.id for node in store.below(a_run().id, "C1", content=False).nodes] == ["C1"]


def test_rows_of_some_nodes_are_read_alone(store: Store) -> None:
    a_small_tree(store)
    run = a_run().id
    assert [query.id for query in store.queries(run, nodes=["C1", "A1"])] == ["of C1", "of A1"]
    assert [query.id for query in store.queries(run, nodes=[None])] == ["operator's"]
    assert [query.id for query in store.queries(run, nodes=["B1", None])] == ["operator's", "of B1"]
    assert [event.node for event in store.events(run, nodes=["B2", "A1"])] == ["A1", "B2"]
    assert [file.node for file in store.files(run, nodes=["B2"])] == ["B2"]
    assert store.events(run, nodes=[]) == []


def test_no_row_of_a_node_is_searched_for(store: Store, db: str) -> None:
    """A large run is read, and deleted, through indices."""
    connection = sqlite3.connect(db)
    for table in ("query", "event", "file"):
        plan = connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE node = 'x'")
        assert f"USING INDEX {table}_node" in plan.fetchone()[3]
    plan = connection.execute("EXPLAIN QUERY PLAN SELECT * FROM node WHERE parent = 'x'")
    assert "USING INDEX node_parent" in plan.fetchone()[3]
    connection.close()


def test_a_living_run_is_not_interrupted(store: Store) -> None:
    lock = store.hold(a_run().id)
    store.add(a_run()).result()
    assert store.run("last").end_cause is None
    lock.release()
    assert store.run("last").end_cause == "interrupted"


def test_the_migrations_make_what_the_tables_say(store: Store, db: str) -> None:
    engine = create_engine(f"sqlite:///{db}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, tables.metadata) == []
    engine.dispose()


def test_every_field_of_a_record_is_a_column() -> None:
    for kind, table in rows.TABLES.items():
        fields = {field.name for field in dataclasses.fields(kind)}
        assert fields == {column.name for column in table.c} - ({"id"} - fields)


def test_the_views_answer_in_plain_sql(store: Store, db: str) -> None:
    store.add(a_run()).result()
    store.add(a_node()).result()
    store.add(a_node(id_="child", parent="node", depth=2)).result()
    denial = {"limit": "depth", "limit_value": 1, "asked": 2}
    store.add(a_query(decision="denied", denial=denial)).result()
    connection = sqlite3.connect(db)
    tree = connection.execute("SELECT depth, tree FROM node_tree").fetchall()
    assert [depth for depth, _ in tree] == [1, 2]
    assert tree[1][1].startswith("  bash ")
    assert connection.execute('SELECT "limit", prompt FROM query_log').fetchall() == [
        ("depth", "prompt \x00 é")
    ]
    assert connection.execute("SELECT nodes, depth, denied FROM run_summary").fetchall() == [
        (2, 2, 1)
    ]
    connection.close()


def test_a_newer_schema_is_refused(store: Store, db: str) -> None:
    store.close()
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for write in (True, False):
        with pytest.raises(StoreError, match="newer Recursor"):
            Store(f"sqlite:///{db}", write=write)


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to be taken for one" * 20)
    empty = tmp_path / "empty.db"
    empty.touch()
    for url, message in (
        (f"sqlite:///{text}", "cannot be used"),
        (f"sqlite:///{empty}", "no record"),
        (f"sqlite:///{tmp_path}/none.db", "there is no database"),
    ):
        with pytest.raises(StoreError, match=message):
            Store(url)
    with pytest.raises(UsageError, match="SQLite"):
        Store("postgresql://localhost/x")


def _write_runs(db: str, first: int) -> None:
    with Store(f"sqlite:///{db}", write=True) as store:
        for number in range(first, first + 20):
            store.add(a_run(f"01K{number:023d}")).result()


def test_two_processes_create_and_write_one_database(db: str) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_runs, args=(db, n * 100)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    with Store(f"sqlite:///{db}") as store:
        assert len(store.runs()) == 60
