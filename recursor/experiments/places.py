"""Where an experiment is carried out, as a person writes it."""

from __future__ import annotations

import importlib.util
import os
from contextlib import AbstractAsyncContextManager

from recursor.errors import UsageError
from recursor.experiments.local import Local
from recursor.experiments.trial import Executor
from recursor.resources import installing
from recursor.store import Store

LOCAL = "local"
CLUSTER = "dask://"


def at_once_default() -> int:
    """Return how many runs are grown at a time on this machine: two a core.

    While some wait for their jails the engine answers the others, more of them at once.
    """
    return 2 * len(os.sched_getaffinity(0))


def executor(
    place: str, at_once: int | None, store: Store
) -> AbstractAsyncContextManager[Executor]:
    """Return an executor, to be opened; what it grows elsewhere comes to `store`.

    Raises UsageError for a place that is none.
    """
    if place == LOCAL:
        return Local(at_once or at_once_default())
    if place.startswith(CLUSTER) and len(place) > len(CLUSTER):
        if importlib.util.find_spec("distributed") is None:
            raise UsageError(f"dask is not installed; run: {installing('dask')}")
        from recursor.experiments.cluster import Cluster

        return Cluster(place.removeprefix(CLUSTER), at_once, store)
    raise UsageError(f"an executor is {LOCAL} or {CLUSTER}HOST:PORT, not {place!r}")
