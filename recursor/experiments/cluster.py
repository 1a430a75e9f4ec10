"""Runs of an experiment on many machines: dask's scheduler and its workers.

Each worker grows whole runs, with jails of its own machine, and sends back a recording, which is
imported here; it is checked as any stranger's. With a PostgreSQL record, which every worker can
reach, the run is written there at once. What dask does twice, because a worker died or was thought
to have, is a second run of the same trial: the trial has one result, the first that came.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from distributed import Client, KilledWorker, get_worker
from distributed.comm.core import CommClosedError

from recursor.errors import RecursorError, UsageError
from recursor.experiments import trial
from recursor.experiments.trial import Died, Ended, Failed, Order, Result
from recursor.export import recording
from recursor.models import registry
from recursor.models.base import Model
from recursor.store import Store
from recursor.types import ModelInfo

WAITING = 1000
"""As many runs dask is asked for at a time, so that clusters that adapt see what is wanted."""
CONNECT_S = 30
"""As long as dask itself would try: a scheduler that begins is busy, and so is its machine."""


@dataclass(frozen=True)
class Recorded:
    """A run that was grown elsewhere, as the bytes of a recording."""

    run: str
    content: bytes


class Cluster:
    """The workers of a scheduler."""

    def __init__(self, address: str, at_once: int | None, store: Store) -> None:
        self.width = at_once or WAITING
        self._address = address
        self._store = store
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Cluster:
        """Raise UsageError if there is no scheduler."""
        # What goes wrong is said once.
        for name in ("distributed", "distributed.client", "tornado.application"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            client = Client(  # type: ignore[no-untyped-call]
                self._address, asynchronous=True, timeout=CONNECT_S, set_as_default=False
            )
            self._client = await self._stack.enter_async_context(client)
        except (OSError, ValueError) as error:
            told = f"no dask scheduler answers at {self._address}: {error}"
            raise UsageError(f"{told}; `dask scheduler` starts one") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def execute(self, order: Order) -> Result:
        try:
            future = self._client.submit(grow, order, pure=False)
            try:
                result = await future
            finally:
                future.release()
        except KilledWorker:
            raise Died from None
        except Exception as error:
            # Its connection breaks before the client's status says so.
            if isinstance(error, CommClosedError) or self._client.status != "running":
                raise RecursorError(f"the dask scheduler {self._address} is gone") from error
            raise RecursorError(f"dask cannot have runs grown: {error!r}") from error
        return await asyncio.to_thread(self._taken, result)

    def _taken(self, result: Result | Recorded | RecursorError) -> Result:
        if isinstance(result, RecursorError):
            raise result
        if isinstance(result, Recorded):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, f"{result.run}{recording.SUFFIX}")
                path.write_bytes(result.content)
                with recording.opened(path) as theirs:
                    self._store.take(theirs, result.run)
            return Ended(result.run)
        return result


# --- in a worker


class Kept:
    """A model that a worker keeps for its next run."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.info: ModelInfo = model.info
        self.render = model.render
        self.count = model.count
        self.complete = model.complete

    def close(self) -> None:
        """Its process ends with it."""


_kept: dict[str, Model] = {}
_loading = Lock()


def load(spec: str, read: registry.Read | None) -> Model:
    """Return a model; runs of one process share an engine."""
    if not registry.has_weights(spec):
        return registry.load(spec, read)
    with _loading:
        if spec not in _kept:
            _kept[spec] = Kept(registry.load(spec))
        return _kept[spec]


def grow(order: Order) -> Result | Recorded | RecursorError:
    """Grow a run in a worker; what a person could mend comes back as a value."""
    try:
        if not order.url.startswith("sqlite"):
            return trial.grow(order, order.url, load=load)
        # Of a worker that is killed dask clears the folder.
        with tempfile.TemporaryDirectory(dir=get_worker().local_directory) as folder:
            url = f"sqlite:///{Path(folder, 'run.db')}"
            result = trial.grow(order, url, load=load)
            if isinstance(result, Failed):
                return result
            path = Path(folder, f"run{recording.SUFFIX}")
            with Store(url) as store:
                recording.write(store, store.run(result.run), path)
            return Recorded(result.run, path.read_bytes())
    except RecursorError as error:
        return error
