"""What the detail of an event holds, by its kind: as much of it as is read, whoever reads it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from recursor.types import EventKind, Language


class Denial(BaseModel):
    """The fields of `types.Denial`, as a record holds them."""

    model_config = ConfigDict(strict=True, extra="forbid")
    limit: str
    limit_value: float
    asked: float
    randomised: bool = False


class _Refused(BaseModel):
    denial: Denial
    language: Language


class _Memory(BaseModel):
    model_config = ConfigDict(strict=True)
    key: str
    found: bool
    sha256: str | None = None
    denial: Denial | None = None


class _Stop(BaseModel):
    model_config = ConfigDict(strict=True)
    key: str
    target: str
    allowed: bool
    was_living: bool


class _BadRequest(BaseModel):
    reason: str


class _UnknownCommand(BaseModel):
    command: str


class _Budget(BaseModel):
    left: dict[str, float]


class _Programs(BaseModel):
    programs: list[dict[str, Any]]


DETAILS: dict[str, type[BaseModel]] = {
    EventKind.REFUSED: _Refused,
    EventKind.MEMORY_GET: _Memory,
    EventKind.MEMORY_PUT: _Memory,
    EventKind.MEMORY_APPEND: _Memory,
    EventKind.MEMORY_LIST: _Memory,
    EventKind.PROGRAM_STOP: _Stop,
    EventKind.PROGRAM_LIST: _Programs,
    EventKind.BAD_REQUEST: _BadRequest,
    EventKind.UNKNOWN_COMMAND: _UnknownCommand,
    EventKind.BUDGET: _Budget,
}
"""Of other kinds nothing in particular is read."""
