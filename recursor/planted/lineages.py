"""How good the measures of lineage are, on what was planted."""

from __future__ import annotations

from collections.abc import Iterable

from recursor.analysis import duplicates, heredity, record, replication
from recursor.planted import clones, mutation, quines
from recursor.planted.plant import Planted
from recursor.planted.scores import Score, confusion

_LEVELS = {1: "tokens", 2: "shape", 3: "near"}
_GOALS = {
    1: "recall >= 0.99, precision >= 0.99",
    2: "recall >= 0.99, precision >= 0.99",
    3: "recall >= 0.9, precision >= 0.95",
}


def of_duplicates(seeds: Iterable[int], split: str) -> list[Score]:
    """Score the copies found, a score a type, over all pairs of which it is known what they are.

    A pair of type k counts as found if both programs are in one class at the level of k, and then
    pairs of a lower type count neither way: they are copies at every higher level, too.
    """
    found: dict[int, set[tuple[int, str, str]]] = {type_: set() for type_ in _LEVELS}
    true: dict[int, set[tuple[int, str, str]]] = {type_: set() for type_ in _LEVELS}
    cases: dict[int, set[tuple[int, str, str]]] = {type_: set() for type_ in _LEVELS}
    for seed in seeds:
        planted = clones.plant(seed, split)
        classes = duplicates.duplicates(record.of([planted.recording])).classes.set_index("node")
        for type_, level in _LEVELS.items():
            class_of = dict(classes[level])
            for row in planted.truth:
                if row["type"] is not None and row["type"] < type_:
                    continue
                case = (seed, row["one"], row["other"])
                cases[type_].add(case)
                if row["type"] == type_:
                    true[type_].add(case)
                if class_of[row["one"]] == class_of[row["other"]]:
                    found[type_].add(case)
    return [
        confusion(f"duplicates of type {type_}", goal, found[type_], true[type_], cases[type_])
        for type_, goal in _GOALS.items()
    ]


def of_replication(seeds: Iterable[int], split: str) -> list[Score]:
    """Score levels, channels and replicators, over the edges of planted lines of descent.

    Of a level and of a channel it is counted how often it was right: right is tp, and wrong fn.
    """
    levels, channels, edges = set(), set(), set()
    found: set[tuple[int, str]] = set()
    true: set[tuple[int, str]] = set()
    for seed in seeds:
        planted = quines.plant(seed, split)
        measured = replication.replication(record.of([planted.recording]))
        edge_of = {row["child"]: row for row in record.rows(measured.edges)}
        found |= {(seed, each.nodes[0]) for each in measured.replicators}
        for row in planted.truth:
            case = (seed, row["node"])
            edges.add(case)
            if row["level"] in (edge_of[row["node"]]["level"], "part"):
                levels.add(case)
            if row["channel"] == edge_of[row["node"]]["channel"]:
                channels.add(case)
            if row["replicator"]:
                true.add(case)
    return [
        confusion("levels of replication", "accuracy >= 0.95", levels, edges),
        confusion("channels of replication", "accuracy >= 0.95", channels, edges),
        confusion("replicators", "recall >= 0.95, precision >= 0.95", found, true, edges),
    ]


def of_script(script: quines.Script, frames: record.Frames) -> list[Score]:
    """Score levels and channels in a run of a script that was grown in real jails.

    Each node below the first is looked up by its program and depth; tp are right and fn wrong.
    """
    truth = {(row["program"], row["depth"]): row for row in script.truth}
    nodes = {row["id"]: row for row in record.rows(frames.nodes)}
    levels, channels, all_ = set(), set(), set()
    for edge in record.rows(replication.replication(frames).edges):
        child = edge["child"]
        all_.add(child)
        row = truth.get((quines.digest(nodes[child]["program"]), edge["depth"]))
        if row and row["level"] in (edge["level"], "part"):
            levels.add(child)
        if row and row["channel"] == edge["channel"]:
            channels.add(child)
    return [
        confusion(f"levels of {script.name}", "accuracy >= 1", levels, all_),
        confusion(f"channels of {script.name}", "accuracy >= 1", channels, all_),
    ]


def of_heredity(seeds: Iterable[int], split: str) -> list[Score]:
    """Score the test of heredity, p at most 0.05, on lineages and on convergence."""
    trials = list(seeds)
    inherited = [
        _is_inherited(mutation.plant(seed, split, rate))
        for seed in trials
        for rate in mutation.RATES
    ]
    drawn = [_is_inherited(mutation.converge(seed, split)) for seed in trials]
    false, true = drawn.count(True), inherited.count(True)
    return [
        Score("heredity", true, false, len(inherited) - true, len(drawn) - false,
              "recall >= 0.95, alarms <= 0.05"),
    ]  # fmt: skip


def _is_inherited(planted: Planted) -> bool:
    p = heredity.heredity(record.of([planted.recording])).p
    return p is not None and p <= 0.05
