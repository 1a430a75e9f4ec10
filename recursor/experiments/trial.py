"""What is asked of whoever grows a run of an experiment, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from recursor import config as settings
from recursor import prompts
from recursor.errors import RecursorError, SandboxError, StoreError
from recursor.models import registry
from recursor.runs import start
from recursor.runs.grow import Growth
from recursor.types import RunConfig

AHEAD = 1
"""Jails that a run of an experiment starts ahead: other runs use the time between."""


@dataclass(frozen=True)
class Order:
    """A run to be grown, wherever that is."""

    config: RunConfig
    schedule: int | None
    """How many programs run at a time, if the plan says."""
    pack: str
    pack_content: str
    """The pack as it was when the experiment was planned."""
    url: str
    """The record of the whole experiment."""


@dataclass(frozen=True)
class Ended:
    """A run is recorded, to its end."""

    run: str


@dataclass(frozen=True)
class Failed:
    """There is no run that could be measured."""

    cause: str


class Died(Exception):
    """The process that grew a run is gone, nobody knows why."""


Result = Ended | Failed


class Executor(Protocol):
    """Where an experiment's runs are grown."""

    width: int
    """How many at a time."""

    async def execute(self, order: Order) -> Result:
        """Grow a run. Raises Died; SandboxError or StoreError where no other run could do better.

        Cancelling ends the run, which is not measured then.
        """
        ...


def grow(
    order: Order, url: str, watch: start.Watch = start.unseen, load: registry.Load = registry.load
) -> Result:
    """Grow a run in this process, recorded at `url`. Raises as `Executor.execute` does."""
    parallel = order.schedule or settings.parallel_default()
    config = replace(order.config, parallel=parallel, warm=AHEAD)
    begun: list[Growth] = []

    def seen(growth: Growth) -> None:
        begun.append(growth)
        watch(growth)

    try:
        pack = prompts.recorded(order.pack, order.pack_content)
        run = start.grown(Growth, Growth.follow_goal, config, pack, url, seen, load=load)
    except (SandboxError, StoreError):
        raise
    except RecursorError as error:
        return Failed(str(error))
    except Exception as error:  # a defect; the run that met it is recorded as such
        if begun and begun[0].run is not None:
            return Ended(begun[0].run.id)
        return Failed(f"a defect of Recursor: {error!r}")
    return Ended(run.id)
