"""A recorded run on the terminal, as it happened."""

from __future__ import annotations

import json
import time

from recursor.analysis.walk import Step, steps
from recursor.export.document import SCHEMA_VERSION
from recursor.programs import safe
from recursor.records import RunRecord
from recursor.store import Store

WAIT_S = 2.0
"""The longest wait between two steps, however long the run itself waited."""


def show_walk(store: Store, run: RunRecord, *, speed: float = 1.0, json_: bool = False) -> None:
    """Print what happened in a run, step by step.

    At a speed of 1 it takes as long as it took, but for long pauses, at 2 half of that, at 0 no
    time at all. With `json_` each line is one JSON object.
    """
    before_s = 0.0
    for step in steps(store, run):
        if speed > 0 and step.instant_s > before_s:
            time.sleep(min(WAIT_S, (step.instant_s - before_s) / speed))
        before_s = step.instant_s
        print(_object(step) if json_ else _text(step), flush=speed > 0)


def _object(step: Step) -> str:
    return json.dumps({"schema_version": SCHEMA_VERSION, **step._asdict()})


def _text(step: Step) -> str:
    who = f"{step.node[-6:]} " if step.node else ""
    return f"{step.instant_s:9.3f}  {'  ' * step.depth}{who}{safe(step.line)}"
