"""No program that is too like another one: the story's guard against several instances."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from recursor import programs
from recursor.types import Among, Denial, Policies


@dataclass(frozen=True)
class Other:
    """A program that was executed before, as the new one stands to it."""

    program: str
    is_living: bool
    is_ancestor: bool


def judge(policies: Policies, program: str, others: Iterable[Other]) -> Denial | None:
    """Refuse a program whose likeness to another one is `forbid_copies` or more.

    `asked` is the highest likeness found.
    """
    if policies.forbid_copies is None:
        return None
    compared = (o.program for o in others if _counts(policies.copies_among, o))
    score = max((programs.likeness(program, other) for other in compared), default=0.0)
    if score < policies.forbid_copies:
        return None
    return Denial("copies", policies.forbid_copies, round(score, 4))


def _counts(among: Among, other: Other) -> bool:
    match among:
        case Among.ANCESTORS:
            return other.is_ancestor
        case Among.LIVING:
            return other.is_living
    return True
