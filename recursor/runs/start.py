"""What a run needs (its jails, models and record): made, used, and given back when it has ended.

Whatever kind of run it is, it begins here.
"""

from __future__ import annotations

import resource
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import TypeVar

from recursor import config as settings
from recursor import loops
from recursor.errors import UsageError
from recursor.jail.kit import Kit
from recursor.jail.launcher import Jails
from recursor.models import registry
from recursor.models.base import Models
from recursor.prompts import Pack
from recursor.records import Recording, RunRecord
from recursor.runs.grow import Approve, Growth
from recursor.runs.resume import check_models
from recursor.store import Store
from recursor.types import RunConfig, RunEnd, Visible

G = TypeVar("G", bound=Growth)
Watch = Callable[[Growth], None]
"""Receives a growing run once, when it starts."""


def unseen(_: Growth) -> None:
    """Watch nothing."""


def suited(configuration: RunConfig) -> RunConfig:
    """Have no more jails started ahead than suit this machine, whatever a record says."""
    return replace(configuration, warm=min(configuration.parallel, settings.parallel_default()))


@contextmanager
def jails(configuration: RunConfig, url: str) -> Iterator[Jails]:
    """Have the jails of a run that is recorded at `url`."""
    _raise_descriptor_limit()
    hidden = () if configuration.budget_visible is Visible.COMMAND else ("budget",)
    kit = Kit(configuration.guest_names, frozenset(hidden), configuration.trace)
    # A jail's view is made of the folders that exist before it: the database's is one of them.
    settings.make_folder(url)
    with closing(Jails(configuration.limits, kit)) as made:
        yield made


def loaded(
    configuration: RunConfig, url: str, pack: Pack, load: registry.Load = registry.load
) -> closing[Models]:
    """Make a run's models; recorded answers are read from the same database."""

    def read(run: str) -> Recording:
        with Store(url) as store:
            found = store.recording(run)
        if found.run.pack_digest != pack.digest:
            raise UsageError(f"{found.run.id} was grown with another pack: {found.run.pack}")
        return found

    return closing(registry.load_all(configuration.model, configuration.models, read, load))


def grown(
    kind: Callable[..., G],
    course: Callable[[G], Awaitable[RunEnd]],
    configuration: RunConfig,
    pack: Pack,
    url: str,
    watch: Watch = unseen,
    ask: Approve | None = None,
    same: RunRecord | None = None,
    load: registry.Load = registry.load,
) -> RunRecord:
    """Make what a run needs, and grow it; `same` is a run whose models these must be."""
    with (
        jails(configuration, url) as made,
        loaded(configuration, url, pack, load) as models,
        Store(url, write=True) as store,
    ):
        if same is not None:
            check_models(same, models)
        return grow(partial(kind, configuration, models, pack, store, made, ask), course, watch)


def grow(
    make: Callable[[], G], course: Callable[[G], Awaitable[RunEnd]], watch: Watch
) -> RunRecord:
    """Grow a run; SIGINT, SIGTERM and SIGHUP end it as interrupted."""

    grown: list[G] = []

    async def growing() -> RunRecord:
        growth = make()
        grown.append(growth)
        with loops.interruptible(partial(growth.stop, RunEnd.INTERRUPTED)):
            return await growth.grow(course, watch)

    return loops.run(growing(), lambda: [growth.stop(RunEnd.INTERRUPTED) for growth in grown])


def _raise_descriptor_limit() -> None:
    """Each jail takes descriptors of the supervisor: have as many as this user may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
