"""An experiment is carried out: every trial that has no result yet gets one.

Theory of operation. The plan is recorded before the first run. A trial is completed once, with the
run that it was or the cause why there is none; a run that was broken off is none, and its trial is
open still. Whatever ends this process loses at most the runs under way: a run that had ended, whose
trial was not completed any more, is found again by the place that it recorded of itself. So to go
on is to do the same again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace

from recursor import keys, loops
from recursor.errors import SandboxError, StoreError, UsageError
from recursor.experiments.plan import Plan, Trial
from recursor.experiments.trial import Died, Executor, Failed, Order, Result
from recursor.records import ExperimentRecord, RunRecord, TrialRecord
from recursor.runs.record import new_id, now
from recursor.store import Store
from recursor.types import RunConfig, RunEnd
from recursor.version import __version__

ATTEMPTS = 2
"""How often a run is begun whose process dies."""
_MEASURED = (RunEnd.COMPLETED, RunEnd.NO_PROGRAM, RunEnd.REFUSED, RunEnd.BUDGET)
_OPEN = (None, RunEnd.INTERRUPTED)
"""How a run ends that is no result."""


@dataclass
class Progress:
    """How far an experiment is."""

    name: str
    total: int
    done: int
    failed: int
    under_way: int = 0
    ended: int = 0
    """Since it was begun or gone on with."""
    began: float = field(default_factory=time.monotonic)
    latest: TrialRecord | None = None
    """What ended last."""

    @property
    def left_s(self) -> float | None:
        """How long it will go on, if it goes on as until now."""
        if not self.ended:
            return None
        return (time.monotonic() - self.began) / self.ended * (self.total - self.done)


Watch = Callable[[Progress], None]


def begin(store: Store, plan: Plan, *, resume: bool) -> ExperimentRecord:
    """Record a plan, or find it. Raises UsageError if it was begun and shall not be gone on with.

    What is gone on with is the same experiment: its plan is as it was recorded. What was not begun
    begins.
    """
    known = {record.name: record for record in store.experiments()}
    record = known.get(plan.name)
    if record is None:
        record = ExperimentRecord(
            new_id(), plan.name, plan.digest, plan.content, now(), __version__
        )
        try:
            store.plan(record, _trials(plan, record.id))
        except StoreError:
            if plan.name not in {other.name for other in store.experiments()}:
                raise
            return begin(store, plan, resume=resume)  # somebody did at the same moment
    elif what := ", ".join(_differing(record, plan)):
        raise UsageError(
            f"the experiment {plan.name} was planned otherwise ({what} changed); give it another"
            " name, or put back what was planned"
        )
    elif not resume:
        raise UsageError(f"the experiment {plan.name} was begun; --resume goes on with it")
    return record


def _trials(plan: Plan, experiment: str) -> Iterator[TrialRecord]:
    for trial in plan.trials:
        yield TrialRecord(
            id=f"{experiment}/{trial.number}",
            experiment=experiment,
            number=trial.number,
            condition=trial.condition.values,
            goal=trial.goal.name,
            seed=trial.seed,
            pair=trial.pair,
        )


def _differing(record: ExperimentRecord, plan: Plan) -> Iterator[str]:
    for name in sorted(record.plan.keys() | plan.content.keys()):
        then, now = record.plan.get(name), plan.content.get(name)
        if name == "models" and then and now:
            # A model of the Hub that its first run fetched had no digest when it was planned.
            now = {spec: then.get(spec) and digest for spec, digest in now.items()}
        if then != now:
            yield name


@contextmanager
def held(store: Store, experiment: ExperimentRecord) -> Iterator[None]:
    """Be the only one who carries an experiment out. Raises UsageError if somebody else does."""
    if store.lives(experiment.id):
        raise UsageError(f"another process carries the experiment {experiment.name} out")
    lock = store.hold(experiment.id)
    try:
        yield
    finally:
        lock.release()


class Conduct:
    """One experiment while it is carried out."""

    def __init__(
        self,
        experiment: ExperimentRecord,
        plan: Plan,
        store: Store,
        url: str,
        watch: Watch,
    ) -> None:
        """`url` is where whoever grows a run records it, if that can be reached from there."""
        self._experiment = experiment
        self._plan = plan
        self._store = store
        self._url = url
        self._watch = watch
        self._records = {trial.number: trial for trial in store.trials(experiment.id)}
        self._adopt(store.runs_of(experiment.id))
        done = [trial for trial in self._records.values() if trial.ended_at]
        failed = sum(trial.failure is not None for trial in done)
        self.progress = Progress(experiment.name, len(self._records), len(done), failed)

    async def carry_out(self, executor: Executor) -> None:
        """Give every open trial its result.

        Raises SandboxError or StoreError if no run could be grown any more; cancelling ends the
        runs under way. In both cases what has ended is kept.
        """
        open_ = [trial for trial in self._plan.trials if not self._records[trial.number].ended_at]
        left = iter(open_)
        await loops.together(
            self._lane(executor, left) for _ in range(min(executor.width, len(open_)))
        )

    async def _lane(self, executor: Executor, left: Iterator[Trial]) -> None:
        for trial in left:
            self.progress.under_way += 1
            self._watch(self.progress)
            try:
                result = await self._result(executor, trial)
            finally:
                self.progress.under_way -= 1
            await self._complete(trial, result)

    async def _result(self, executor: Executor, trial: Trial) -> TrialRecord:
        """Grow a trial's run, again if its process dies."""
        record = self._records[trial.number]
        for _ in range(ATTEMPTS):
            try:
                result = await executor.execute(self._order(trial))
            except Died:
                continue
            if ended := self._judged(record, result):
                return ended
        return replace(record, failure="its process died, and died again", ended_at=now())

    def _judged(self, record: TrialRecord, result: Result) -> TrialRecord | None:
        """Return a trial with its result, or None if it has none."""
        if isinstance(result, Failed):
            return replace(record, failure=result.cause, ended_at=now())
        run = self._store.run(result.run)
        if not self._is_of(record.number, run):
            return replace(record, failure="what was grown is not what was planned", ended_at=now())
        return self._ended(record, run)

    def _order(self, trial: Trial) -> Order:
        condition = trial.condition
        return Order(
            config=condition.config(trial, self._experiment.id),
            schedule=condition.chosen.get("parallel"),
            pack=condition.pack.name,
            pack_content=condition.pack.content,
            url=self._url,
        )

    async def _complete(self, trial: Trial, after: TrialRecord) -> None:
        before = self._records[trial.number]
        await asyncio.wrap_future(self._store.complete(before, after))
        self._records[trial.number] = after
        progress = self.progress
        progress.done += 1
        progress.ended += 1
        progress.failed += after.failure is not None
        progress.latest = after
        self._watch(progress)

    def _adopt(self, runs: Iterable[RunRecord]) -> None:
        """Complete the trials whose run had ended when the process that grew them was ended."""
        for run in runs:
            number = run.trial
            if number is None or not self._is_of(number, run) or self._records[number].ended_at:
                continue
            with suppress(SandboxError, StoreError):
                if after := self._ended(self._records[number], run):
                    self._store.complete(self._records[number], after).result()
                    self._records[number] = after

    def _ended(self, record: TrialRecord, run: RunRecord) -> TrialRecord | None:
        """Return a trial with its run; None if that was broken off.

        Raises SandboxError or StoreError if it ended for want of a jail, or of a record.
        """
        if run.end_cause in _OPEN:
            return None
        told = f"{run.end_cause}: {run.end_detail}" if run.end_detail else str(run.end_cause)
        match run.end_cause:
            case RunEnd.SANDBOX:
                raise SandboxError(f"the run {run.id} ended: {told}")
            case RunEnd.STORE:
                raise StoreError(f"the run {run.id} ended: {told}")
            case RunEnd.BUDGET if not self._store.nodes(run.id, content=False):
                failure: str | None = f"{told}, before the first program"
            case _:
                failure = None if run.end_cause in _MEASURED else told
        return replace(record, run=run.id, failure=failure, ended_at=run.ended_at)

    def _is_of(self, number: int, run: RunRecord) -> bool:
        """Return whether a run is a trial's, as it says; it may come from elsewhere."""
        if not 0 <= number < len(self._plan.trials):
            return False
        trial = self._plan.trials[number]
        config = trial.condition.config(trial, self._experiment.id)
        planned = (trial.seed, trial.pair, trial.condition.values, trial.goal.text)
        found = (run.seed, run.pair, run.condition, run.goal)
        return planned == found and _has_rules(config, run, trial) and self._has_models(config, run)

    def _has_models(self, config: RunConfig, run: RunRecord) -> bool:
        """Return whether a run's models are the planned ones, as far as their digests are known."""
        digests = self._plan.content["models"]
        default = {"spec": run.model, "digest": run.model_digest}
        named = [(spec, run.models.get(name)) for name, spec in config.models.items()]
        return all(
            isinstance(said, Mapping)
            and said.get("spec") == spec
            and digests[spec] in (None, said.get("digest"))
            for spec, said in [(config.model, default), *named]
        )


def _has_rules(config: RunConfig, run: RunRecord, trial: Trial) -> bool:
    """Return whether what decided how a run grew is what was planned, its models apart."""
    planned = {
        "pack": trial.condition.pack.digest,
        "language": config.language or "any",
        "budget": asdict(config.limits),
        "allocation": config.allocation,
        "policies": {**asdict(config.policies), "approve": config.approve},
        "memory": config.memory,
        "stop_scope": config.stop_scope,
        "budget_visible": config.budget_visible,
    }
    found = {
        "pack": run.pack_digest,
        "language": run.language,
        "budget": run.budget,
        "allocation": run.allocation,
        "policies": run.policies,
        **{name: run.guest.get(name) for name in ("memory", "stop_scope", "budget_visible")},
    }
    return keys.canonical(planned) == keys.canonical(found)


def run(
    conduct: Conduct, place: AbstractAsyncContextManager[Executor], seconds: float | None = None
) -> None:
    """Carry an experiment out, for so long at most.

    SIGINT, SIGTERM and SIGHUP break it off (KeyboardInterrupt).
    """

    async def running() -> None:
        under_way = asyncio.current_task()
        assert under_way is not None
        with loops.interruptible(under_way.cancel):
            async with place as executor:
                try:
                    async with asyncio.timeout(seconds) as time_out:
                        await conduct.carry_out(executor)
                except TimeoutError:
                    if not time_out.expired():
                        raise

    try:
        loops.run(running())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
