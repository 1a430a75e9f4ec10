"""Whether a record can be executed again: what a run reads of it is what a run writes.

Tables and their import say what a row can be (`store.transfer`); here is what must be in it for
more than being read. It is looked at once, before anything is made of it.
"""

from __future__ import annotations

from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
)
from pydantic import ValidationError as Invalid

from recursor.errors import StoreError
from recursor.records import NodeRecord, QueryRecord, Recording, RunRecord
from recursor.store.details import DETAILS, Denial
from recursor.types import Decision, EventKind, Language, NodeEnd


class _Part(BaseModel):
    """What is read of something; more may be there."""


class _Whole(BaseModel):
    """Something of which nothing else may be there."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class _Rendering(_Part):
    template: str
    tokens: dict[str, str] | None = None


class _Model(_Whole):
    spec: str
    digest: str
    family: str
    parameters: int | None
    quantisation: str | None
    engine: str
    rendering: _Rendering
    inference: dict[str, Any]
    provenance: str


class _Program(_Whole):
    language: Language
    text: str


class _Terms(_Whole):
    inside: str | None
    model: _Model
    models: dict[str, _Model]
    pack: str
    pack_content: str
    seed: NonNegativeInt
    answer_tokens: PositiveInt
    program_seconds: PositiveFloat


class _AllTerms(_Whole):
    inside: str | None
    before: list[_Terms]
    replaced: dict[str, _Program]


class _Run(_Part):
    rendering: _Rendering
    models: dict[str, _Model]
    terms: _AllTerms | None


class _Node(_Part):
    language: Language
    end_cause: NodeEnd | None
    link_coverage: tuple[float, float] | None


class _Parameters(_Part):
    max_tokens: PositiveInt
    temperature: NonNegativeFloat


class _Query(_Part):
    parameters: _Parameters
    decision: Decision
    denial: Denial | None
    prompt_tokens: NonNegativeInt | None
    answer_tokens: NonNegativeInt | None


class _Denied(_Part):
    denial: Denial


_ROWS: dict[type[Any], type[BaseModel]] = {
    RunRecord: _Run, NodeRecord: _Node, QueryRecord: _Query,
}  # fmt: skip
_TOLD_AGAIN = DETAILS.keys() - {EventKind.BAD_REQUEST, EventKind.UNKNOWN_COMMAND}
"""The kinds of events whose details a program is told, or the run does, once more."""


def check(recording: Recording) -> None:
    """Raise StoreError for a record that no run of ours could have left."""
    for row in (recording.run, *recording.nodes, *recording.queries):
        _validate(recording.run, _ROWS[type(row)], vars(row))
        if isinstance(row, QueryRecord) and row.decision == "denied":
            _validate(recording.run, _Denied, vars(row))
    for event in recording.events:
        if event.kind in _TOLD_AGAIN:
            _validate(recording.run, DETAILS[event.kind], event.detail)


def _validate(run: RunRecord, shape: type[BaseModel], values: Any) -> None:
    try:
        shape.model_validate(values)
    except Invalid as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise damaged(run, f"impossible {where}") from error


def damaged(run: RunRecord, what: str) -> StoreError:
    return StoreError(f"{run.id} is damaged and cannot be executed again: {what}")
