"""A recorded run, told in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from recursor.programs import first_line
from recursor.records import RunRecord
from recursor.store import Moment, Store


class Step(NamedTuple):
    """One thing that happened."""

    instant_s: float
    """Since the run began."""
    node: str | None
    """None for the operator, and for what concerns the whole run."""
    depth: int
    kind: str
    """`run_begins`, `run_ends`, or what `store.Moment` calls it."""
    line: str


def steps(store: Store, run: RunRecord) -> Iterator[Step]:
    """Yield what happened in a run, in time order; no more of it is held than was under way."""
    begun_us, instant_s = _unix_us(run.started_at), 0.0
    goal = first_line(run.goal)
    begins = f"run begins: {goal} ({run.model_label}, {run.pack}, seed {run.seed})"
    yield Step(instant_s, None, 0, "run_begins", begins)
    for moment in store.moments(run.id):
        instant_s = (moment.time_us - begun_us) / 1e6
        yield Step(instant_s, moment.node, moment.depth, moment.kind, _line(moment))
    if run.ended_at is not None:
        instant_s = (_unix_us(run.ended_at) - begun_us) / 1e6
        yield Step(instant_s, None, 0, "run_ends", f"run ends: {run.end_cause}")
    elif run.end_cause is not None:
        yield Step(instant_s, None, 0, "run_ends", f"the record ends: {run.end_cause}")


def _line(moment: Moment) -> str:
    detail, text = moment.detail, first_line(moment.text) if moment.text else ""
    match moment.kind:
        case "query_asked":
            return f"asks: {text}"
        case "query_granted":
            return f"is answered, {detail['tokens']} tokens: {text}"
        case "query_denied":
            return f"is denied: {detail['limit']}"
        case "query_failed":
            return f"gets no answer: {first_line(detail['error'] or '')}"
        case "program_begins":
            kind = "program" if detail["kind"] == "jail" else detail["kind"]
            return f"{detail['language']} {kind} begins: {text}"
        case "program_ends":
            return _end(detail)
        case "refused":
            return f"a program is refused: {detail['denial']['limit']}: {text}"
    words = [moment.kind.replace("_", " "), *_words(detail)]
    return " ".join(words) + (f": {text}" if text else "")


def _end(detail: Mapping[str, Any]) -> str:
    if detail["end_cause"] == "exited":
        code = detail["exit_code"]
        return "ends" if code is None else f"ends: exit {code}"
    by = f", by {detail['killed_by']}" if detail["killed_by"] else ""
    return f"ends: {detail['end_cause']}{by}"


def _words(detail: Mapping[str, Any]) -> Iterator[str]:
    """Tell an event's detail, but for digests and what would need lines of its own."""
    for name, value in detail.items():
        if name == "denial":
            yield f"denied {value['limit']}"
        elif name != "sha256" and not isinstance(value, dict | list):
            yield f"{name} {first_line(str(value))}"


def _unix_us(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1e6)
