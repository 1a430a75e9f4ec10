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
from recursor.records import EventRecord, NodeRecord, QueryRecord, RunRecord
from recursor.store import Store, rows, tables

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
