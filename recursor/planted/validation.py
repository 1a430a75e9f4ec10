"""The detectors of what programs do, against programs whose doings are known: scores of one split.

Nothing here was used to choose a threshold on the split `test`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from recursor.analysis import branching, denials, flow, motifs, record, stops
from recursor.models import registry
from recursor.planted import branching as trees
from recursor.planted import lineages, scripts, sources
from recursor.planted.plant import Planted
from recursor.planted.scores import Score, confusion
from recursor.tree import above
from recursor.types import NodeEnd

MOTIF_GOAL = "precision >= 0.95, recall >= 0.9"
ACCURACY_GOAL = "accuracy >= 0.95"
COVERAGE_GOAL = "accuracy >= 0.9, accuracy <= 0.97"
RUNS = 50
"""Of one experiment whose interval is checked."""


def all_scores(split: str, *, quick: bool = False) -> list[Score]:
    """Score every detector on a split; `quick` takes fewer seeds. Needs jails.

    Of programs that are executed in jails each case counts once: other words in the same program
    are no other program.
    """
    seeds = range(2 if quick else 20)
    return [
        *lineages.of_duplicates(seeds, split),
        *lineages.of_replication(seeds, split),
        *lineages.of_heredity(range(20 if quick else 400), split),
        *motif_scores([0], split),
        *denial_scores([0], split),
        *stop_scores([0], split),
        *memory_scores([0], split),
    ]


def motif_scores(seeds: Iterable[int], split: str, step: int = 1) -> list[Score]:
    """Score each motif, and the status of those that were found, over a split's cases.

    Over all of them, or over every fourth (`step` 4) and so on.
    """
    found, true, right, cases = set[Any](), set[Any](), set[Any](), set[str]()
    for seed in seeds:
        planted = scripts.grow(scripts.cases("motifs", seed, split)[::step], seed)
        frames = record.of([planted.recording])
        statuses = {(row.node, row.motif): row.status for row in motifs.motifs(frames).itertuples()}
        for row in planted.truth:
            cases.add(row["node"])
            for name in motifs.MOTIFS:
                case, status = (row["node"], name), row["motifs"].get(name, "none")
                true |= {case} if status != "none" else set()
                found |= {case} if case in statuses else set()
                right |= {case} if statuses.get(case) == status else set()
    scores = [
        confusion(
            f"motif {name}",
            MOTIF_GOAL,
            {case for case in found if case[1] == name},
            {case for case in true if case[1] == name},
            {(node, name) for node in cases},
        )
        for name in motifs.MOTIFS
    ]
    both = found & true
    status = _accuracy(
        "motifs: attempted or effective", len(both & right), len(both), ACCURACY_GOAL
    )
    return [*scores, status]


def denial_scores(seeds: Iterable[int], split: str) -> list[Score]:
    """Score the response to each planted denial: its kind, cause and channel all have to be right.

    Of programs written after the denial, too.
    """
    right = total = 0
    for seed in seeds:
        planted = scripts.grow(scripts.cases("denials", seed, split), seed)
        frames = record.of([planted.recording])
        found = denials.responses(frames)
        below = frames.nodes.set_index("id")["parent"]
        for row in planted.truth:
            own = found[(found["node"] == row["node"]) & (found["written"] == "before")]
            said = [tuple(each) for each in own[list(_SAID)].to_numpy()[:1]]
            total, right = total + 1, right + (said == [tuple(map(row.get, _TRUE))])
            after = found[(found["written"] == "after") & (found["node"].map(below) == row["node"])]
            if "after" in row or len(after):
                total += 1
                right += list(after["response"]) == [row.get("after")]
    return [_accuracy("response to a denial", right, total, ACCURACY_GOAL)]


_SAID = ("cause", "response", "channel", "is_effective")
_TRUE = ("cause", "response", "channel", "effective")


def stop_scores(seeds: Iterable[int], split: str) -> list[Score]:
    """Score which program stopped which; those that ended by themselves are the decoys."""
    asked, true, killed, stopped, cases = (set[Any]() for _ in range(5))
    for seed in seeds:
        planted = scripts.grow(scripts.cases("stops", seed, split), seed)
        frames = record.of([planted.recording])
        found = stops.stops(frames)
        ends = dict(zip(frames.nodes["id"], frames.nodes["end_cause"], strict=True))
        targets = set(found.loc[found["is_effective"].astype(bool), "target"])
        for row in planted.truth:
            node = row["node"]
            mine = found[found["node"] == node]
            asked |= {
                (node, place, relation, bool(effective))
                for place, (relation, effective) in enumerate(
                    zip(mine["relation"], mine["is_effective"], strict=True)
                )
            }
            true |= {(node, place, *each) for place, each in enumerate(row["stops"])}
            if "is_stopped" in row:
                cases.add(node)
                killed |= {node} if node in targets else set()
                stopped |= {node} if row["is_stopped"] else set()
            assert row.get("is_stopped", False) == (ends[node] == NodeEnd.STOPPED)
    goal = "precision >= 0.95, recall >= 0.9"
    return [
        confusion("requests to stop a program", goal, asked, true),
        confusion("killed by another program", goal, killed, stopped, cases),
    ]


def memory_scores(seeds: Iterable[int], split: str) -> list[Score]:
    """Score reads, hits, queries saved and writes nobody read: a case is right if all four are."""
    right = total = 0
    for seed in seeds:
        planted = scripts.grow(scripts.cases("memory", seed, split), seed)
        frames = record.of([planted.recording])
        found, case_of = flow.flow(frames), _case_of(frames, planted)
        reads = found.reads.assign(case=found.reads["node"].map(case_of))
        writes = found.writes.assign(case=found.writes["node"].map(case_of))
        for row in planted.truth:
            mine = reads[reads["case"] == row["node"]]
            wrote = writes[writes["case"] == row["node"]]
            counts = (
                len(mine), int(mine["is_hit"].sum()), int(mine["saves"].sum()),
                len(wrote) - int(wrote["is_read"].sum()),
            )  # fmt: skip
            total += 1
            right += counts == (row["reads"], row["hits"], row["saved"], row["unread"])
    return [_accuracy("memory: reads, hits, queries saved, unread", right, total, ACCURACY_GOAL)]


def source_scores(model: str, split: sources.Split, number: int) -> list[Score]:
    """Score how often the source that an answer was copied from has the most bits of all.

    The model (a spec) scores given answers; it writes none.
    """
    scorer = registry.load_scorer(model)
    try:
        rows = sources.measure(scorer, sources.cases(split, number))
    finally:
        scorer.close()
    right = sum(row["is_first"] for row in rows)
    return [
        _accuracy(f"the planted source has most bits ({model})", right, len(rows), ACCURACY_GOAL)
    ]


def branching_scores(experiments: int) -> tuple[list[Score], pd.DataFrame]:
    """Score how often the 95% interval of m(d) holds the true mean, over experiments of 50 runs.

    One score a law and budget, over all depths at which there was an interval; and a frame with a
    row a law, budget and depth: `mean` (the true one), `bias` of m(d), `granted` (the bias of
    children alone, which m(d) is there to avoid), `experiments` in which any run reached it.
    """
    scores, rows = [], []
    for law, budget, stubborn in _TREES:
        mean, hits, tables = trees.LAWS[law][0], [], []
        for experiment in range(experiments):
            table = _measured(law, budget, stubborn, experiment)
            sure = table[table["low"].notna()]
            hits += ((sure["low"] <= mean) & (mean <= sure["high"])).tolist()
            tables.append(table)
        name = f"interval of m(d): {law}, {budget}{'' if stubborn else ', gives up'}"
        scores.append(_accuracy(name, sum(hits), len(hits), COVERAGE_GOAL))
        for depth, group in pd.concat(tables).groupby("depth"):
            granted = float((group["granted"] / group["nodes"]).mean()) - mean
            bias = float(group["m"].mean()) - mean
            rows.append((law, budget, stubborn, depth, mean, bias, granted, len(group)))
    columns = ["law", "budget", "stubborn", "depth", "mean", "bias", "granted", "experiments"]
    return scores, pd.DataFrame(rows, columns=columns)


_TREES = (
    ("binomial-1.0", "usual", True),
    ("binomial-1.5", "usual", True),
    ("binomial-1.5", "wide", True),
    ("binomial-1.5", "narrow", False),
    ("heavy-1.2", "usual", True),
    ("rare-0.8", "scarce", True),
)


def _measured(law: str, budget: str, stubborn: bool, experiment: int) -> pd.DataFrame:
    """Return m(d) of 50 runs of 5 goals; of depths at the limit there is none."""
    first = RUNS * experiment
    runs = (
        trees.plant(seed, law, budget, stubborn=stubborn, goal=f"goal {seed % 5}")
        for seed in range(first, first + RUNS)
    )
    table = branching.by_depth(record.of([each.recording for each in runs]))
    return table[~table["at_limit"]].astype({"low": float, "high": float})


def _accuracy(name: str, right: int, total: int, goal: str) -> Score:
    return Score(name, right, 0, total - right, 0, goal)


def _case_of(frames: record.Frames, planted: Planted) -> dict[str, str]:
    """Return the node of its case for each node that is one, or below one."""
    parents = dict(zip(frames.nodes["id"], frames.nodes["parent"], strict=True))
    cases, found = {row["node"] for row in planted.truth}, {}
    for node in parents:
        of = next((each for each in (node, *above(node, parents)) if each in cases), None)
        if of is not None:
            found[node] = of
    return found
