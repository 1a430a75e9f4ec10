"""The record: what goes in comes out, durable, once, and nothing else."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from recursor import config
from recursor.errors import StoreError, UsageError
from recursor.records import (
    AttributionRecord,
    CheckRecord,
    EventRecord,
    FileRecord,
    NodeRecord,
    QueryRecord,
    RunRecord,
)
from recursor.store import Branches, Store, database, rows, schema, tables
from recursor.store.living import Files
from recursor.tree import build

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
def store(url: str) -> Iterator[Store]:
    with Store(url, write=True) as opened:
        yield opened


def told(url: str, statement: str) -> Sequence[Any]:
    """Return what plain SQL finds."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(statement)).fetchall()
    engine.dispose()
    return found


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


def test_equal_content_is_stored_once_and_large_content_compressed(store: Store, url: str) -> None:
    store.add(a_run()).result()
    for number in range(3):
        store.add(a_query(id=str(number), key=str(number))).result()
    found = told(url, "SELECT size, codec, length(bytes) FROM blob")
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


def test_rows_that_are_added_together_are_added_whole_or_not_at_all(store: Store) -> None:
    bits = [AttributionRecord(a_run().id, "query", source, [], 1.0, [1.0]) for source in "aba"]
    store.add(a_run()).result()
    assert isinstance(store.add_together(bits).exception(), StoreError)
    assert store.attributions(a_run().id) == []
    store.add_together(bits[:2]).result()
    assert store.attributions(a_run().id) == bits[:2]


def test_a_row_of_no_run_is_refused(store: Store) -> None:
    assert isinstance(store.add(a_node(run="nobody")).exception(), StoreError)


def strange_rows() -> list[rows.Record]:
    """What a text or a JSON of ours can hold, and a database might not."""
    strange = "\0 \\0 \ufdd0 \ufdd00000 \ufffe é 😀 ' \" \\u0000 %s :x"
    json: dict[str, Any] = {
        "z": [strange, "\ud800", "\udc00\ud800", "\\ud800", "NaN", "\ufdd0NaN", '"\\'],
        "a": {strange: None, "": True, "1": {}},
        "numbers": [2**80, -(2**63), 0.1, 1e300, 1.0, 1, -0.0, float("inf"), float("-inf")],
    }
    texts = dict.fromkeys(("goal", "name", "end_detail", "model", "engine"), strange)
    return [
        a_run(tags=[strange], root=json, budget={"b": 1, "a": 2}, seed=2**63 - 1, **texts),
        a_node(files_left_out={strange: 2**40}, stdout_bytes=2**40, waited_s=0.1 + 0.2),
        a_query(node="node", label=strange, model=strange, error=strange, parameters=json),
        EventRecord(a_run().id, "node", 0, 2**62, "memory_put", "broker", json, content=strange),
        FileRecord(a_run().id, "node", strange, b"", 0),
        CheckRecord(a_run().id, "x", "x", "stdout", False, strange, strange),
        AttributionRecord(a_run().id, "query", strange, [[0, 2**40]], -0.1, [1e300, -0.1], [3]),
    ]


def test_nothing_that_is_strange_is_lost(store: Store) -> None:
    written = strange_rows()
    for record in written:
        store.add(record).result()
    run = a_run().id
    found = [
        store.run(run), *store.nodes(run), *store.queries(run), *store.events(run),
        *store.files(run), *store.checks(run), *store.attributions(run),
    ]  # fmt: skip
    assert found == [dataclasses.replace(written[0], end_cause="interrupted"), *written[1:]]  # type: ignore[arg-type]
    assert [repr(row) for row in found[1:]] == [repr(row) for row in written[1:]]
    assert store.tally(run).decisions == {"granted": 1}


def test_a_refusal_is_counted_whatever_is_beside_it(store: Store) -> None:
    denial = {"limit": "forbid_prompts", "limit_value": "\0\ud800", "asked": 2}
    refused = EventRecord(a_run().id, None, 0, 0, "refused", "broker", {"denial": denial})
    for record in (a_run(), a_query(decision="denied", denial=denial, ended_at=NOW), refused):
        store.add(record).result()
    assert store.tally(a_run().id).denials == {"forbid_prompts": 2}
    kinds = [moment.detail.get("limit") for moment in store.moments(a_run().id)]
    assert kinds == [None, None, "forbid_prompts"]


def test_a_run_is_found_by_id_prefix_name_or_last(store: Store) -> None:
    first = a_run("01K0000000000000000000000A", name="otter")
    second = a_run("01K0000000000000000000000B")
    for run in (first, second):
        store.add(run).result()
    assert store.run(first.id.lower()).id == first.id
    assert store.run("otter").id == first.id
    assert store.run("last").id == store.run("last~0").id == second.id
    assert store.run("last~1").id == first.id
    assert store.run("01K0000000000000000000000B").id == second.id
    refused = {"01K": "2 runs", "%": "no run", "": "2 runs", "last~2": "no run", "last~x": "no run"}
    for reference, message in refused.items():
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
    for reference, message in (("A", "2 nodes"), ("x", "no node"), ("_1", "no")):
        with pytest.raises(UsageError, match=message):
            store.node(a_run().id, reference)
    with pytest.raises(UsageError, match="no node"):
        store.node("01K0000000000000000000000B", "B2")


def test_a_node_is_found_by_its_place(store: Store) -> None:
    a_small_tree(store)
    run = a_run().id
    assert [store.node(run, place).id for place in ("1", "2", "2.1", "2.1.1")] == [
        "A1", "A2", "B1", "C1",
    ]  # fmt: skip
    top = build(store.nodes(run))
    for place in ("2.2", "2.1.1"):
        branch = top.at(place)
        assert branch and branch.node and branch.node.id == store.node(run, place).id
    for place in ("3", "2.3", "1.1", "2.1.1.1"):
        assert top.at(place) is None
    for place in ("0", "3", "2.0", "2.3", "1.1", "2.1.1.1", "01", "1."):
        with pytest.raises(UsageError, match="no node"):
            store.node(run, place)


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


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
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


def test_the_migrations_make_what_the_tables_say(url: str) -> None:
    Store(url, write=True).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_of_tables})
        assert compare_metadata(context, tables.metadata) == []
    engine.dispose()


def _is_of_tables(name: str | None, kind: str, _: object) -> bool:
    """Leave out what only PostgreSQL needs, whatever tables there are: see `complete_schema`."""
    return kind != "index" or not str(name).endswith("_content")


def test_every_field_of_a_record_is_a_column() -> None:
    for kind, table in rows.TABLES.items():
        fields = {field.name for field in dataclasses.fields(kind)}
        assert fields == {column.name for column in table.c} - ({"id"} - fields)


def contents(url: str) -> tuple[set[str], set[str]]:
    """Return the digests of all content that is there, and of all that rows name."""
    named = " UNION ".join(
        f'SELECT "{column.name}" FROM "{table.name}"'
        for table in rows.TABLES.values()
        for column in rows.content_columns(table)
    )
    there = {digest for (digest,) in told(url, "SELECT sha256 FROM blob")}
    return there, {digest for (digest,) in told(url, named)} - {None}


def test_runs_go_with_the_content_that_only_they_hold(store: Store, url: str) -> None:
    a_small_tree(store)
    other = "01K0000000000000000000000B"
    kept = store.queries(other)
    store.add(a_query(id="alone", key="alone", answer="only here")).result()
    before, _ = contents(url)
    store.remove([a_run().id])
    assert [run.id for run in store.runs()] == [other]
    assert (store.nodes(a_run().id), store.queries(other)) == ([], kept)
    there, named = contents(url)
    assert there == named
    assert len(before - there) == 3
    store.remove([other])
    assert contents(url) == (set(), set())


def test_a_living_run_is_not_removed(store: Store) -> None:
    a_small_tree(store)
    lock = store.hold(a_run().id)
    with pytest.raises(StoreError, match="lives"):
        store.remove(["01K0000000000000000000000B", a_run().id])
    lock.release()
    assert len(store.runs()) == 2


def test_the_views_answer_in_plain_sql(store: Store, url: str) -> None:
    store.add(a_run()).result()
    store.add(a_node(index=2)).result()
    store.add(a_node(id_="child", parent="node", depth=2, program="echo\nls")).result()
    store.add(a_node(id_="later", index=10)).result()
    denial = {"limit": "depth", "limit_value": 1, "asked": 2}
    store.add(a_query(decision="denied", denial=denial, answer="é" * 10_000)).result()
    tree = told(url, "SELECT depth, tree FROM node_tree")
    assert [tuple(row) for row in tree] == [
        (1, "bash echo  living"), (2, "  bash echo ls  living"), (1, "bash echo  living"),
    ]  # fmt: skip
    assert [tuple(row) for row in told(url, 'SELECT "limit", prompt, answer FROM query_log')] == [
        ("depth", "prompt \x00 é" if "sqlite" in url else "prompt ␀ é", "[20000 bytes]")
    ]
    summary = told(url, "SELECT model_provenance, nodes, depth, denied FROM run_summary")
    assert [tuple(row) for row in summary] == [("planted", 3, 2, 1)]


def test_a_newer_schema_is_refused(empty: str) -> None:
    Store(empty, write=True).close()
    engine = create_engine(empty)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    for write in (True, False):
        with pytest.raises(StoreError, match="newer Recursor"):
            Store(empty, write=write)


@pytest.mark.parametrize("revision", ["0001", "0004", "0006", "0007"])
def test_an_older_schema_is_brought_up(empty: str, revision: str) -> None:
    engine = database.at(empty).open(write=True)
    schema.upgrade(engine, revision)
    engine.dispose()
    with Store(empty, write=True) as store:
        for record in strange_rows():
            store.add(record).result()
        store.remove([a_run().id])
        assert contents(empty) == (set(), set())


def test_of_older_runs_it_is_said_whose_behaviour_they_are(empty: str) -> None:
    def model(provenance: str) -> dict[str, str]:
        return {"spec": "x.gguf", "provenance": provenance}

    said = '"provenance": "planted"'
    answered: list[dict[str, object]] = [
        {"models": {"big": model("general")}},
        {"models": {"small": model("planted")}},
        {"terms": {"before": [{"model": model("general")}]}},
        {"terms": {"before": [{"model": model("planted")}]}},
        {"goal": said, "models": {"big": {"rendering": {"template": said}}}},
    ]
    runs = [
        a_run(f"01K{number:023d}", model_provenance="general", **facts)
        for number, facts in enumerate(answered)
    ]
    engine = database.at(empty).open(write=True)
    schema.upgrade(engine, "0006")
    with engine.begin() as connection:
        for run in runs:
            rows.add(connection, run)
    engine.dispose()
    with Store(empty, write=True) as store:
        found = [store.run(run.id).model_provenance for run in runs]
    assert found == ["general", "planted", "general", "planted", "general"]


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
    for url in ("mysql://localhost/x", "postgresql+psycopg2://localhost/x"):
        with pytest.raises(UsageError, match="or a PostgreSQL database"):
            Store(url)


def test_a_place_that_cannot_be_looked_at_is_refused(tmp_path: Path) -> None:
    """As one in a closed folder, which nothing closes to root; so it is a name that is too long."""
    url = f"sqlite:///{tmp_path}/{'x' * 256}/recursor.db"
    config.make_folder(url)
    for write in (False, True):
        with pytest.raises(StoreError, match="File name too long"):
            Store(url, write=write)


def _write_runs(url: str, first: int) -> None:
    with Store(url, write=True) as store:
        for number in range(first, first + 20):
            store.add(a_run(f"01K{number:023d}")).result()


def test_processes_create_and_write_one_database(empty: str) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_runs, args=(empty, n * 100)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    with Store(empty) as store:
        assert len(store.runs()) == 60


def test_a_lock_that_was_waited_for_is_seen(tmp_path: Path) -> None:
    living = Files(tmp_path / "runs.db")
    first = living.hold("X")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(living.hold, "X")
        waits = re.compile(rf"-> FLOCK +ADVISORY +WRITE {os.getpid()} ")
        while not waits.search(Path("/proc/locks").read_text()) and not waiting.done():
            pass
        first.release()
        second = waiting.result(60)
    assert living.has("X")
    second.release()
    assert not living.has("X")


def test_a_run_that_cannot_say_that_it_lives_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs.db.living").touch()
    with pytest.raises(StoreError, match=r"cannot lock the run's file in .*: File exists"):
        Files(tmp_path / "runs.db").hold("X")


def test_a_file_that_cannot_be_written_can_be_read(
    db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write everything: that it may not is said here, and SQLite is watched."""
    url = f"sqlite:///{db}"
    with Store(url, write=True) as store:
        store.add(a_run()).result()
    left = {path.name for path in Path(db).parent.iterdir()}
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Store(url) as store:
        assert store.run("last").id == a_run().id
        assert {path.name for path in Path(db).parent.iterdir()} == left, "no lock, no log"
    with pytest.raises(StoreError, match="permission denied"):
        Store(url, write=True)


def test_a_file_of_somebody_elses_is_left_alone(db: str) -> None:
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    before = Path(db).read_bytes()
    with pytest.raises(StoreError, match="somebody else's tables"):
        Store(f"sqlite:///{db}", write=True)
    with closing(sqlite3.connect(db)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("theirs",)]
    assert len(before) == Path(db).stat().st_size
