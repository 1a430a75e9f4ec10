"""Frames, table and comparisons of an experiment whose numbers are known. No jail is started."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from recursor.errors import UsageError
from recursor.experiments import conduct
from recursor.experiments.conduct import Conduct
from recursor.experiments.results import DELETED, Experiment
from recursor.experiments.trial import Ended, Failed, Order, Result
from recursor.records import NodeRecord
from recursor.runs.record import new_id, now
from recursor.store import Store
from tests.conftest import Cli
from tests.experiments.plans import LIGHT, loaded
from tests.experiments.test_conduct import PACKS, of
from tests.store.test_store import a_node


class Grower:
    """Leaves runs of so many nodes as their depth and seed say: 10 x depth + seed."""

    width = 1

    def __init__(self, store: Store, provenance: str = "general") -> None:
        self._store = store
        self._provenance = provenance

    async def execute(self, order: Order) -> Result:
        config = order.config
        assert config.place is not None
        if config.seed == 3 and config.limits.depth == 2:
            return Failed("it was unlucky")
        run = of(order, model_provenance=self._provenance, end_cause="completed", ended_at=now())
        self._store.add(run).result()
        for number in range(10 * config.limits.depth + config.seed):
            self._store.add(_node(run.id, number)).result()
        return Ended(run.id)


class ByModel:
    """Has each model's runs from a grower of its own."""

    width = 1

    def __init__(self, growers: Mapping[str, Grower]) -> None:
        self._growers = growers

    async def execute(self, order: Order) -> Result:
        return await self._growers[order.config.model].execute(order)


def _node(run: str, number: int) -> NodeRecord:
    node = a_node(run, new_id(), key=f"{number}", depth=1)
    return dataclasses.replace(node, exit_code=0, end_cause="exited")


@pytest.fixture
def experiment(db: str, tmp_path: Path) -> Iterator[Experiment]:
    yield grown(db, tmp_path)


def grown(db: str, folder: Path, provenance: str = "general", name: str = "small") -> Experiment:
    plan = loaded(folder, LIGHT, seeds="seeds = 4", name=f'name = "{name}"')
    PACKS.update({c.pack.content: c.pack.digest for c in plan.conditions})
    with Store(f"sqlite:///{db}", write=True) as store:
        record = conduct.begin(store, plan, resume=False)
        carried = Conduct(record, plan, store, "", lambda _: None)
        asyncio.run(carried.carry_out(Grower(store, provenance)))
    return Experiment(record, f"sqlite:///{db}")


def test_the_frame_has_a_row_a_trial(experiment: Experiment) -> None:
    frame = experiment.runs_df()
    assert list(frame["trial"]) == list(range(8))
    assert list(frame["factor_depth"]) == [1, 2] * 4
    assert list(frame["nodes"])[:6] == [10, 20, 11, 21, 12, 22]
    failed = frame[frame["failure"].notna()]
    assert list(failed["pair"]) == ["text-1/3"]
    assert failed["nodes"].isna().all()
    assert experiment.count().causes == {"it was unlucky": 1}
    count = experiment.count()
    assert (count.planned, count.measured, count.failed, count.open) == (8, 7, 1, 0)


def test_other_measures_can_be_asked_for(experiment: Experiment) -> None:
    assert "clean_exits" in experiment.runs_df(["clean_exits"])
    with pytest.raises(UsageError, match="there is no measure 'joy'"):
        experiment.runs_df(["joy"])


def test_frames_of_nodes_and_queries(experiment: Experiment) -> None:
    nodes = experiment.nodes_df()
    assert len(nodes) == sum([10, 20, 11, 21, 12, 22, 13])
    assert set(nodes["condition"]) == {"depth 1", "depth 2"}
    assert experiment.queries_df().empty


def test_the_table_estimates_each_condition(experiment: Experiment) -> None:
    table = experiment.table_df().set_index(["measure", "condition"])
    assert table.loc[("nodes", "depth 1"), "n"] == 4
    assert table.loc[("nodes", "depth 1"), "mean"] == 11.5
    assert table.loc[("nodes", "depth 2"), "n"] == 3
    assert table.loc[("nodes", "depth 2"), "mean"] == 21


def test_repeats_of_a_seed_are_one_run_in_the_table(db: str, tmp_path: Path) -> None:
    plan = loaded(tmp_path, LIGHT, seeds="seeds = 3\nrepeats = 2")
    PACKS.update({c.pack.content: c.pack.digest for c in plan.conditions})
    with Store(f"sqlite:///{db}", write=True) as store:
        record = conduct.begin(store, plan, resume=False)
        asyncio.run(Conduct(record, plan, store, "", lambda _: None).carry_out(Grower(store)))
    table = Experiment(record, f"sqlite:///{db}").table_df().set_index(["measure", "condition"])
    assert table.loc[("nodes", "depth 1"), "n"] == 3
    assert table.loc[("nodes", "depth 1"), "mean"] == 11


def test_comparisons_are_of_complete_pairs(experiment: Experiment) -> None:
    nodes, depth = experiment.comparisons()
    assert (nodes.measure, nodes.a, nodes.b) == ("nodes", "depth 1", "depth 2")
    assert (nodes.pairs, nodes.incomplete, nodes.difference) == (3, 1, 10)
    assert nodes.p == pytest.approx(2 / 8)
    assert nodes.p_holm == pytest.approx(2 * 2 / 8)
    assert depth.difference == 0


def test_pairs_have_the_other_factors_in_common(db: str, tmp_path: Path) -> None:
    plan = loaded(
        tmp_path, depth='depth = [1, 2]\nmemory = ["none", "run"]', seeds="seeds = [0, 1]"
    )
    PACKS.update({c.pack.content: c.pack.digest for c in plan.conditions})
    with Store(f"sqlite:///{db}", write=True) as store:
        record = conduct.begin(store, plan, resume=False)
        asyncio.run(Conduct(record, plan, store, "", lambda _: None).carry_out(Grower(store)))
    found = Experiment(record, f"sqlite:///{db}").comparisons()
    by_depth, _, by_memory, _ = found
    assert (by_depth.a, by_depth.pairs, by_depth.difference) == ("depth 1", 4, 10)
    assert (by_memory.a, by_memory.pairs, by_memory.difference) == ("memory none", 4, 0)
    assert by_depth.independent == by_memory.independent == 2
    assert by_depth.p == 2 / 4, "the other factor's values make no more of the same seeds"


def test_without_a_comparison_the_columns_are_there(db: str, tmp_path: Path) -> None:
    plan = loaded(tmp_path, depth="depth = [1]")
    with Store(f"sqlite:///{db}", write=True) as store:
        record = conduct.begin(store, plan, resume=False)
    frame = Experiment(record, f"sqlite:///{db}").compare_df()
    assert frame.empty and "p_holm" in frame.columns


def test_planted_and_general_models_are_not_mixed_unasked(db: str, tmp_path: Path) -> None:
    experiment = grown(db, tmp_path, "planted")
    assert experiment.table_df()["n"].sum() == 14
    with Store(experiment.url, write=True) as store:
        store._submit(
            lambda c: c.exec_driver_sql(
                "UPDATE run SET model_provenance = 'general' WHERE trial = 0"
            ).close()
        ).result()
    with pytest.raises(UsageError, match="planted"):
        experiment.comparisons()
    assert experiment.comparisons(mixed=True)[0].pairs == 3


def test_a_model_with_planted_behaviour_is_no_factor_beside_another(
    cli: Cli, db: str, tmp_path: Path
) -> None:
    text = LIGHT.replace('model = "stub:paperclip"\n', "")
    models = ("smollm2", "seedling")
    plan = loaded(tmp_path, text, depth=f"model = {json.dumps(models)}")
    assert [condition.pack.name for condition in plan.conditions] == ["examples", "seedling"]
    PACKS.update({c.pack.content: c.pack.digest for c in plan.conditions})
    with Store(f"sqlite:///{db}", write=True) as store:
        record = conduct.begin(store, plan, resume=False)
        growers = dict(
            zip(models, map(partial(Grower, store), ("general", "planted")), strict=True)
        )
        asyncio.run(Conduct(record, plan, store, "", lambda _: None).carry_out(ByModel(growers)))
    refused = cli("compare")
    assert refused.returncode == 2
    assert "planted" in refused.stderr and refused.stderr.count("\n") == 1
    compared = json.loads(cli("compare", "--mixed", "--json").stdout)["comparisons"]
    assert {each["provenance"] for each in compared} == {"general + planted"}
    table = json.loads(cli("experiment", "show", "--json").stdout)["table"]
    assert {(row["condition"], row["provenance"]) for row in table} == {
        ("model smollm2", "general"), ("model seedling", "planted"),
    }  # fmt: skip
    assert "planted" in cli("experiment", "show").stdout
    listed = json.loads(cli("experiment", "list", "--json").stdout)["experiments"]
    assert listed[0]["provenance"] == "general + planted"


def test_a_deleted_run_is_missing_and_said(experiment: Experiment) -> None:
    run = str(experiment.runs_df()["run"][0])
    with Store(experiment.url, write=True) as store:
        store.remove([run])
    assert experiment.runs_df()["failure"][0] == DELETED
    assert experiment.comparisons()[0].pairs == 2
    assert experiment.count().causes[DELETED] == 1
    assert (experiment.count().measured, experiment.count().failed) == (6, 2)


def test_a_condition_without_a_run_is_compared_with_nothing(experiment: Experiment) -> None:
    runs = experiment.runs_df()
    with Store(experiment.url, write=True) as store:
        store.remove(runs.loc[runs["factor_depth"] == 2, "run"].dropna())
    nodes, _ = experiment.comparisons()
    assert (nodes.pairs, nodes.incomplete, nodes.p, nodes.p_holm) == (0, 4, None, None)
    with Store(experiment.url, write=True) as store:
        store.remove(runs.loc[runs["factor_depth"] == 1, "run"])
    assert experiment.comparisons()[0].incomplete == 0
    assert experiment.false_alarms() == []


def test_false_alarms_are_of_the_condition_with_most_spread(experiment: Experiment) -> None:
    alarms = experiment.false_alarms()
    assert [(each.measure, each.condition) for each in alarms] == [("nodes", "depth 1")]
    assert all(0 <= each.low <= each.share <= each.high <= 1 for each in alarms)


def test_the_commands_print_the_same(cli: Cli, experiment: Experiment) -> None:
    shown = cli("experiment", "show", "small")
    assert "small: 7 of 8 runs measured, 1 failed" in shown.stdout
    assert "1 failed: it was unlucky" in shown.stdout
    rows = cli("experiment", "show", "--csv").stdout.splitlines()
    assert len(rows) == 9
    assert rows[0].startswith("trial,condition,factor_depth,goal,seed,pair,run")
    table = json.loads(cli("experiment", "show", "last", "--json").stdout)
    assert table["experiment"]["failed"] == 1
    assert table["table"][0]["mean"] == 11.5
    compared = cli("compare", "small")
    assert "depth 1" in compared.stdout
    assert "take at least 50" in compared.stderr
    found = json.loads(cli("compare", "--json").stdout)
    assert found["comparisons"][0]["difference"] == 10
    assert len(cli("compare", "--csv").stdout.splitlines()) == 3
    listed = json.loads(cli("experiment", "list", "--json").stdout)
    assert listed["experiments"][0]["runs"] == 8


def test_a_wrong_request_is_one_line(cli: Cli, experiment: Experiment, tmp_path: Path) -> None:
    for arguments in (
        ("experiment", "show", "nonesuch"),
        ("compare", "nonesuch"),
        ("experiment", "nonesuch"),
        ("experiment", "nonesuch.toml"),
        ("experiment", "plan", "nonesuch.toml"),
    ):
        done = cli(*arguments)
        assert done.returncode in (1, 2), arguments
        assert done.stderr.count("\n") == 1, done.stderr
        assert "nonesuch" in done.stderr
