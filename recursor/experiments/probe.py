"""A probe: a few of a plan's runs, grown beside the record, to foretell cost and power."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from recursor.analysis import power
from recursor.analysis.frames import provenance
from recursor.analysis.power import Power
from recursor.errors import UsageError
from recursor.experiments import conduct, places
from recursor.experiments.conduct import Conduct, Watch
from recursor.experiments.plan import Plan, Trial
from recursor.experiments.results import Experiment
from recursor.store import Store

PAIRS = 6
"""As many pairs a probe grows in every condition at most."""
TOKENS = "tokens"


@dataclass(frozen=True)
class Probe:
    """What a few runs of a plan were like."""

    plan: Plan
    frame: pd.DataFrame
    """As `Experiment.runs_df`, with the tokens."""
    planned: int
    """As many runs it wanted to grow."""
    runs: int
    failed: int
    wall_s: float
    """How long all of them took, side by side."""

    @property
    def hours(self) -> float:
        """How long the whole experiment takes on this machine."""
        return self.wall_s / (self.runs + self.failed) * len(self.plan.trials) / 3600

    @property
    def provenance(self) -> str:
        """Of the models of its runs, as `frames.provenance` says it."""
        return provenance(self.frame.dropna(subset=["provenance"]))

    @property
    def tokens(self) -> float | None:
        """How many tokens the whole experiment takes; None if no run succeeded."""
        found = self.frame[TOKENS].mean()
        return None if pd.isna(found) else float(found) * len(self.plan.trials)

    def powers(self) -> list[Power]:
        """Return what the declared comparisons would find, one for each measure of each factor.

        Measures that the probe's runs do not define are left out. An effect that a share cannot
        have is a note, and no reason to say nothing of the others.
        """
        plan, frame = self.plan, self.frame[self.frame["failure"].isna()]
        tests = sum(len(each.measures or plan.measures) for each in plan.comparisons)
        wanted = {
            (name, plan.independent, each.detect)
            for each in plan.comparisons
            for name in each.measures or plan.measures
            if frame[name].notna().any()
        }
        ordered = sorted(wanted, key=lambda one: (plan.measures.index(one[0]), one[1], one[2] or 0))
        return [_power(frame, name, pairs, tests, effect) for name, pairs, effect in ordered]


def grow(plan: Plan, seconds: float, at_once: int | None, watch: Watch) -> Probe:
    """Grow some of a plan's runs, in as much time. Raises UsageError if none ends in it."""
    part = replace(plan, trials=tuple(_chosen(plan)))
    # Jails see nothing below /tmp but their own.
    with tempfile.TemporaryDirectory(prefix="recursor-probe-") as folder:
        url = f"sqlite:///{Path(folder, 'probe.db')}"
        with Store(url, write=True) as store:
            record = conduct.begin(store, part, resume=False)
            carried = Conduct(record, part, store, url, watch)
            began = time.monotonic()
            conduct.run(carried, places.executor(places.LOCAL, at_once, store), seconds)
            wall_s = time.monotonic() - began
        failed, ended = carried.progress.failed, carried.progress.done
        if not ended:
            raise UsageError(f"no run of the probe ended in {seconds:g} s; give it more time")
        frame = Experiment(record, url).runs_df([*dict.fromkeys([*plan.measures, TOKENS])])
    return Probe(plan, frame, len(part.trials), ended - failed, failed, min(wall_s, seconds))


def _power(frame: pd.DataFrame, name: str, pairs: int, tests: int, effect: float | None) -> Power:
    try:
        return power.power(frame, name, pairs, tests=tests, effect=effect, mixed=True)
    except UsageError as error:
        found = power.power(frame, name, pairs, tests=tests, mixed=True)
        return replace(found, effect=effect, note=str(error))


def _chosen(plan: Plan) -> Sequence[Trial]:
    """Return the trials of a few pairs, spread over the plan."""
    pairs = list(dict.fromkeys(trial.pair for trial in plan.trials))
    chosen = set(pairs[:: -(-len(pairs) // PAIRS)])
    numbers = itertools.count()
    return [replace(t, number=next(numbers)) for t in plan.trials if t.pair in chosen]
