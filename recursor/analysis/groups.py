"""Nodes told apart by what they have in common, and runs by their experiment's condition."""

from __future__ import annotations

import pandas as pd

from recursor.analysis.branching import attempts
from recursor.analysis.estimate import estimate
from recursor.analysis.record import Frames
from recursor.types import NodeEnd

NONE = "(none)"
"""The condition of runs of no experiment; the end of nodes without one."""


def nodes_by(frames: Frames, column: str) -> pd.DataFrame:
    """Return a row a value of a column of nodes.

    Columns: the column itself, `nodes`, `share` of all nodes, `programs` (different ones), `depth`
    (mean), `spawns` and `queries` (a node), `clean_exits` (share that ended by itself with 0).
    """
    nodes = frames.nodes.merge(
        attempts(frames)[["node", "attempts", "queries"]], left_on="id", right_on="node"
    )
    nodes[column] = nodes[column].fillna(NONE)
    is_clean = (nodes["end_cause"] == NodeEnd.EXITED) & (nodes["exit_code"] == 0)
    rows = []
    for value, group in nodes.assign(is_clean=is_clean).groupby(column):
        rows.append(
            (value, len(group), len(group) / len(nodes), group["program"].nunique(),
             float(group["depth"].astype(float).mean()), float(group["attempts"].mean()),
             float(group["queries"].mean()), float(group["is_clean"].mean()))
        )  # fmt: skip
    columns = [column, "nodes", "share", "programs", "depth", "spawns", "queries", "clean_exits"]
    return pd.DataFrame(rows, columns=columns).sort_values("nodes", ascending=False)


def runs_by_condition(frames: Frames) -> pd.DataFrame:
    """Return the means over the runs of each condition, with 95% intervals (see `estimate`).

    Columns: `condition`, `measure` (`nodes`, `depth`, `spawns`, `queries`: of a run), `runs`,
    `mean`, `low`, `high`, `method`.
    """
    tried = attempts(frames).groupby("run").agg(
        nodes=("node", "size"), depth=("depth", "max"), spawns=("attempts", "sum"),
        queries=("queries", "sum"),
    )  # fmt: skip
    runs = frames.runs[["id", "goal", "condition"]].merge(
        tried, how="left", left_on="id", right_index=True
    )
    runs["condition"] = [_label(condition) for condition in runs["condition"]]
    rows = []
    for condition, group in runs.groupby("condition", sort=False):
        for name in tried.columns:
            found = estimate(group[name].fillna(0).astype(float), group["goal"])
            rows.append((condition, name, found.n, found.mean, found.low, found.high, found.method))
    return pd.DataFrame(
        rows, columns=["condition", "measure", "runs", "mean", "low", "high", "method"]
    )


def _label(condition: dict[str, object] | None) -> str:
    if not condition:
        return NONE
    return ", ".join(f"{name} {value}" for name, value in condition.items())
