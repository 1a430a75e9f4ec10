"""The one thread that writes: group commit.

Theory of operation. A commit costs one flush to the disk whatever it holds. Everything that is
waiting when the thread is free goes into one transaction; a caller's future is done when its
transaction is on the disk, and only then may a guest see the effect. If a group fails, each of its
writes is tried alone, so that only the guilty one fails; but not if the database is lost, as nobody
knows then whether the group is on the disk. A row that could not be added cannot be completed
either: whoever tries that is told of the first failure, a full disk say. A group that a server took
back, because two processes waited for each other, is tried again.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from recursor.errors import RecursorError, StoreError

Write = Callable[[Connection], None]
TAKEN_BACK = ("40001", "40P01")
"""SQLSTATEs of transactions of which nothing was done, because of another one."""


class Writer:
    """Accepts writes from any thread; commits them in order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._first_failure: Exception | None = None
        self._queue: queue.SimpleQueue[tuple[Write, Future[None]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, write: Write) -> Future[None]:
        """Queue a write; the future is done when it is durable, or holds a StoreError."""
        future: Future[None] = Future()
        # Running from the start: whoever stops waiting for a write does not take it back.
        future.set_running_or_notify_cancel()
        self._queue.put((write, future))
        return future

    def close(self) -> None:
        """Commit everything that was submitted and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        open_ = True
        while open_:
            group = [self._queue.get()]
            while not self._queue.empty():
                group.append(self._queue.get())
            open_ = None not in group
            self._commit([item for item in group if item is not None])

    def _commit(self, group: list[tuple[Write, Future[None]]]) -> None:
        is_guilt_of_one = False
        try:
            with self._engine.connect() as connection:
                is_guilt_of_one = len(group) > 1
                _write(connection, [write for write, _ in group])
        except Exception as error:
            if is_guilt_of_one and not getattr(error, "connection_invalidated", False):
                for item in group:
                    self._commit([item])
                return
            if self._first_failure is None and isinstance(error, SQLAlchemyError):
                self._first_failure = error
            cause = self._first_failure if isinstance(error, RecursorError) else error
            for _, future in group:
                future.set_exception(_as_store_error(cause or error))
        else:
            for _, future in group:
                future.set_result(None)


def _write(connection: Connection, writes: list[Write]) -> None:
    while True:
        try:
            with connection.begin():
                for write in writes:
                    write(connection)
            return
        except DBAPIError as error:
            if not str(getattr(error.orig, "sqlstate", "")).startswith(TAKEN_BACK):
                raise


def _as_store_error(error: Exception) -> Exception:
    if isinstance(error, RecursorError):
        return error
    cause = getattr(error, "orig", None) or error
    if isinstance(error, SQLAlchemyError):
        return StoreError(f"the record cannot be written: {cause}")
    return error
