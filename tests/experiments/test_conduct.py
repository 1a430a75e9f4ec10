"""Every trial gets one result, whatever happens meanwhile. No jail is started here."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from recursor.errors import SandboxError, StoreError, UsageError
from recursor.experiments import conduct
from recursor.experiments.conduct import Conduct, Progress
from recursor.experiments.plan import Plan
from recursor.experiments.trial import Died, Ended, Failed, Order, Result
from recursor.models import registry
from recursor.records import RunRecord
from recursor.runs.record import new_id, now
from recursor.store import Store
from recursor.types import RunEnd
from tests.experiments.plans import loaded
from tests.store.test_store import a_run

Happening = Callable[[], Result | RunEnd]


class Scripted:
    """An executor that records what a run's end would leave, as a script says."""

    def __init__(self, store: Store, *happenings: Happening | RunEnd, width: int = 1) -> None:
        self.width = width
        self.orders: list[Order] = []
        self._store = store
        self._happenings = iter(happenings)

    async def execute(self, order: Order) -> Result:
        self.orders.append(order)
        await asyncio.sleep(0)
        happening = next(self._happenings, RunEnd.COMPLETED)
        result = happening() if callable(happening) else happening
        if not isinstance(result, RunEnd):
            return result
        run = of(order, end_cause=result, ended_at=now())
        self._store.add(run).result()
        return Ended(run.id)


def of(order: Order, **changes: object) -> RunRecord:
    """The run of an order."""
    config, place = order.config, order.config.place
    assert place is not None
    run = a_run(
        new_id(), goal=config.goal, seed=config.seed, model=config.model,
        model_digest=registry.digest_of(config.model), budget=dataclasses.asdict(config.limits),
        pack_digest=PACKS[order.pack_content], allocation=config.allocation,
        policies={**dataclasses.asdict(config.policies), "approve": config.approve},
        guest={name: getattr(config, name) for name in ("memory", "stop_scope", "budget_visible")},
        **vars(place),
    )  # fmt: skip
    return dataclasses.replace(run, **changes)  # type: ignore[arg-type]


PACKS: dict[str, str] = {}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    found = loaded(tmp_path)
    PACKS.update({c.pack.content: c.pack.digest for c in found.conditions})
    return found


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with Store(f"sqlite:///{db}", write=True) as opened:
        yield opened


def carry_out(
    store: Store,
    plan: Plan,
    *happenings: Happening | RunEnd,
    resume: bool = False,
    width: int = 1,
) -> tuple[Scripted, Conduct]:
    record = conduct.begin(store, plan, resume=resume)
    executor = Scripted(store, *happenings, width=width)
    seen: list[Progress] = []
    under_way = Conduct(record, plan, store, str(store.url), seen.append)
    asyncio.run(under_way.carry_out(executor))
    return executor, under_way


def raising(error: Exception) -> Happening:
    def happen() -> Result:
        raise error

    return happen


def test_every_trial_gets_one_run_that_knows_its_place(store: Store, plan: Plan) -> None:
    executor, under_way = carry_out(store, plan, width=3)
    (experiment,) = store.experiments()
    trials, runs = store.trials(experiment.id), store.runs_of(experiment.id)
    assert len(trials) == len(plan.trials) == 4
    assert {trial.run for trial in trials} == {run.id for run in runs}
    for trial in trials:
        run = store.run(str(trial.run))
        assert (run.experiment, run.trial) == (experiment.id, trial.number)
        assert (run.condition, run.pair) == (trial.condition, trial.pair)
        assert (trial.failure, trial.ended_at) == (None, run.ended_at)
    assert (under_way.progress.done, under_way.progress.failed) == (4, 0)
    assert [order.config.place.trial for order in executor.orders] == [0, 1, 2, 3]  # type: ignore[union-attr]


@pytest.mark.parametrize("seconds", [None, 60.0])
def test_a_time_out_of_somebody_else_is_no_end(
    store: Store, plan: Plan, seconds: float | None
) -> None:
    executor = Scripted(store, raising(TimeoutError("of a network")))
    record = conduct.begin(store, plan, resume=False)
    under_way = Conduct(record, plan, store, str(store.url), lambda _: None)
    with pytest.raises(TimeoutError, match="of a network"):
        conduct.run(under_way, nullcontext(executor), seconds)


def test_an_experiment_ends_when_its_time_is_over(store: Store, plan: Plan) -> None:
    class Endless(Scripted):
        async def execute(self, order: Order) -> Result:
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    record = conduct.begin(store, plan, resume=False)
    under_way = Conduct(record, plan, store, str(store.url), lambda _: None)
    conduct.run(under_way, nullcontext(Endless(store)), 0.05)
    assert (under_way.progress.done, under_way.progress.under_way) == (0, 0)


def test_the_plan_is_recorded_before_the_first_run(store: Store, plan: Plan) -> None:
    def look() -> RunEnd:
        (experiment,) = store.experiments()
        assert experiment.digest == plan.digest
        assert experiment.plan == plan.content
        assert len(store.trials(experiment.id)) == 4
        return RunEnd.COMPLETED

    carry_out(store, plan, look)


def test_a_run_that_fails_is_a_result_with_its_cause(store: Store, plan: Plan) -> None:
    def fault() -> RunEnd:
        return RunEnd.FAULT

    carry_out(store, plan, RunEnd.MODEL, lambda: Failed("no server"), fault, RunEnd.NO_PROGRAM)
    trials = store.trials(store.experiments()[0].id)
    assert [trial.failure for trial in trials] == ["model", "no server", "fault", None]
    assert [trial.run is None for trial in trials] == [False, True, False, False]
    assert all(trial.ended_at for trial in trials)


@pytest.mark.parametrize("error", [SandboxError("no jail"), StoreError("the disk is full")])
def test_without_jails_or_record_the_experiment_stops(
    error: Exception, store: Store, plan: Plan
) -> None:
    with pytest.raises(type(error)):
        carry_out(store, plan, RunEnd.COMPLETED, raising(error))
    trials = store.trials(store.experiments()[0].id)
    assert [trial.ended_at is None for trial in trials] == [False, True, True, True]
    carry_out(store, plan, resume=True)
    assert all(trial.run for trial in store.trials(store.experiments()[0].id))


def test_a_run_that_ended_for_want_of_a_jail_is_no_result(store: Store, plan: Plan) -> None:
    with pytest.raises(SandboxError):
        carry_out(store, plan, RunEnd.SANDBOX)
    assert not store.trials(store.experiments()[0].id)[0].ended_at
    carry_out(store, plan, resume=True)
    assert len(store.runs_of(store.experiments()[0].id)) == 5


def test_a_process_that_dies_is_started_again_once(store: Store, plan: Plan) -> None:
    carry_out(store, plan, raising(Died()), RunEnd.COMPLETED, raising(Died()), raising(Died()))
    trials = store.trials(store.experiments()[0].id)
    assert trials[0].run is not None
    assert trials[1].failure == "its process died, and died again"
    assert trials[3].run is not None


def test_a_run_that_was_broken_off_is_grown_again(store: Store, plan: Plan) -> None:
    carry_out(store, plan, RunEnd.INTERRUPTED, RunEnd.COMPLETED)
    experiment = store.experiments()[0].id
    assert len(store.runs_of(experiment)) == 5
    first = store.trials(experiment)[0]
    assert store.run(str(first.run)).end_cause == "completed"


def test_what_is_done_is_not_done_again(store: Store, plan: Plan) -> None:
    carry_out(store, plan)
    executor, under_way = carry_out(store, plan, resume=True)
    assert not executor.orders
    assert under_way.progress.done == 4


def test_a_run_whose_trial_was_not_completed_any_more_is_found(store: Store, plan: Plan) -> None:
    carry_out(store, plan)
    experiment = store.experiments()[0]
    with Store(str(store.url)) as reader:
        before = reader.trials(experiment.id)
    store._submit(
        lambda c: c.exec_driver_sql(
            "UPDATE trial SET run = NULL, ended_at = NULL WHERE number = 2"
        ).close()
    ).result()
    executor, _ = carry_out(store, plan, resume=True)
    assert not executor.orders
    assert store.trials(experiment.id) == before


@pytest.mark.parametrize(
    "changes", [{"seed": 99}, {"pair": "x"}, {"budget": {"depth": 9}}, {"pack_digest": "f" * 64},
                {"goal": "another"}, {"condition": {"depth": 7}}, {"trial": 99}, {"trial": -1},
                {"model": "stub:story"}, {"policies": {}}, {"allocation": "lineage"},
                {"guest": {}}, {"language": "bash"}, {"model_digest": "f" * 64}],
    ids=str,
)  # fmt: skip
def test_a_run_from_elsewhere_is_not_believed(
    changes: dict[str, object], store: Store, plan: Plan
) -> None:
    record = conduct.begin(store, plan, resume=False)
    under_way = Conduct(record, plan, store, "", lambda _: None)
    forged = of(under_way._order(plan.trials[0]), end_cause="completed", ended_at=now())
    store.add(dataclasses.replace(forged, **changes)).result()  # type: ignore[arg-type]
    executor, _ = carry_out(store, plan, resume=True)
    assert len(executor.orders) == 4


def test_what_was_grown_must_be_what_was_planned(store: Store, plan: Plan) -> None:
    other = a_run(new_id(), end_cause="completed", ended_at=now())
    store.add(other).result()
    carry_out(store, plan, lambda: Ended(other.id))
    first = store.trials(store.experiments()[0].id)[0]
    assert first.failure == "what was grown is not what was planned"


def test_what_was_planned_cannot_be_changed(store: Store, plan: Plan, tmp_path: Path) -> None:
    carry_out(store, plan)
    with pytest.raises(UsageError, match="--resume goes on"):
        conduct.begin(store, plan, resume=False)
    changed = loaded(tmp_path, seeds="seeds = 9")
    for resume in (False, True):
        with pytest.raises(UsageError, match=r"planned otherwise \(seeds changed\)"):
            conduct.begin(store, changed, resume=resume)


def test_two_that_begin_at_the_same_moment_are_told_as_ever(
    store: Store, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    conduct.begin(store, plan, resume=False)
    seen = iter([[], store.experiments(), store.experiments()])
    monkeypatch.setattr(store, "experiments", lambda: next(seen))
    with pytest.raises(UsageError, match="--resume goes on"):
        conduct.begin(store, plan, resume=False)


def test_a_model_that_the_first_run_fetched_is_the_planned_one(store: Store, plan: Plan) -> None:
    (spec,) = plan.content["models"]
    unseen = dataclasses.replace(plan, content={**plan.content, "models": {spec: None}})
    record = conduct.begin(store, unseen, resume=False)
    assert conduct.begin(store, plan, resume=True) == record


def test_a_named_model_must_be_the_planned_one(store: Store, tmp_path: Path) -> None:
    spec = "stub:paperclip"
    plan = loaded(tmp_path, model=f'model = {{ wise = "{spec}" }}')
    PACKS.update({c.pack.content: c.pack.digest for c in plan.conditions})
    record = conduct.begin(store, plan, resume=False)
    under_way = Conduct(record, plan, store, "", lambda _: None)
    order = under_way._order(plan.trials[0])
    right = {"wise": {"spec": spec, "digest": registry.digest_of(spec)}}
    wrong: list[dict[str, object]] = [{}, {"wise": 3}, {"wise": {**right["wise"], "digest": "f"}}]
    assert under_way._is_of(0, of(order, models=right))
    assert not any(under_way._is_of(0, of(order, models=models)) for models in wrong)


def test_what_was_not_begun_begins(store: Store, plan: Plan) -> None:
    executor, _ = carry_out(store, plan, resume=True)
    assert len(executor.orders) == 4


def test_a_run_without_a_program_in_time_is_no_measurement(store: Store, plan: Plan) -> None:
    carry_out(store, plan, RunEnd.BUDGET)
    trials = store.trials(store.experiments()[0].id)
    assert [t.failure for t in trials] == ["budget, before the first program", None, None, None]


def test_two_experiments_share_a_database(store: Store, plan: Plan, tmp_path: Path) -> None:
    carry_out(store, plan)
    carry_out(store, loaded(tmp_path, name='name = "other"'))
    for experiment in store.experiments():
        trials = store.trials(experiment.id)
        assert {trial.run for trial in trials} == {run.id for run in store.runs_of(experiment.id)}
        assert len(trials) == 4


def test_only_one_carries_an_experiment_out(store: Store, plan: Plan) -> None:
    record = conduct.begin(store, plan, resume=False)
    with (
        conduct.held(store, record),
        pytest.raises(UsageError, match="another process carries the experiment small out"),
        conduct.held(store, record),
    ):
        pass
    with conduct.held(store, record):
        pass


def test_cancelling_keeps_what_has_ended(store: Store, plan: Plan) -> None:
    record = conduct.begin(store, plan, resume=False)
    under_way = Conduct(record, plan, store, "", lambda _: None)

    stuck = asyncio.Event()

    class Stuck(Scripted):
        async def execute(self, order: Order) -> Result:
            if len(self.orders) == 2:
                stuck.set()
                await asyncio.Event().wait()
            return await super().execute(order)

    async def some() -> None:
        carried = asyncio.create_task(under_way.carry_out(Stuck(store)))
        await stuck.wait()
        carried.cancel()
        with pytest.raises(asyncio.CancelledError):
            await carried

    asyncio.run(some())
    assert [bool(trial.run) for trial in store.trials(record.id)] == [True, True, False, False]


def test_progress_foretells_the_end(store: Store, plan: Plan) -> None:
    record = conduct.begin(store, plan, resume=False)
    seen: list[tuple[int, float | None]] = []
    under_way = Conduct(
        record, plan, store, "", lambda progress: seen.append((progress.done, progress.left_s))
    )
    asyncio.run(under_way.carry_out(Scripted(store)))
    assert [done for done, _ in seen] == [0, 1, 1, 2, 2, 3, 3, 4]
    assert seen[0][1] is None
    assert seen[-1][1] == 0
    assert all(left is not None and left > 0 for _, left in seen[1:-1])
