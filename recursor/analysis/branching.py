"""Branching: how many programs a program asks to execute, by its depth.

m(d) = spawn attempts of all nodes at depth d / nodes at depth d. An attempt is a node below it, or
a program of its that was refused: what the budget grants is not counted alone, since in any finite
tree children a node tend to 1 (of N nodes N - 1 are children). Queries are another number: one loop
that asks again and again would explode a tree that has no branches.

Unequal runs are told apart by depth, never pooled over it, since a run that branches more has more
nodes and would count the more often. A node that was refused a program may have asked for more
without the limit: it is right-censored, and a second estimate says how much it could matter. Nodes
at the depth limit can only be refused: they have rows, and no part in anything else.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special, stats

from recursor.analysis.intervals import LEVEL, Interval, Numbers, wilson
from recursor.analysis.record import Frames
from recursor.records import WEAK

ALPHA = 0.05
"""Homogeneity is rejected below it."""
LEAST_NODES = 5
"""A depth with fewer has no part in that test."""


def attempts(frames: Frames) -> pd.DataFrame:
    """Return a row a node: what it tried to have executed.

    Columns: `run`, `node`, `depth`, `granted` (nodes below it), `refused`, `attempts` (their sum),
    `exact` (attempts less those whose link is weaker than exact), `queries`, `at_limit` (whether
    the depth limit stands against every attempt), `is_censored` (whether one was refused).
    """
    nodes, events = frames.nodes, frames.events
    children = nodes[nodes["parent"].notna()]
    refused = events[(events["kind"] == "refused") & events["node"].notna()]
    limits = {id_: budget["depth"] for id_, budget in frames.runs[["id", "budget"]].to_numpy()}
    rows = pd.DataFrame(
        {
            "run": nodes["run"],
            "node": nodes["id"],
            "depth": nodes["depth"].astype(int),
            "granted": _count(nodes, children["parent"]),
            "refused": _count(nodes, refused["node"]),
            "queries": _count(nodes, frames.queries["node"].dropna()),
            "at_limit": nodes["depth"] >= nodes["run"].map(limits),
        }
    )
    weak = _count(nodes, children.loc[children["link_evidence"] == WEAK, "parent"])
    rows["attempts"] = rows["granted"] + rows["refused"]
    rows["exact"] = rows["attempts"] - weak
    rows["is_censored"] = rows["refused"] > 0
    return rows


def by_depth(frames: Frames) -> pd.DataFrame:
    """Return m(d), a row a depth.

    Columns: `depth`, `at_limit`, `runs` (that have such nodes), `nodes`, `attempts`, `granted`,
    `censored` (nodes), `m` with `low` and `high` (95%, see `ratio`) and `method`, `m_exact` (only
    exact links, so the strict end of a band whose lenient end is `m`), `m_censored` (the mean that
    Kaplan and Meier's estimate of the distribution has, 1958, if censored nodes stopped asking
    because they were refused), `queries` (a node).
    """
    rows, goals = attempts(frames), dict(zip(frames.runs["id"], frames.runs["goal"], strict=True))
    return pd.DataFrame(
        [_depth_row(group, goals) for _, group in rows.groupby(["depth", "at_limit"])],
        columns=_COLUMNS,
    )


_COLUMNS = (
    "depth", "at_limit", "runs", "nodes", "attempts", "granted", "censored", "m", "low", "high",
    "method", "m_exact", "m_censored", "queries",
)  # fmt: skip


def survival(frames: Frames) -> pd.DataFrame:
    """Return the share of runs that reached each depth, with Wilson's interval; a row a depth.

    Nothing but a count: a run whose limits kept it from a depth did not reach it.
    """
    deepest = frames.nodes.groupby("run")["depth"].max().reindex(frames.runs["id"]).fillna(0)
    total, rows = len(deepest), []
    for depth in range(1, int(deepest.max() if total else 0) + 1):
        reached = int((deepest >= depth).sum())
        interval = wilson(reached, total)
        rows.append((depth, reached, total, reached / total, interval.low, interval.high))
    return pd.DataFrame(rows, columns=["depth", "reached", "runs", "share", "low", "high"])


def extinction(frames: Frames) -> pd.DataFrame:
    """Fit one law of attempts to all depths, if these do not contradict it; return one row.

    `p_homogeneity`: of Pearson's chi-square test that there are 0, 1, or more attempts as often at
    all depths; None if there is one depth. `probability` that a tree of this law would end by
    itself without limits: the smallest root of f(s) = s in [0, 1], f the generating function of the
    attempts that were seen (Watson and Galton 1875); None where homogeneity is rejected or can't be
    tested, since then no single law was seen. Nodes whose limits bound have no part in it.
    """
    rows = attempts(frames)
    rows = rows[~rows["at_limit"] & ~rows["is_censored"]]
    table = pd.crosstab(rows["depth"], rows["attempts"].clip(upper=2))
    table = table.loc[table.sum(axis=1) >= LEAST_NODES, table.sum() > 0]
    p = probability = None
    if len(table) > 1:
        p = float(stats.chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
        if p >= ALPHA:
            probability = _smallest_root(rows["attempts"].to_numpy(int))
    return pd.DataFrame({"p_homogeneity": [p], "probability": [probability]})


def ratio(over: Numbers, under: Numbers, goals: list[str]) -> Interval:
    """Return the 95% interval of sum(over) / sum(under), a pair a run, runs nested in goals.

    Linearised: with r = (over - ratio x under) of each run less its goal's mean, the variance is
    sum over goals of n/(n-1) sum(r^2), over sum(under)^2 (Cochran 1977, Sampling techniques, 6.3);
    Student's t with (runs - goals) degrees of freedom. The bootstrap of a ratio over runs gives the
    same with more work, and too short intervals at the depths few runs reach. Goals of one run are
    taken together, as in `intervals`.
    """
    runs, total = len(over), float(under.sum())
    if runs < 2 or not total:
        return Interval(None, None, "too few")
    middle = float(over.sum()) / total
    residuals = pd.Series(over - middle * under)
    names = pd.Series(goals)
    names = names.where(names.map(names.value_counts()) > 1, "")
    if (names == "").sum() == 1:  # it says nothing of its own goal, and there is no other such one
        names[:] = ""
    by_goal = residuals.groupby(names)
    n = by_goal.transform("size")
    variance = float((((residuals - by_goal.transform("mean")) ** 2) * n / (n - 1)).sum())
    if variance <= 1e-24:
        return Interval(None, None, "no spread")
    degrees = runs - by_goal.ngroups
    half = float(special.stdtrit(degrees, (1 + LEVEL) / 2)) * variance**0.5 / total
    return Interval(max(0.0, middle - half), middle + half, "ratio")


def kaplan_meier_mean(values: Numbers, censored: Numbers) -> float | None:
    """Return the mean of a count of which some values are only known to be at least so large.

    Sum over k >= 1 of P(value >= k), from the product-limit estimate (Kaplan and Meier 1958). The
    largest values count as seen, so of heavy censoring it is a lower bound. Shape (n,), (n,).
    """
    if not len(values):
        return None
    mean, surviving = 0.0, 1.0
    for k in range(int(values.max())):
        # A value censored at k is at risk of being k, and not seen to be it.
        at_risk = int((values >= k).sum() - (censored.astype(bool) & (values == k)).sum())
        if at_risk:
            surviving *= 1 - int(((values == k) & ~censored.astype(bool)).sum()) / at_risk
        mean += surviving
    return mean


def _count(nodes: pd.DataFrame, of: pd.Series) -> pd.Series:
    return nodes["id"].map(of.value_counts()).fillna(0).astype(int)


def _depth_row(group: pd.DataFrame, goals: dict[str, str]) -> dict[str, object]:
    depth, at_limit = int(group["depth"].iloc[0]), bool(group["at_limit"].iloc[0])
    by_run = group.groupby("run")[["attempts", "node"]].agg({"attempts": "sum", "node": "size"})
    over, under = by_run["attempts"].to_numpy(float), by_run["node"].to_numpy(float)
    interval = ratio(over, under, [goals[run] for run in by_run.index])
    values, censored = group["attempts"].to_numpy(float), group["is_censored"].to_numpy(float)
    return {
        "depth": depth,
        "at_limit": at_limit,
        "runs": len(by_run),
        "nodes": len(group),
        "attempts": int(group["attempts"].sum()),
        "granted": int(group["granted"].sum()),
        "censored": int(group["is_censored"].sum()),
        "m": float(group["attempts"].mean()),
        "low": interval.low,
        "high": interval.high,
        "method": interval.method,
        "m_exact": float(group["exact"].mean()),
        "m_censored": None if at_limit else kaplan_meier_mean(values, censored),
        "queries": float(group["queries"].mean()),
    }


def _smallest_root(counts: np.ndarray) -> float:
    law = np.bincount(counts) / len(counts)
    root = 0.0
    for _ in range(10_000):  # f is increasing and convex: iterating from 0 reaches the smallest
        root, last = float(np.polynomial.polynomial.polyval(root, law)), root
        if root - last < 1e-9:
            break
    return root
