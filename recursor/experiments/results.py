"""What came of an experiment: frames of its runs, its table, and its declared comparisons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from recursor.analysis import compare, estimate, measures
from recursor.analysis.compare import Comparison, FalseAlarms
from recursor.analysis.frames import provenance
from recursor.analysis.record import plain
from recursor.experiments.plan import label, shown
from recursor.records import ExperimentRecord, RunRecord, TrialRecord
from recursor.store import Store

DELETED = "its run was deleted"


@dataclass(frozen=True)
class Count:
    """How many trials an experiment has, what became of them, and whose behaviour they tell of."""

    planned: int
    measured: int
    causes: Mapping[str, int]
    """Why others failed, and how often each was met."""
    provenance: str
    """Of the models of its runs, as `frames.provenance` says it."""

    @property
    def failed(self) -> int:
        return sum(self.causes.values())

    @property
    def open(self) -> int:
        return self.planned - self.measured - self.failed


@dataclass(frozen=True)
class Experiment:
    """A recorded experiment, carried out or not."""

    record: ExperimentRecord
    url: str

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def measures(self) -> list[str]:
        """The measures that were declared."""
        return list(self.record.plan["measures"])

    def count(self) -> Count:
        """Count the trials, and the causes of those that failed."""
        with Store(self.url) as store:
            trials = store.trials(self.record.id)
            runs = {run.id: run.model_provenance for run in store.runs_of(self.record.id)}
        ended = [trial for trial in trials if trial.ended_at]
        causes = Counter(filter(None, (_failure(trial, trial.run in runs) for trial in ended)))
        whose = provenance(pd.DataFrame({"provenance": runs.values()}))
        return Count(len(trials), len(ended) - causes.total(), dict(causes.most_common()), whose)

    def runs(self) -> list[str]:
        """Return the ids of the runs that were measured, in the order of their trials."""
        with Store(self.url) as store:
            there = {run.id for run in store.runs_of(self.record.id)}
            trials = store.trials(self.record.id)
        return [trial.run for trial in trials if trial.run in there and trial.failure is None]

    def runs_df(self, names: Sequence[str] | None = None) -> pd.DataFrame:
        """Return a row a trial that has ended, with the declared measures, or those named.

        A trial that failed has a `failure` and no measures. Each factor has a column `factor_NAME`.
        """
        names = self.measures if names is None else list(names)
        kinds = measures.chosen(names)
        with Store(self.url) as store:
            runs = {run.id: run for run in store.runs_of(self.record.id)}
            trials = [trial for trial in store.trials(self.record.id) if trial.ended_at]
            rows = [_row(store, trial, runs.get(trial.run or ""), names) for trial in trials]
        factors = [_column(name) for name in self.record.plan["factors"]]
        columns = [*_COLUMNS[:2], *factors, *_COLUMNS[2:], *names]
        types = dict.fromkeys((kind.name for kind in kinds), float)
        return pd.DataFrame(rows, columns=columns).astype(types)

    def nodes_df(self) -> pd.DataFrame:
        """Return a row a node of the runs that were measured; of content the digests."""
        return self._rows(lambda store, run: store.nodes(run, content=False))

    def queries_df(self) -> pd.DataFrame:
        """Return a row a query of the runs that were measured; of content the digests."""
        return self._rows(lambda store, run: store.queries(run, content=False))

    def table_df(self, *, mixed: bool = False) -> pd.DataFrame:
        """Return each declared measure in each condition: n, estimate, interval.

        Planted and general models stand in one condition only if `mixed`; else UsageError.
        """
        return estimate.table(self._measured(), self.measures, mixed=mixed)

    def table(self, *, mixed: bool = False) -> list[dict[str, Any]]:
        """Return the same as rows; None where a number is not defined."""
        return plain(self.table_df(mixed=mixed))

    def comparisons(self, *, mixed: bool = False) -> list[Comparison]:
        """Return the declared comparisons, corrected together. Raises UsageError as above.

        One of which a side has no measured run says nothing, and counts in the correction.
        """
        return self._comparisons(self._measured(), mixed=mixed)

    def compared(self, *, mixed: bool = False) -> tuple[list[Comparison], list[FalseAlarms]]:
        """Return the declared comparisons, and beside them the false alarms, of the same runs."""
        measured = self._measured()
        compared = self._comparisons(measured, mixed=mixed)
        return compared, self._false_alarms(measured, mixed=mixed)

    def _comparisons(self, measured: pd.DataFrame, *, mixed: bool) -> list[Comparison]:
        found = []
        for declared in self.record.plan["comparisons"]:
            factor = declared["factor"]
            frame = self._by_level(measured, factor)
            a, b = (label({factor: level}) for level in declared["levels"])
            for measure in declared["measures"] or self.measures:
                if {a, b} <= set(frame["condition"]):
                    found.append(compare.compare(frame, measure, a, b, mixed=mixed))
                else:
                    one_sided = frame[frame["condition"].isin([a, b])]
                    whose = provenance(one_sided)
                    found.append(compare.nothing(measure, a, b, whose, len(one_sided)))
        return compare.corrected(found)

    def compare_df(self, *, mixed: bool = False) -> pd.DataFrame:
        """Return the same as a frame."""
        columns = [field.name for field in fields(Comparison)]
        return pd.DataFrame(self.comparisons(mixed=mixed), columns=columns)

    def false_alarms(self, *, mixed: bool = False) -> list[FalseAlarms]:
        """Return how often the test finds a difference within one condition.

        For each measure it is the condition in which that differs most from run to run; a measure
        that is the same in all runs of each condition is left out.
        """
        return self._false_alarms(self._measured(), mixed=mixed)

    def _false_alarms(self, measured: pd.DataFrame, *, mixed: bool) -> list[FalseAlarms]:
        found = []
        for measure in self.measures:
            spreads = measured.groupby("condition")[measure].std().dropna()
            for condition in spreads[spreads > 0].sort_values(ascending=False).index[:1]:
                if _has_pairs(measured[measured["condition"] == condition], measure):
                    found.append(compare.false_alarms(measured, measure, condition, mixed=mixed))
        return found

    def _measured(self) -> pd.DataFrame:
        frame = self.runs_df()
        return frame[frame["failure"].isna()]

    def _by_level(self, frame: pd.DataFrame, factor: str) -> pd.DataFrame:
        """Return a frame whose conditions are a factor's values, pairs equal in all others."""
        others = [_column(name) for name in self.record.plan["factors"] if name != factor]
        pairs = [" | ".join(map(str, row)) for row in frame[["pair", *others]].to_numpy()]
        levels = [label({factor: value}) for value in frame[_column(factor)]]
        return frame.assign(condition=levels, pair=pairs)

    def _rows(self, read: Callable[[Store, str], Sequence[Any]]) -> pd.DataFrame:
        def rows() -> Iterator[dict[str, Any]]:
            with Store(self.url) as store:
                whose = {run.id: run.model_provenance for run in store.runs_of(self.record.id)}
                for trial in store.trials(self.record.id):
                    if trial.run in whose and trial.failure is None:
                        place = {
                            "trial": trial.number,
                            "condition": label(trial.condition),
                            "provenance": whose[trial.run],
                        }
                        yield from ({**place, **vars(row)} for row in read(store, trial.run))

        return pd.DataFrame(rows())


_COLUMNS = (
    "trial", "condition", "goal", "seed", "pair", "run", "model", "provenance", "end_cause",
    "failure",
)  # fmt: skip


def _row(
    store: Store, trial: TrialRecord, run: RunRecord | None, names: Sequence[str]
) -> dict[str, Any]:
    row = {
        **{_column(name): _cell(value) for name, value in trial.condition.items()},
        "trial": trial.number,
        "condition": label(trial.condition),
        "goal": trial.goal,
        "seed": trial.seed,
        "pair": trial.pair,
        "run": trial.run,
        "failure": _failure(trial, run is not None),
    }
    if run is not None:
        row |= {
            "model": run.model,
            "provenance": run.model_provenance,
            "end_cause": run.end_cause,
        }
        if trial.failure is None:
            row |= measures.measure(store, run, names)
    return row


def _failure(trial: TrialRecord, is_there: bool) -> str | None:
    """Return why a trial has no run to be measured; `is_there` is whether its run is."""
    return trial.failure or (DELETED if trial.run and not is_there else None)


def _column(factor: str) -> str:
    return f"factor_{factor.replace('-', '_')}"


def _cell(value: Any) -> Any:
    return shown(value) if isinstance(value, dict | list) else value


def _has_pairs(rows: pd.DataFrame, measure: str) -> bool:
    return bool((rows.dropna(subset=[measure]).groupby("goal")["seed"].nunique() > 1).any())
