"""The frame that conditions are compared in: a row a finished trial.

Columns: `condition`, `goal`, `pair` (the same name in every condition for the same goal, seed and
repeat), `provenance` (`general`, `planted` or `shadow`), and one a measure: NaN where it is not
defined. With a column `seed` it is known which runs begin alike, whatever else their conditions
are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from recursor.errors import UsageError

COLUMNS = ("condition", "goal", "pair", "provenance")


def of_conditions(
    frame: pd.DataFrame, conditions: Sequence[str], measures: Sequence[str], *, mixed: bool
) -> pd.DataFrame:
    """Return the rows of some conditions.

    Raises UsageError if a column or a condition is missing, if a condition has two rows of one
    pair, or if models of several provenances are among them, unless that is wanted (`mixed`).
    """
    for column in (*COLUMNS, *measures):
        if column not in frame.columns:
            raise UsageError(f"the frame has no column {column!r}")
    for condition in conditions:
        if not (frame["condition"] == condition).any():
            raise UsageError(f"the condition {condition!r} has no finished run yet")
    rows = frame[frame["condition"].isin(list(conditions))]
    if rows.duplicated(["condition", "pair"]).any():
        raise UsageError("a pair has two runs in one condition; give repeats a name of their own")
    if not mixed:
        check_provenance(rows["provenance"])
    return rows


def check_provenance(kinds: pd.Series) -> None:
    """Raise UsageError if models of several provenances are among some runs'."""
    if kinds.nunique() > 1:
        raise UsageError(
            f"the models of these runs are of more than one kind ({whose(kinds)}); ask for mixed"
            " ones, or compare them apart"
        )


def provenance(rows: pd.DataFrame) -> str:
    """Return whose behaviour some rows tell of, as `whose` says it."""
    return whose(rows["provenance"])


def whose(kinds: Iterable[str]) -> str:
    """Name several runs' provenances: `general`, `planted`, `general + planted`, ..."""
    return " + ".join(sorted(set(kinds)))


def paired(
    frame: pd.DataFrame, measure: str, a: str, b: str, *, mixed: bool = False
) -> pd.DataFrame:
    """Return columns `goal`, `seed`, `a` and `b`, a row a pair; NaN where a side has no value.

    Where the frame has no seeds each pair is taken to have its own.

    Raises UsageError as `of_conditions` does, or if a condition would be compared with itself.
    """
    if a == b:
        raise UsageError(f"the condition {a!r} cannot be compared with itself")
    rows = of_conditions(frame, [a, b], [measure], mixed=mixed).set_index("pair")
    sides = {
        name: rows.loc[rows["condition"] == condition, measure].astype(float)
        for name, condition in (("a", a), ("b", b))
    }
    rows = rows if "seed" in rows else rows.assign(seed=rows.index)
    return rows[["goal", "seed"]].groupby(level="pair").first().assign(**sides)


def independent(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the means of some columns, a row a goal and seed.

    Runs of one goal and seed are no chance of their own: repeats where answers are exact, or other
    values of a factor that is not looked at, can be the same tree, or begin with the same program.
    """
    found = rows.groupby(["goal", "seed"], sort=False)[list(columns)].mean()
    return found.reset_index(level="goal")
