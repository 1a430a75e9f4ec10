"""What Python programs call; the command line is a thin face over it."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from recursor import config as settings
from recursor.errors import UsageError
from recursor.records import Recording, RunRecord
from recursor.types import Language, Limits, Policies, Program, RunConfig, RunEnd, Visible

if TYPE_CHECKING:
    from recursor.analysis.fidelity import Fidelity
    from recursor.jail.launcher import Jails
    from recursor.models.base import Models
    from recursor.prompts import Pack
    from recursor.runs.grow import Approve, Growth
    from recursor.store import Store

G = TypeVar("G", bound="Growth")

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
    from recursor import prompts
    from recursor.runs.grow import Growth

    default, named = _models(model)
    configuration = configure(goal, model=default, models=named, **options)
    pack = prompts.load(configuration.pack)
    pack.form(configuration.language or Language.BASH)
    course = course or Growth.follow_goal
    return _grown(Growth, course, configuration, pack, _url(db), watch, ask)


def replay(
    run: str,
    *,
    db: str | None = None,
    lenient: bool = False,
    strict: bool = False,
    parallel: int | None = None,
    watch: Callable[[Growth], None] = lambda _: None,
) -> Replayed:
    """Execute a recorded run's programs again, without a model, and compare; blocks until done.

    `run` is a run's id, a prefix of it, its name, `last`, or the path of a recording (whose replay
    is not kept). `lenient` accepts queries that differ from the recorded ones in times and the
    like, `strict` ends the replay at the first difference, `parallel` is how many programs run at a
    time. Raises RecursorError.
    """
    from recursor.analysis import fidelity
    from recursor.runs.past import Past
    from recursor.runs.replay import Replay

    with _place_of(run, db) as (url, reference):
        original = _recorded(reference, url)
        trail = Past(original)
        configuration = _suited(trail.config)
        if parallel is not None:
            configuration = replace(configuration, parallel=parallel, warm=parallel)
        with _jails(configuration, url) as jails, _writing(url) as store:
            make = partial(
                Replay, trail, configuration, store, jails, lenient=lenient, strict=strict
            )
            grown = _grow(make, Replay.course, watch)
            found = fidelity.compare(original, store.recording(grown.id))
            for check in found.checks:
                store.add(check)
    return Replayed(grown, url, found)


def resume(
    run: str,
    *,
    db: str | None = None,
    watch: Callable[[Growth], None] = lambda _: None,
    ask: Approve | None = None,
) -> Run:
    """Go on with a run that was broken off, as a new run; blocks until it ends.

    Raises UsageError for a run that ended by itself, and ModelError if the model is another one.
    """
    from recursor.runs import resume as onward
    from recursor.runs.past import Past
    from recursor.runs.record import Origin

    url = _url(db)
    original = _recorded(run, url)
    onward.check(original)
    trail, origin = Past(original), Origin("resumed", original.run.id, terms=original.run.terms)
    kind, course = partial(onward.Resume, trail, origin), onward.Resume.follow_goal
    configuration = _suited(trail.config)
    return _grown(kind, course, configuration, trail.pack, url, watch, ask, original.run)


def rerun(
    run: str,
    *,
    db: str | None = None,
    watch: Callable[[Growth], None] = lambda _: None,
    ask: Approve | None = None,
    **options: Any,
) -> Run:
    """Grow a tree afresh from a recorded run's configuration; blocks until it ends.

    `options` are fields of `RunConfig` that are different (`seed=7`). Raises RecursorError.
    """
    from recursor.runs import past, record
    from recursor.runs import resume as onward
    from recursor.runs.grow import Growth

    url = _url(db)
    original = _recorded(run, url)
    onward.check_course(original)
    configuration = _suited(record.config(original.run, original.fixtures))
    configuration = replace(configuration, **options)
    pack = past.pack(original.run)
    course = Growth.follow_goal
    return _grown(Growth, course, configuration, pack, url, watch, ask, original.run)


def fork(
    run: str,
    at: str | None = None,
    *,
    db: str | None = None,
    model: str | None = None,
    program: Program | None = None,
    pack: str | None = None,
    flip: str | None = None,
    outside: str = "frozen",
    seed: int | None = None,
    name: str | None = None,
    watch: Callable[[Growth], None] = lambda _: None,
    ask: Approve | None = None,
    **limits: Any,
) -> Run:
    """Branch off a recorded run at a node, as a new run; blocks until it ends.

    `at` is the node's id, or a beginning or end of it. In its subtree hold another `model` (a
    spec), `pack`, `seed`, or other `limits` (fields of `Limits`); `program` takes the place of the
    node's own; `flip` is a query of it, denied instead of granted or the other way round. `outside`
    is what becomes of the rest, `frozen` or `live`. Raises RecursorError.
    """
    from recursor import prompts
    from recursor.runs.fork import Edit, Fork, Outside
    from recursor.runs.past import Past

    url = _url(db)
    original = _recorded(run, url)
    trail = Past(original)
    recorded = _suited(trail.config)
    query = trail.find_query(flip) if flip else None
    at = at or (query.node if query else None)
    if at is None:
        raise UsageError("where? a fork needs a node, or a query of a program to flip")
    changed: dict[str, Any] = {"seed": seed, "model": model, "pack": pack}
    changed = {name: value for name, value in changed.items() if value is not None}
    said = {**changed, **limits, "outside": outside}
    said |= {"program": program.digest} if program else {}
    said |= {"flip": query.id} if query else {}
    edit = Edit(trail.find(at), program, query, Outside(outside), said)
    try:
        configuration = replace(
            recorded, **changed, name=name, limits=replace(recorded.limits, **limits)
        )
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from error
    chosen = prompts.load(pack) if pack else trail.pack
    kind, same = partial(Fork, trail, edit), original.run if model is None else None
    return _grown(kind, Fork.course, configuration, chosen, url, watch, ask, same)


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


@dataclass(frozen=True)
class Replayed(Run):
    """A replay, which is a run too, and how far it agrees with its original."""

    fidelity: Fidelity


def open(db: str | None = None) -> Store:
    """Open a database for reading; use it as a context manager."""
    from recursor.store import Store

    return Store(settings.database_url(db) if db else settings.default_database())


# Growing needs llama.cpp and firejail, reading a run needs neither: imported where it is needed.


def _raise_descriptor_limit() -> None:
    """Each jail takes descriptors of the supervisor: have as many as this user may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _url(db: str | None) -> str:
    return settings.database_url(db) if db else settings.default_database()


@contextmanager
def _place_of(run: str, db: str | None) -> Iterator[tuple[str, str]]:
    """Yield the database that a run is in, and what it is called there."""
    from recursor.export import recording

    if run.endswith(recording.SUFFIX):
        with recording.opened(Path(run)) as store:
            yield str(store.url), "last"
    else:
        yield _url(db), run


def _recorded(run: str, url: str) -> Recording:
    """Read a run."""
    from recursor.export import recording
    from recursor.store import Store

    if run.endswith(recording.SUFFIX):
        raise UsageError(f"what comes of {run} is to be recorded: `recursor import` it first")
    with Store(url) as store:
        return store.recording(run)


def _suited(configuration: RunConfig) -> RunConfig:
    """Have no more jails started ahead than suit this machine, whatever a record says."""
    return replace(configuration, warm=min(configuration.parallel, parallel_default()))


@contextmanager
def _jails(configuration: RunConfig, url: str) -> Iterator[Jails]:
    """Have the jails of a run that is recorded at `url`."""
    from recursor.jail.kit import Kit
    from recursor.jail.launcher import Jails

    _raise_descriptor_limit()
    hidden = () if configuration.budget_visible is Visible.COMMAND else ("budget",)
    kit = Kit(configuration.guest_names, frozenset(hidden), configuration.trace)
    # A jail's view is made of the folders that exist before it: the database's is one of them.
    settings.make_folder(url)
    with closing(Jails(configuration.limits, kit)) as jails:
        yield jails


def _loaded(configuration: RunConfig, url: str, pack: Pack) -> closing[Models]:
    """Make a run's models; recorded answers are read from the same database."""
    from recursor.models import registry
    from recursor.store import Store

    def read(run: str) -> Recording:
        with Store(url) as store:
            found = store.recording(run)
        if found.run.pack_digest != pack.digest:
            raise UsageError(f"{found.run.id} was grown with another pack: {found.run.pack}")
        return found

    return closing(registry.load_all(configuration.model, configuration.models, read))


def _writing(url: str) -> Store:
    from recursor.store import Store

    return Store(url, write=True)


def _grown(
    kind: Callable[..., G],
    course: Callable[[G], Awaitable[RunEnd]],
    configuration: RunConfig,
    pack: Pack,
    url: str,
    watch: Callable[[Growth], None],
    ask: Approve | None,
    same: RunRecord | None = None,
) -> Run:
    """Make what a run needs, and grow it; `same` is a run whose models these must be."""
    from recursor.runs.resume import check_models

    with (
        _jails(configuration, url) as jails,
        _loaded(configuration, url, pack) as models,
        _writing(url) as store,
    ):
        if same is not None:
            check_models(same, models)
        make = partial(kind, configuration, models, pack, store, jails, ask)
        return Run(_grow(make, course, watch), url)


def _grow(
    make: Callable[[], G],
    course: Callable[[G], Awaitable[RunEnd]],
    watch: Callable[[Growth], None],
) -> RunRecord:
    async def grow() -> RunRecord:
        growth = make()
        with _interruptible(growth):
            return await growth.grow(course, watch)

    return asyncio.run(grow())


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
