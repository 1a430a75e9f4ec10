"""A PostgreSQL server for the tests: made of Debian's package, gone with the tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

USER, PASSWORD = "recursor", "p@ss/word"
_START_S = 60
_FAST = (
    "fsync=off", "full_page_writes=off", "autovacuum=off", "jit=off", "shared_buffers=16MB",
    "wal_level=minimal", "max_wal_senders=0", "max_connections=40",
)  # fmt: skip


class Server:
    """A server with a port of its own, whose databases are empty or hold no run."""

    def __init__(self) -> None:
        self._programs = _programs()
        self._folder = Path(tempfile.mkdtemp(prefix="recursor-postgresql-", dir="/tmp"))
        self._held = _held_port()
        self.port = int(self._held.getsockname()[1])
        self._made = 0
        self.ready = ""
        """The name of the database that the others are made like."""
        self._free: list[str] = []

    def __enter__(self) -> Server:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (self._folder, password):
                shutil.chown(path, "postgres", "postgres")
        data = self._folder / "data"
        subprocess.run(
            [*_as_user(), self._programs / "initdb", "--no-sync", "--no-instructions",
             "--auth=scram-sha-256", f"--pwfile={password}", f"--username={USER}",
             "--encoding=UTF8", "--locale=C.UTF-8", data],
            check=True, stdout=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._held.close()
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Start the server, to go with this process however that ends; return when it answers."""
        settings = [
            f"port={self.port}", "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self._folder}", *_FAST,
        ]  # fmt: skip
        options = [word for setting in settings for word in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_as_user("--pdeathsig", "QUIT"), self._programs / "postgres",
                 "-D", self._folder / "data", *options],
                stdout=log, stderr=log, cwd="/",
            )  # fmt: skip
        given_up = time.monotonic() + _START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > given_up:
                raise RuntimeError((self._folder / "log").read_text())
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server, whoever is connected."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def make(self, like: str = "template0", encoding: str = "UTF8") -> str:
        """Make a database, empty or like another one; return its name."""
        self._made += 1
        name = f"test_{self._made}"
        names = (sql.Identifier(name), sql.Identifier(like), sql.Literal(encoding))
        made = "CREATE DATABASE {} TEMPLATE {} ENCODING {} LOCALE 'C.UTF-8'" + self._quickly
        self._tell(made, *names)
        return name

    def drop(self, name: str) -> None:
        """Delete a database, whoever is connected."""
        self._tell("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql.Identifier(name))

    @contextmanager
    def lend(self) -> Iterator[str]:
        """Have a database that holds no run; it is emptied and lent again, as a new one is slow."""
        name = self._free.pop() if self._free else self.make(like=self.ready)
        yield self.url(name)
        with self.connect(name) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> pg_backend_pid()", [name],
            )  # fmt: skip
            connection.execute("DELETE FROM run")
            connection.execute("DELETE FROM blob")
        self._free.append(name)

    def url(self, name: str, password: str = PASSWORD) -> str:
        """Return the URL of a database."""
        quoted = password.replace("@", "%40").replace("/", "%2F")
        return f"postgresql+psycopg://{USER}:{quoted}@127.0.0.1:{self.port}/{name}"

    def connect(self, name: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """Connect as somebody else than the store."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname=name,
            autocommit=True,
        )  # fmt: skip

    @cached_property
    def _quickly(self) -> LiteralString:
        with self.connect() as connection:  # before version 15 there was no other way
            return " STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""

    def _tell(self, statement: LiteralString, *names: sql.Composable) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL(statement).format(*names))

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True


def _programs() -> Path:
    """Return the folder of the newest server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    anywhere = shutil.which("initdb")
    if not found and anywhere is None:
        pytest.fail("the tests need PostgreSQL's server; run: ./setup postgresql", pytrace=False)
    return found[-1].parent if found else Path(str(anywhere)).parent


def _as_user(*options: str) -> list[str]:
    """Return how a command begins that root must not run."""
    if os.geteuid() != 0:
        return ["setpriv", *options] if options else []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *options]


def _held_port() -> socket.socket:
    """Return a socket that holds a port of this machine, on which it does not listen.

    Nobody else is given the port by chance then, and the server, which like this one lets its
    address be used again, can listen there as often as it is started.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held
