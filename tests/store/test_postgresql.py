"""What PostgreSQL needs that SQLite does not: many machines, a server that goes, its text."""

from __future__ import annotations

import hashlib
import json
import math
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import InternalError, OperationalError

from recursor import config
from recursor.errors import StoreError, UsageError
from recursor.runs import control
from recursor.store import Store, database, escape, place, rows
from recursor.store.postgresql import OF_OTHER_ORDER
from recursor.store.writer import Writer
from tests.postgresql import Server
from tests.store.test_store import a_node, a_query, a_run, a_small_tree, contents, told

RUN = a_run().id


@pytest.fixture
def store(postgresql: str) -> Iterator[Store]:
    with Store(postgresql, write=True) as opened:
        yield opened


def eventually(is_so: Callable[[], bool]) -> None:
    given_up = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < given_up
        time.sleep(0.01)


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


# --- text


@given(st.text(st.sampled_from('\0\ufdd00f\\"a')))
def test_a_text_is_written_without_what_no_text_can_hold(text: str) -> None:
    assert "\0" not in escape.mark(text)
    assert escape.unmark(escape.mark(text)) == text


strange_text = st.text(st.sampled_from('\0\ufdd0\ud800\udc00\\"u0dfNaé '))
values = st.recursive(
    strange_text | st.floats() | st.integers() | st.none() | st.booleans() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(strange_text, inner, max_size=4),
    max_leaves=8,
)


@given(values)
def test_json_is_written_without_what_the_server_cannot_look_into(value: Any) -> None:
    written = escape.dumps(value)
    assert repr(escape.loads(written.encode())) == repr(json.loads(json.dumps(value)))
    read = json.loads(written, parse_constant=lambda number: pytest.fail(f"{number} is no JSON"))
    assert "\0" not in str(read)
    str(read).encode()


def test_what_can_be_held_is_written_as_it_is() -> None:
    value = {"b": [1, 2.5, 'é \\ " \\u0000'], "a": "not NaN, no Infinity", "😀": None}
    assert escape.dumps(value) == json.dumps(value)
    assert escape.mark("é 😀") == "é 😀"
    assert math.isnan(escape.loads(escape.dumps(math.nan)))


def test_text_sorts_byte_by_byte(store: Store, postgresql: str) -> None:
    for id_ in ("b", "B", "a", "é", "_"):
        store.add(a_run(id_)).result()
    assert [run.id for run in store.runs()] == ["B", "_", "a", "b", "é"]
    assert told(postgresql, OF_OTHER_ORDER) == []


def test_a_database_of_another_encoding_is_refused(server: Server) -> None:
    name = server.make(encoding="SQL_ASCII")
    with pytest.raises(StoreError, match="SQL_ASCII, not UTF8"):
        Store(server.url(name), write=True)
    server.drop(name)


# --- promises


def test_reading_writes_nothing(postgresql: str) -> None:
    with (
        Store(postgresql) as reader,
        pytest.raises(InternalError, match="read-only"),
        reader._engine.begin() as connection,
    ):
        rows.add(connection, a_run())


def test_a_reader_sees_one_state(store: Store, postgresql: str) -> None:
    store.add(a_run()).result()
    with Store(postgresql) as reader, database.reading(reader._engine) as connection:
        counted = text("SELECT count(*) FROM run")
        assert connection.scalar(counted) == 1
        store.add(a_run("01K0000000000000000000000B")).result()
        assert connection.scalar(counted) == 1
        assert len(reader.runs()) == 2


def test_a_commit_is_durable_whatever_the_server_says(server: Server) -> None:
    name = server.make(like=server.ready)
    with server.connect() as connection:
        for level in ("off", "remote_apply"):
            connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = {level}".encode())
            with Store(server.url(name), write=True) as store, store._engine.begin() as ours:
                found = ours.scalar(text("SHOW synchronous_commit"))
            assert found == {"off": "on"}.get(level, level)
    server.drop(name)


def test_every_reference_to_content_has_an_index(postgresql: str) -> None:
    columns = [column for table in rows.TABLES.values() for column in rows.content_columns(table)]
    found = told(postgresql, "SELECT indexname FROM pg_indexes WHERE indexname LIKE '%_content'")
    assert {name for (name,) in found} == {f"{c.table.name}_{c.name}_content" for c in columns}


def test_content_that_is_just_being_named_is_not_deleted(
    store: Store, server: Server, postgresql: str
) -> None:
    a_small_tree(store)
    other = "01K0000000000000000000000B"
    deletion = threading.Thread(target=store.remove, args=([RUN],))
    with store._engine.begin() as writing:
        rows.add(writing, a_query(run=other, id="late", key="late", prompt="echo"))
        deletion.start()
        eventually(lambda: is_waiting(server))
        rows.add(writing, a_query(run=other, id="later", key="later", answer="echo"))
    deletion.join()
    assert {query.prompt for query in store.queries(other)} == {"echo", "prompt \x00 é"}
    there, named = contents(postgresql)
    assert there == named


def test_processes_that_wait_for_each_other_both_write(
    store: Store, server: Server, postgresql: str
) -> None:
    store.add(a_run()).result()
    with server.connect(name_of(postgresql)) as other, other.transaction():
        other.execute("SET LOCAL deadlock_timeout = '1min'")  # it is not the one that gives way
        put = "INSERT INTO blob VALUES (%s, 1, 'plain', 'x') ON CONFLICT DO NOTHING"
        first, second = (hashlib.sha256(data).hexdigest() for data in (b"first", b"second"))
        other.execute(put, [second])
        written = store.add(a_node(program="first", stdout=b"second"))
        eventually(lambda: is_waiting(server))
        other.execute(put, [first])
    assert written.exception() is None


def is_waiting(server: Server) -> bool:
    with server.connect() as connection:
        return connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() is not None


# --- who lives


HOLDER = """
import sys
from recursor.store import Store
with Store(sys.argv[1], write=True) as store:
    lock = store.hold(sys.argv[2])
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_run_whose_process_is_killed_is_interrupted(store: Store, postgresql: str) -> None:
    store.add(a_run()).result()
    command = [sys.executable, "-c", HOLDER, postgresql, RUN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert store.run(RUN).end_cause is None
        with pytest.raises(StoreError, match="lives"):
            store.remove([RUN])
        holder.send_signal(signal.SIGKILL)
    eventually(lambda: store.run(RUN).end_cause == "interrupted")


def test_a_machine_that_falls_silent_is_waited_for_a_minute(store: Store) -> None:
    lock: Any = store.hold(RUN)
    names = ("idle", "interval", "count")
    said = [lock._connection.exec_driver_sql(f"SHOW tcp_keepalives_{name}") for name in names]
    idle, interval, count = (int(found.scalar()) for found in said)
    assert idle + interval * count == 60
    lock.release()


def test_sockets_lie_in_a_folder_that_only_the_user_sees(store: Store, postgresql: str) -> None:
    store.hold(RUN).release()
    folder = store.control(RUN).parent
    assert folder.parent == config.sockets_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    with Store(f"{postgresql}?password=p%40ss%2Fword") as same:
        assert same.control(RUN) == store.control(RUN)


def test_that_folder_is_there_before_the_jails_are(postgresql: str) -> None:
    """What jails must not see they are told of when they are made."""
    config.make_folder(postgresql)
    assert config.sockets_folder().stat().st_mode & 0o777 == 0o700


def test_a_run_of_another_machine_is_not_stopped_from_here(store: Store) -> None:
    store.hold(RUN).release()
    with pytest.raises(UsageError, match="on the machine where it lives"):
        control.stop(store.control(RUN), None)
    with pytest.raises(UsageError, match="on the machine where it lives"):
        control.stop(store.control(RUN).parent / "no" / "folder", None)


# --- what goes wrong


def terminate(server: Server, url: str) -> None:
    """Let the server end every connection to a database."""
    with server.connect() as connection:
        ended = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(ended, [name_of(url)])


def test_a_connection_that_is_lost_is_one_plain_error(
    store: Store, server: Server, postgresql: str
) -> None:
    lock = store.hold(RUN)
    store.add(a_run()).result()
    terminate(server, postgresql)
    error = store.add(a_node()).exception()
    assert isinstance(error, StoreError)
    assert str(error).startswith("the record cannot be written: ")
    assert "\n" not in str(error)
    assert store.add(a_node()).exception() is None
    assert store.run(RUN).end_cause == "interrupted"
    lock.release()


def test_what_was_lost_with_the_connection_is_not_written_twice(
    store: Store, server: Server, postgresql: str
) -> None:
    """Nobody knows whether it was committed."""
    has_begun, goes_on, tried = threading.Event(), threading.Event(), []

    def lose(connection: Connection) -> None:
        tried.append("lose")
        terminate(server, postgresql)
        connection.execute(text("SELECT 1"))

    def wait(_: Connection) -> None:
        has_begun.set()
        goes_on.wait()

    alone = store._submit(wait)
    has_begun.wait()
    group = [store._submit(write) for write in (lose, tried.append)]
    goes_on.set()
    assert alone.exception() is None
    assert [type(written.exception()) for written in group] == [StoreError, StoreError]
    assert tried == ["lose"]


class Away:
    """A server that does not answer, as an engine sees it."""

    def __init__(self) -> None:
        self.tried = 0
        self.gives_up = threading.Event()

    def connect(self) -> Connection:
        self.tried += 1
        self.gives_up.wait()
        raise OperationalError("", {}, Exception("no answer"))


def test_a_server_that_does_not_answer_is_not_asked_for_each_row() -> None:
    away: Any = Away()
    writer = Writer(away)
    first = writer.submit(lambda _: None)
    eventually(lambda: away.tried == 1)
    group = [writer.submit(lambda _: None) for _ in range(3)]
    away.gives_up.set()
    for written in (first, *group):
        assert isinstance(written.exception(), StoreError)
    assert away.tried == 2
    writer.close()


def test_every_mistake_is_one_line_without_the_password(server: Server) -> None:
    right = server.url("postgres")
    wrong = {
        server.url("postgres", password="sesame"): "password authentication failed",
        server.url("nowhere"): 'database "nowhere" does not exist',
        right.replace(str(server.port), "1"): "refused",
        right + "?sslmode=nonsense": "sslmode",
        right + "?nonsense=1": "nonsense",
        right: "holds no record of Recursor",
    }
    for url, message in wrong.items():
        with pytest.raises(StoreError, match=message) as raised:
            Store(url)
        assert place(url) in str(raised.value)
        assert "p@ss" not in str(raised.value)
        assert "sesame" not in str(raised.value)
    with pytest.raises(UsageError, match="names no database"):
        Store("postgresql://u:sesame@localhost")


def test_a_place_is_named_without_secrets() -> None:
    named = "postgresql+psycopg://me@host:5/x?sslmode=require"
    assert place("postgresql://me:sesame@host:5/x?sslmode=require&password=sesame") == named


def test_without_psycopg_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r" -m pip install .*\[postgresql\]'"):
        Store("postgresql://localhost/x")
