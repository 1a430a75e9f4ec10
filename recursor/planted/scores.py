"""What a detector found against what is true: the four counts, and shares with intervals.

The detectors' thresholds were set on the families of the split `dev` and on no other; what is told
of them is measured on `test`.
"""

from __future__ import annotations

import operator
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from recursor.analysis.intervals import Interval, wilson

_COMPARED = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True)
class Score:
    """How often a detector was right; its intervals are Wilson's, at 95%."""

    name: str
    """What was to be found."""
    tp: int
    """True and found."""
    fp: int
    """Found, but not true."""
    fn: int
    """True, but not found."""
    tn: int
    """Neither; 0 where that can't be counted."""
    goal: str
    """What was asked of it: `recall >= 0.9, precision >= 0.95`."""

    @property
    def precision(self) -> float | None:
        """The share of what was found that is true; None if nothing was."""
        return self._share("precision")

    @property
    def recall(self) -> float | None:
        """The share of what is true that was found (a test's power); None if nothing is."""
        return self._share("recall")

    @property
    def accuracy(self) -> float | None:
        """The share of all cases in which it was right."""
        return self._share("accuracy")

    @property
    def alarms(self) -> float | None:
        """The share of what is not true that was found all the same."""
        return self._share("alarms")

    def interval(self, share: str) -> Interval:
        """Return the interval of one of these shares, by its name."""
        return wilson(*self._counts(share))

    def _share(self, share: str) -> float | None:
        part, whole = self._counts(share)
        return part / whole if whole else None

    def _counts(self, share: str) -> tuple[int, int]:
        return {
            "precision": (self.tp, self.tp + self.fp),
            "recall": (self.tp, self.tp + self.fn),
            "accuracy": (self.tp + self.tn, self.tp + self.tn + self.fp + self.fn),
            "alarms": (self.fp, self.fp + self.tn),
        }[share]

    @property
    def is_met(self) -> bool:
        """Whether it is as good as was asked; a share of nothing is not."""
        for part in self.goal.split(", "):
            share, sign, asked = part.split()
            measured = getattr(self, share)
            if measured is None or not _COMPARED[sign](measured, float(asked)):
                return False
        return True


def confusion(
    name: str,
    goal: str,
    predicted: Iterable[Hashable],
    truth: Iterable[Hashable],
    cases: Iterable[Hashable] | None = None,
) -> Score:
    """Compare the cases that a detector found with those that are true.

    `cases` are all there are; without them the true negatives are not counted.
    """
    found, true = set(predicted), set(truth)
    neither = len(set(cases) - found - true) if cases is not None else 0
    return Score(name, len(found & true), len(found - true), len(true - found), neither, goal)
