"""What Python programs call; the command line is a thin face over it."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recursor import config as settings
from recursor.errors import UsageError
from recursor.records import RunRecord
from recursor.types import Language, Limits, Policies, Program, RunConfig, RunEnd, Visible

if TYPE_CHECKING:
    from recursor.runs.grow import Approve, Growth
    from recursor.store import Store

DEFAULT_MODEL = "smollm2"
DEFAULT_PACK = "examples"


def parallel_default() -> int:
    """Return how many programs run at a time unless somebody says otherwise."""
    return 2 * len(os.sched_getaffinity(0))


def configure(goal: str, **options: Any) -> RunConfig:
    """Return a run's configuration.

    `options` are the fields of `RunConfig`, of `Limits` and of `Policies`. Raises UsageError for a
    goal that is empty, a limit that is not positive, or an option that does not exist.
    """
    limits, policies = (
        {name: options.pop(name) for name in set(kind.__dataclass_fields__) & set(options)}
        for kind in (Limits, Policies)
    )
    chosen: dict[str, Any] = {"pack": DEFAULT_PACK, "parallel": parallel_default(), **options}
    chosen.setdefault("warm", chosen["parallel"])
    try:
        return RunConfig(
            goal=goal, limits=Limits(**limits), policies=Policies(**policies), **chosen
        )
    except (TypeError, ValueError) as error:
        raise UsageError(str(error).removeprefix("RunConfig.__init__() got an ")) from error


def run(
    goal: str,
    *,
    model: str | Mapping[str, str] = DEFAULT_MODEL,
    db: str | None = None,
    watch: Callable[[Growth], None] = lambda _: None,
    ask: Approve | None = None,
    course: Callable[[Growth], Awaitable[RunEnd]] | None = None,
    **options: Any,
) -> Run:
    """Grow a tree from a goal and return the run; blocks until it ends.

    `model` is a model spec, or several by the names that programs ask them by; the first one is
    asked by default. `db` is a path or SQLAlchemy URL, `options` are those of `configure`
    (`depth=3, breadth=4, seed=7, language=Language.PYTHON, ...`). `watch` receives the growing run
    once, when it starts; `ask` asks the person whether a program may run, as far as the option
    `approve` says; `course` is what the operator does instead of one root query. Ctrl-C ends the
    run as `interrupted`. Raises RecursorError.
    """
    # Growing needs llama.cpp and firejail, reading a run needs neither: imported here.
    from recursor import prompts
    from recursor.jail.kit import Kit
    from recursor.jail.launcher import Jails
    from recursor.models import registry
    from recursor.runs.grow import Growth
    from recursor.store import Store

    default, named = _models(model)
    configuration = configure(goal, model=default, models=named, **options)
    pack = prompts.load(configuration.pack)
    pack.form(configuration.language or Language.BASH)
    url = settings.database_url(db) if db else settings.default_database()
    _raise_descriptor_limit()
    hidden = () if configuration.budget_visible is Visible.COMMAND else ("budget",)
    kit = Kit(configuration.guest_names, frozenset(hidden), configuration.trace)
    # A jail's view is made of the folders that exist before it: the database's is one of them.
    settings.make_folder(url)
    jails = Jails(configuration.limits, kit)
    try:
        loaded = registry.load_all(default, named)
        try:
            with Store(url, write=True) as store:

                async def grow() -> RunRecord:
                    growth = Growth(configuration, loaded, pack, store, jails, ask)
                    with _interruptible(growth):
                        return await growth.grow(course or Growth.follow_goal, watch)

                return Run(asyncio.run(grow()), url)
        finally:
            loaded.close()
    finally:
        jails.close()


def propose(
    goal: str, *, model: str | Mapping[str, str] = DEFAULT_MODEL, **options: Any
) -> Program | None:
    """Return the program that a run would begin with; nothing is executed, nothing recorded.

    `options` are those of `configure`. Raises RecursorError.
    """
    from recursor import keys, programs, prompts
    from recursor.broker.protocol import Query
    from recursor.models import registry
    from recursor.runs import ask
    from recursor.runs.node import Asker

    default, _ = _models(model)
    configuration = configure(goal, model=default, **options)
    pack = prompts.load(configuration.pack)
    loaded = registry.load_all(default)
    try:
        operator = Asker(keys.operator_key(goal))
        attempt = ask.attempt(configuration, loaded, pack, operator, Query(goal))
        if attempt.error is not None:
            raise attempt.error
        answer = asyncio.run(attempt.model.complete(attempt.call))
    finally:
        loaded.close()
    return programs.extract(answer.text, configuration.language)


def _models(model: str | Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """Return the spec that is asked by default, and those that have names."""
    if isinstance(model, str):
        return model, {}
    if not model:
        raise UsageError("a run needs a model")
    return next(iter(model.values())), model


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


def _raise_descriptor_limit() -> None:
    """Each jail takes descriptors of the supervisor: have as many as this user may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextmanager
def _interruptible(growth: Growth) -> Iterator[None]:
    """Turn SIGINT, SIGTERM and SIGHUP into the end of a run, while it grows."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, growth.stop, RunEnd.INTERRUPTED)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
