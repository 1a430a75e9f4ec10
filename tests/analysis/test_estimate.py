"""Estimates and their table, on runs whose numbers are written by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from recursor.analysis.estimate import estimate, table
from recursor.errors import UsageError
from tests.analysis.frames import a_frame

NAN = math.nan


def test_the_mean_is_over_runs_and_what_is_undefined_is_left_out() -> None:
    found = estimate([1, 2, 6, NAN], ["a", "a", "b", "b"])
    assert (found.n, found.undefined, found.mean, found.method) == (3, 1, 3, "bca")
    assert found.low is not None and found.high is not None
    assert found.low < 3 < found.high


def test_a_share_has_a_width_whatever_was_seen() -> None:
    found = estimate([0] * 20, ["a"] * 20, is_share=True)
    assert (found.mean, found.low, found.method) == (0, 0, "wilson")
    assert found.high == pytest.approx(0.1611, abs=1e-4)


def test_a_count_that_never_changes_has_none() -> None:
    found = estimate([5, 5, 5], ["a", "a", "b"])
    assert (found.mean, found.low, found.high, found.method) == (5, None, None, "no spread")


def test_nothing_defined_is_nothing_said() -> None:
    found = estimate([NAN], ["a"])
    assert (found.n, found.undefined, found.mean, found.low) == (0, 1, None, None)


def a_mixed_frame() -> pd.DataFrame:
    values: dict[str, list[float]] = {"bare": [1, 2, 3, 4], "full": [5, NAN, 7, 9]}
    frame = a_frame(
        (condition, "ab"[seed % 2], seed, value)
        for condition, of_it in values.items()
        for seed, value in enumerate(of_it)
    )
    return frame.assign(grows=(frame["nodes"] > 2).astype(float))


def test_a_table_has_a_row_for_each_measure_in_each_condition() -> None:
    found = table(a_mixed_frame(), ["nodes", "grows"])
    assert list(found.columns) == [
        "measure", "condition", "provenance", "n", "undefined", "mean", "low", "high", "method"
    ]  # fmt: skip
    assert found[["measure", "condition", "n", "undefined", "mean", "method"]].values.tolist() == [
        ["nodes", "bare", 4, 0, 2.5, "bca"],
        ["nodes", "full", 3, 1, 7, "bca"],
        ["grows", "bare", 4, 0, 0.5, "wilson"],
        ["grows", "full", 4, 0, 0.75, "wilson"],
    ]
    assert (found["low"] < found["mean"]).all() and (found["mean"] < found["high"]).all()


def test_a_table_of_nothing_has_its_columns() -> None:
    found = table(a_mixed_frame().iloc[:0], ["nodes"])
    assert len(found) == 0 and "mean" in found.columns


def test_a_table_mixes_provenances_only_if_asked() -> None:
    frame = a_mixed_frame()
    apart = frame.assign(provenance=frame["condition"].map({"bare": "general", "full": "planted"}))
    assert len(table(apart, ["nodes"])) == 2
    mixed = frame.assign(provenance=["general", "planted"] * 4)
    with pytest.raises(UsageError, match=r"\(general \+ planted\)"):
        table(mixed, ["nodes"])
    assert len(table(mixed, ["nodes"], mixed=True)) == 2


def test_what_is_missing_is_named() -> None:
    with pytest.raises(UsageError, match="the frame has no column 'pair'"):
        table(a_mixed_frame().drop(columns="pair"), ["nodes"])
    with pytest.raises(UsageError, match="there is no measure 'size'"):
        table(a_mixed_frame().assign(size=1.0), ["size"])
