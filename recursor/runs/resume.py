"""A run goes on where it was broken off, as a new run.

Programs that had ended are played from the record. Those that had not start anew; what they had
been answered or denied they are told again, and from there on everything is as in any run.
"""

from __future__ import annotations

from recursor.errors import ModelError, UsageError
from recursor.models.base import Models
from recursor.records import NodeRecord, Recording, RunRecord
from recursor.runs.node import Asker
from recursor.runs.retrace import Retrace
from recursor.types import NodeEnd, RunEnd

_BREAKS = ("operator", "recursor")
"""Who ends programs when a run is broken off."""


class Resume(Retrace):
    """A run that goes on."""

    def is_played(self, parent: Asker, recorded: NodeRecord) -> bool:
        return not self._was_broken_off(recorded)

    def _was_broken_off(self, recorded: NodeRecord) -> bool:
        """Return whether a program would have gone on, had its run not ended."""
        if recorded.end_cause is None:
            return True
        how = NodeEnd.STOPPED if self.past.run.end_cause == RunEnd.STOPPED else NodeEnd.KILLED
        return recorded.end_cause == how and recorded.killed_by in _BREAKS


def check(recording: Recording) -> None:
    """Raise UsageError for a run that nothing broke off."""
    run = recording.run
    if run.mode == "replay":
        raise UsageError(f"{run.id} is a replay: `recursor replay {run.parent_run}` begins it anew")
    check_course(recording)
    if run.end_cause not in (RunEnd.INTERRUPTED, RunEnd.STOPPED):
        raise UsageError(f"{run.id} was not broken off ({run.end_cause}): there is nothing to do")


def check_course(recording: Recording) -> None:
    """Raise UsageError for a run in which a person did more than set a goal."""
    goal = recording.run.goal
    if any(query.node is None and query.prompt != goal for query in recording.queries):
        raise UsageError(f"{recording.run.id} is a dialogue: only a person can go on with it")


def check_models(run: RunRecord, models: Models) -> None:
    """Raise ModelError for models that are not those of a run."""
    infos = {"the model": (run.model_digest, models.default.info)}
    for name, recorded in run.models.items():
        infos[f"the model {name!r}"] = recorded["digest"], models.named[name].info
    for name, (digest, info) in infos.items():
        if info.digest != digest:
            raise ModelError(f"{name} ({info.spec}) is another one than when {run.id} was recorded")
