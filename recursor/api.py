"""What Python programs call; the command line is a thin face over it."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recursor import config as settings
from recursor.errors import UsageError
from recursor.records import RunRecord
from recursor.types import Language, Limits, RunConfig, RunEnd

if TYPE_CHECKING:
    from recursor.runs.grow import Growth
    from recursor.store import Store

DEFAULT_MODEL = "smollm2"
DEFAULT_PACK = "examples"


def parallel_default() -> int:
    """Return how many programs run at a time unless somebody says otherwise."""
    return 2 * len(os.sched_getaffinity(0))


def configure(goal: str, **options: Any) -> RunConfig:
    """Return a run's configuration.

    `options` are the fields of `RunConfig` and of `Limits`. Raises UsageError for a goal that is
    empty, a limit that is not positive, or an option that does not exist.
    """
    fields = set(Limits.__dataclass_fields__)
    limits = {name: options.pop(name) for name in fields & set(options)}
    defaults = {"pack": DEFAULT_PACK, "parallel": parallel_default()}
    defaults["warm"] = options.get("parallel", defaults["parallel"])
    try:
        return RunConfig(goal=goal, limits=Limits(**limits), **{**defaults, **options})
    except (TypeError, ValueError) as error:
        raise UsageError(str(error).removeprefix("RunConfig.__init__() got an ")) from error


def run(
    goal: str,
    *,
    model: str = DEFAULT_MODEL,
    db: str | None = None,
    watch: Callable[[Growth], None] = lambda _: None,
    **options: Any,
) -> Run:
    """Grow a tree from a goal and return the run; blocks until it ends.

    `model` is a model spec, `db` a path or SQLAlchemy URL, `options` are those of `configure`
    (`depth=3, breadth=4, seed=7, language=Language.PYTHON, ...`). `watch` receives the growing run
    once, when it starts. Ctrl-C ends the run as `interrupted`. Raises RecursorError.
    """
    # Growing needs llama.cpp and firejail, reading a run needs neither: imported here.
    from recursor import prompts
    from recursor.jail.launcher import Jails
    from recursor.models import registry
    from recursor.runs.grow import Growth
    from recursor.store import Store

    configuration = configure(goal, model=model, **options)
    pack = prompts.load(configuration.pack)
    pack.form(configuration.language or Language.BASH)
    url = settings.database_url(db) if db else settings.default_database()
    jails = Jails(configuration.limits)
    try:
        loaded = registry.load(model)
        try:
            with Store(url, write=True) as store:

                async def grow() -> RunRecord:
                    growth = Growth(configuration, loaded, pack, store, jails)
                    with _interruptible(growth):
                        return await growth.grow(watch)

                return Run(asyncio.run(grow()), url)
        finally:
            loaded.close()
    finally:
        jails.close()


@dataclass(frozen=True)
class Run:
    """A recorded run."""

    record: RunRecord
    url: str

    @property
    def id(self) -> str:
        return self.record.id


def open(db: str | None = None) -> Store:
    """Open a database for reading; use it as a context manager."""
    from recursor.store import Store

    return Store(settings.database_url(db) if db else settings.default_database())


@contextmanager
def _interruptible(growth: Growth) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into the end of a run, while it grows."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    loop, numbers = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, growth.stop, RunEnd.INTERRUPTED)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
