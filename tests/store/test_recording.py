"""Recordings: what goes in comes out on another machine, and nothing else gets in."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import zstandard
from sqlalchemy import create_engine

from recursor.errors import StoreError
from recursor.export import recording
from recursor.records import (
    AttributionRecord,
    CheckRecord,
    EventRecord,
    FileRecord,
    FixtureRecord,
    RunRecord,
)
from recursor.store import Store, rows, schema
from recursor.store.rows import Record
from tests.postgresql import Server
from tests.store.test_store import NOW, a_node, a_query, a_run

RUN, OTHER = "01K0000000000000000000000A", "01K0000000000000000000000B"
NODE, CHILD, QUERY = (f"01K000000000000000000000{end}" for end in ("N1", "N2", "Q1"))
KEY = "ab" * 32
BINARY = bytes(range(256)) * 100


def rows_of(run: str = RUN, prefix: str = "") -> list[Record]:
    """Every kind of row, binary and large content, what is missing and what is strange."""
    node, child, query = (prefix + id_[len(prefix) :] for id_ in (NODE, CHILD, QUERY))
    denial = {"limit": "depth", "limit_value": 1, "asked": 2}
    refusal = {"denial": denial, "language": "bash"}
    spans = [{"start": 0, "end": 5, "source": "host"}]
    return [
        a_run(run, name="otter", pack_content='{"é": 1}', inference={"mode": "exact"},
              parent_run=OTHER, fork_node=NODE, fork_edit={"seed": 2}),
        FixtureRecord(run, "data/in.bin", BINARY),
        a_node(run, node, key=KEY, stdout=b"\xff\x00", stdout_bytes=2, stderr=BINARY,
               stderr_bytes=9 * len(BINARY), end_cause="exited", exit_code=0, ended_at=NOW,
               isolation={"uid": 1}, files=1, files_left_out={"too large": 2}, waited_s=0.5),
        a_node(run, child, key="cd" * 32, parent=node, depth=2, origin_query=query,
               link_evidence="exact", link_coverage=[1.0, 0.5], program="é" * 20_000),
        FileRecord(run, node, "out.bin", BINARY[:5000], 5000),
        a_query(run, id=query, key="ef" * 32, request_digest=KEY, node=node, label="\x1b[31m",
                answer="x" * 20_000, answer_token_ids=[1, 2], decode_s=0.25, spans=spans,
                ended_at=NOW),
        a_query(run, id=query[:-1] + "2", key="01" * 32, request_digest=KEY, arrival=1,
                decision="denied", denial=denial, prompt=""),
        EventRecord(run, node, 0, 1, "refused", "broker", refusal, KEY, "ls"),
        EventRecord(run, None, 1, 2, "probe", "host", {}),
        CheckRecord(run, OTHER, KEY, "stdout", False, "clock", "12:00 or 12:01"),
    ]  # fmt: skip


def read(store: Store) -> list[list[Any]]:
    kinds: tuple[Callable[[str], list[Any]], ...] = (
        store.nodes, store.queries, store.events, store.files, store.fixtures, store.checks,
    )  # fmt: skip
    return [[store.run(RUN)], *(rows_of_kind(RUN) for rows_of_kind in kinds)]


in_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""It is about the file, and the same wherever a run comes from or goes to."""


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A database with two runs that have content in common."""
    with Store(url, write=True) as opened:
        for record in (*rows_of(), *rows_of(OTHER, prefix="02K")):
            opened.add(record).result()
        yield opened


@pytest.fixture
def path(store: Store, tmp_path: Path) -> Path:
    """A recording of the first run."""
    target = tmp_path / "otter.recursor"
    recording.write(store, store.run(RUN), target)
    return target


@pytest.fixture
def other(tmp_path: Path, url: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    """A database without runs, of the same kind."""
    place = f"sqlite:///{tmp_path / 'other.db'}"
    if not url.startswith("sqlite"):
        place = request.getfixturevalue("another")
    with Store(place, write=True) as opened:
        yield opened


@pytest.fixture
def another(server: Server) -> Iterator[str]:
    """The URL of a second PostgreSQL database that holds no run."""
    with server.lend() as url:
        yield url


def imported(path: Path, store: Store) -> bool:
    with recording.opened(path) as source:
        return store.take(source, source.run("last").id)


def unpacked(path: Path, target: Path) -> Path:
    target.write_bytes(zstandard.decompress(path.read_bytes()))
    return target


def packed(database: Path, path: Path) -> Path:
    path.write_bytes(zstandard.compress(database.read_bytes()))
    return path


def test_a_run_comes_back_as_it_was(store: Store, path: Path, other: Store) -> None:
    written = [record for record in rows_of() if type(record) is not RunRecord]
    with recording.opened(path) as opened:
        assert read(opened) == read(store)
    assert imported(path, other)
    assert read(other) == read(store)
    flat = [record for found in read(other)[1:] for record in found]
    assert len(flat) == len(written)
    assert all(record in flat for record in written)
    assert other.run("last").end_cause == "interrupted"
    assert other.run("last").ended_at is None


def test_the_same_run_is_imported_once(path: Path, other: Store) -> None:
    assert imported(path, other)
    assert not imported(path, other)
    assert len(other.runs()) == 1


def test_another_run_of_that_id_is_not_replaced(path: Path, other: Store) -> None:
    other.add(a_run(RUN, goal="mine")).result()
    with pytest.raises(StoreError, match=f"another run {RUN}"):
        imported(path, other)
    assert other.run(RUN).goal == "mine"
    assert other.nodes(RUN) == []


def test_the_same_run_gives_the_same_bytes(path: Path, other: Store, tmp_path: Path) -> None:
    other.add(a_run("01J0000000000000000000000A")).result()
    imported(path, other)
    again = tmp_path / "again.recursor"
    recording.write(other, other.run(RUN), again)
    assert again.read_bytes() == path.read_bytes()


def test_what_was_reckoned_from_a_run_is_no_part_of_it(
    store: Store, path: Path, tmp_path: Path
) -> None:
    store.add(AttributionRecord(RUN, QUERY, "goal", [[0, 2]], 1.5, [1.5])).result()
    again = tmp_path / "again.recursor"
    recording.write(store, store.run(RUN), again)
    assert again.read_bytes() == path.read_bytes()
    assert not imported(path, store)
    store.remove([RUN])
    assert imported(path, store)
    assert store.attributions(RUN) == []


def test_it_is_the_same_file_wherever_the_run_lay(path: Path, other: Store, tmp_path: Path) -> None:
    imported(path, other)
    lay_in_sqlite = tmp_path / "sqlite.recursor"
    with Store(f"sqlite:///{tmp_path / 'one.db'}", write=True) as one:
        assert imported(path, one)
        recording.write(one, one.run(RUN), lay_in_sqlite)
        assert read(one) == read(other)
    assert lay_in_sqlite.read_bytes() == path.read_bytes()


@in_sqlite
def test_a_recording_holds_one_run_and_is_small(path: Path, tmp_path: Path) -> None:
    assert path.stat().st_size < 8000
    with closing(sqlite3.connect(unpacked(path, tmp_path / "plain.db"))) as connection:
        assert connection.execute("SELECT id FROM run").fetchall() == [(RUN,)]
        assert connection.execute("SELECT count(*) FROM node_tree").fetchone() == (2,)
        named = {
            digest
            for table in rows.TABLES.values()
            for column in rows.content_columns(table)
            for (digest,) in connection.execute(f'SELECT "{column.name}" FROM "{table.name}"')
            if digest
        }
        assert {digest for (digest,) in connection.execute("SELECT sha256 FROM blob")} == named
        assert connection.execute("SELECT DISTINCT codec FROM blob").fetchall() == [("plain",)]


@in_sqlite
def test_large_content_is_compressed_again(path: Path, other: Store, tmp_path: Path) -> None:
    imported(path, other)
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        found = connection.execute("SELECT codec, count(*) FROM blob WHERE size > 16384 GROUP BY 1")
        assert found.fetchall() == [("zstd", 4)]


def test_a_living_run_is_not_exported(store: Store, tmp_path: Path) -> None:
    lock = store.hold(RUN)
    with pytest.raises(StoreError, match="still grows"):
        recording.write(store, store.run(RUN), tmp_path / "living.recursor")
    lock.release()


@in_sqlite
def test_nothing_is_overwritten_and_nothing_half_written(store: Store, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(StoreError, match="exists already"):
        recording.write(store, store.run(RUN), path)
    assert path.read_bytes() == before
    with pytest.raises(StoreError, match=r"cannot write .*/no/x.recursor"):
        recording.write(store, store.run(RUN), path.parent / "no" / "x.recursor")
    assert not list(path.parent.glob("*.recursor.*"))


def test_a_recording_of_an_older_schema_is_read(tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{old}")
    schema.upgrade(engine, "0001")
    engine.dispose()
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("INSERT INTO blob VALUES (?, 0, 'plain', x'')", [EMPTY])
        names = "id goal tags seed mode model model_digest model_family model_provenance engine"
        names += " pack pack_digest plants language sampling budget parallel isolation profile"
        names += " code_version host started_at"
        values = [RUN, "old", "[]", 1, "live", "stub:x", KEY, "stub", "planted", "stub",
                  "bare", KEY, "[]", "any", "{}", "{}", 4, "{}", EMPTY, "0", "{}", NOW]  # fmt: skip
        connection.execute(
            f"INSERT INTO run ({names.replace(' ', ', ')}) VALUES ({', '.join('?' * len(values))})",
            values,
        )
    with recording.opened(packed(old, tmp_path / "old.recursor")) as store:
        assert (store.run("last").goal, store.run("last").allocation) == ("old", "pool")


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def renamed(run: str) -> str:
    """Return the statements that call the run something else."""
    assert len(run) in (24, 26)
    statements = [f"UPDATE {table.name} SET run = '{run}'" for table in rows.TABLES.values()]
    return "; ".join([f"UPDATE run SET id = '{run}'", *statements[1:]])


TAMPERED = {
    "a flipped bit": ("UPDATE blob SET bytes = x'6c74' WHERE bytes = x'6c73'", "not what was"),
    "missing content": ("DELETE FROM blob WHERE bytes = x'6c73'", "is missing"),
    "binary text": (
        "UPDATE node SET program = (SELECT sha256 FROM blob WHERE bytes = x'ff00')", "no text"),
    "compressed twice": ("UPDATE blob SET codec = 'zstd'", "compressed twice"),
    "a trigger": (
        "CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END", "the trigger t"),
    "another table": ("CREATE TABLE evil (x)", "the table evil"),
    "another view": ("CREATE VIEW evil AS SELECT 1", "the view evil"),
    "a view as a table": (
        "ALTER TABLE fixture RENAME TO f; CREATE VIEW fixture AS SELECT * FROM f",
        "the view fixture"),
    "a virtual table": (
        "DROP TABLE replay_check; CREATE VIRTUAL TABLE replay_check USING fts5(run)",
        "replay_check"),
    "a missing table": ("DROP TABLE event", "the table event"),
    "another column": ("ALTER TABLE query RENAME COLUMN error TO mistake", "no such column"),
    "no schema": ("DELETE FROM alembic_version", "none of Recursor's"),
    "a strange schema": ("UPDATE alembic_version SET version_num = '0000'", "none of Recursor's"),
    "a newer schema": ("UPDATE alembic_version SET version_num = '9999'", "newer Recursor"),
    "no run": ("DELETE FROM run", "0 runs"),
    "two runs": (
        "UPDATE run SET id = 'A'; INSERT INTO run SELECT * FROM second; DROP TABLE second",
        "2 runs"),
    "another run's rows": ("UPDATE event SET run = 'x' WHERE sequence = 1", "another run"),
    "another run's node": (f"UPDATE event SET node = '{OTHER}' WHERE sequence = 0", "FOREIGN KEY"),
    "a path as id": (renamed("../../../../tmp/evil-run"), "impossible id"),
    "a path as long as an id": (renamed("../../../../tmp/evil-run00"), "impossible id"),
    "a node's id": (f"UPDATE node SET id = '{NODE}x' WHERE depth = 2", "impossible id"),
    "a key": ("UPDATE node SET key = 'k' WHERE depth = 2", "impossible key"),
    "a text for a number": ("UPDATE node SET exit_code = 'zero'", "impossible exit_code"),
    "a number for a text": ("UPDATE query SET label = x'00'", "impossible label"),
    "nothing for something": (
        "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql ="
        " replace(sql, 'goal TEXT NOT NULL', 'goal TEXT') WHERE name = 'run';"
        " PRAGMA writable_schema=RESET; UPDATE run SET goal = NULL",
        "impossible goal"),
    "no JSON": ("UPDATE run SET tags = '[[['", "no row of ours"),
    "deep JSON": (
        "UPDATE run SET budget = replace(hex(zeroblob(50000)), '00', '[')", "no row of ours"),
    "a provenance of its own": (
        "UPDATE run SET model_provenance = 'natural'", "impossible model_provenance"),
    "JSON of another kind": ("UPDATE run SET tags = '[1]'", "impossible tags"),
    "spans that are none": ("UPDATE query SET spans = '[{}]'", "impossible spans"),
    "a denial that is none": ("UPDATE query SET denial = '{}'", "impossible denial"),
    "a refusal that is none": ("UPDATE event SET detail = '{}'", "impossible denial"),
    **{
        f"what is no {kind}": (
            f"UPDATE event SET kind = '{kind}', detail = '{detail}'", f"impossible {name}")
        for kind, detail, name in (
            ("memory_get", "{}", "key"), ("memory_put", '{"key": "a"}', "found"),
            ("memory_list", '{"key": "a", "found": 2}', "found"),
            ("program_stop", '{"key": "a", "target": "b", "allowed": true}', "was_living"),
            ("program_list", '{"programs": "all"}', "programs"),
            ("bad_request", '{"reason": 1}', "reason"),
            ("unknown_command", '{"command": ["ls"]}', "command"),
            ("budget", '{"left": {"depth": "deep"}}', "left.depth"),
        )
    },
    "a denial of words": (
        """UPDATE query SET denial = '{"limit": "depth", "limit_value": "3", "asked": 4}'""",
        "impossible denial"),
    "no instant": ("UPDATE run SET started_at = 'yesterday'", "impossible started_at"),
    "an instant as a week": (
        "UPDATE run SET started_at = '2026-W01-1T00:00:00Z'", "impossible started_at"),
    "no UTC": ("UPDATE run SET started_at = '2026-01-01T00:00:00'", "impossible started_at"),
    "a circle": (f"UPDATE node SET parent = '{CHILD}' WHERE id = '{NODE}'", "below its parent"),
    "an abyss": ("UPDATE node SET depth = 1000000000 WHERE depth = 2", "below its parent"),
}  # fmt: skip


@in_sqlite
@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_is_not_believed(
    what: str, path: Path, other: Store, tmp_path: Path
) -> None:
    statements, message = TAMPERED[what]
    database = unpacked(path, tmp_path / "tampered.db")
    with closing(sqlite3.connect(database)) as connection:
        if "second" in statements:
            connection.execute("CREATE TABLE second AS SELECT * FROM run")
        connection.executescript(statements)
    with pytest.raises(StoreError, match=message) as raised:
        imported(packed(database, path), other)
    assert str(path) in str(raised.value)
    assert other.runs() == []


@in_sqlite
def test_the_untampered_is_believed(path: Path, other: Store, tmp_path: Path) -> None:
    """Else the tests above would be as happy with a recording that nobody can read."""
    assert imported(packed(unpacked(path, tmp_path / "plain.db"), path), other)


@in_sqlite
def test_a_file_that_is_no_whole_recording(path: Path, other: Store, db: str) -> None:
    whole = path.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for content, message in (
        (b"", "no recording"),
        (b"SQLite format 3\0" * 100, "no recording"),
        (Path(db).read_bytes(), "no recording"),
        (flipped, "recording"),
        (whole[:-1000], "its end is missing"),
        (whole[:20], "its end is missing"),
        (whole + b"more", "no recording"),
        (whole + whole, "more than it says"),
        (zstandard.compress(b"no database" * 1000), "not a database"),
        (zstandard.compress(b""), "none of Recursor's"),
    ):
        path.write_bytes(content)
        with pytest.raises(StoreError, match=message):
            imported(path, other)
    with pytest.raises(StoreError, match="cannot read"):
        imported(path.with_name("nowhere.recursor"), other)
    assert other.runs() == []


@in_sqlite
def test_a_bomb_does_not_go_off(
    store: Store, path: Path, other: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(zstandard.decompress(path.read_bytes()))
    monkeypatch.setattr(recording, "PLAIN_BYTES", size)
    with recording.opened(path):
        pass
    monkeypatch.setattr(recording, "PLAIN_BYTES", size - 1)
    with pytest.raises(StoreError, match="larger than"):
        imported(path, other)
    with pytest.raises(StoreError, match="larger than"):
        recording.write(store, store.run(RUN), tmp_path / "large.recursor")
    # It says nothing of its size, and is a thousand times as large.
    unsaid = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(1000 * size))
    path.write_bytes(unsaid)
    with pytest.raises(StoreError, match="does not say how large"):
        imported(path, other)
