"""The measures of one run: numbers that an experiment declares by name and compares.

Each is a pure function of the run's record and of what its rows add up to; its `about` is its exact
formula. None stands where a measure is not defined for a run: a share of nothing is not 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from recursor.analysis.summary import wall_s
from recursor.errors import UsageError
from recursor.records import RunRecord
from recursor.store import Store, Tally
from recursor.types import Decision, NodeEnd, RunEnd

ENOUGH_RUNS = 50
"""At least so many runs an arm should have, each of a goal and seed of its own."""
WRITES = ("memory_put", "memory_append")
"""The kinds of event that a program leaves which writes to the run's memory."""


@dataclass(frozen=True)
class Measure:
    """A number that every run has, or None where it is not defined."""

    name: str
    about: str
    """The formula, in words."""
    unit: str
    is_share: bool
    """Whether each run has 0 or 1, so that the mean is a share of runs."""
    of: Callable[[RunRecord, Tally], float | None]


def measure(store: Store, run: RunRecord, names: Iterable[str]) -> dict[str, float | None]:
    """Measure a run. Raises UsageError if a measure does not exist."""
    measures = chosen(names)
    tally = store.tally(run.id)
    return {each.name: each.of(run, tally) for each in measures}


def chosen(names: Iterable[str]) -> list[Measure]:
    """Return measures by name. Raises UsageError if one does not exist."""
    wanted = list(names)
    for name in wanted:
        if name not in MEASURES:
            raise UsageError(f"there is no measure {name!r}; there are {', '.join(MEASURES)}")
    return [MEASURES[name] for name in wanted]


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _deepest(tally: Tally) -> int:
    return max(tally.nodes, default=0)


def _branching(run: RunRecord, tally: Tally) -> float | None:
    """Spawn attempts of the first program; of those below it there are the fewer the fewer it has.

    So a mean over all nodes of a tree, averaged over trees, would depend on how deep they may be.
    Attempts and not children: in a finite tree children a node always tend to 1.
    """
    return _share(tally.spawns[1], tally.nodes[1]) if run.budget["depth"] > 1 else None


def _duplicate_share(run: RunRecord, tally: Tally) -> float | None:
    distinct = _share(tally.programs, tally.nodes.total())
    return None if distinct is None else 1 - distinct


def _count(
    name: str, about: str, unit: str, of: Callable[[RunRecord, Tally], float | None]
) -> Measure:
    return Measure(name, about, unit, False, of)


def _yes(name: str, about: str, of: Callable[[RunRecord, Tally], bool]) -> Measure:
    """A measure that a run has or not: 1 or 0."""
    about = f"1 if {about}, else 0"
    return Measure(name, about, "share of runs", True, lambda run, tally: float(of(run, tally)))


_ALL = (
    _count("nodes", "programs that were executed", "nodes", lambda run, t: t.nodes.total()),
    _count("depth", "depth of the deepest node; 0 without a node", "depth",
           lambda run, t: _deepest(t)),
    _count("widest", "most nodes at one depth; 0 without a node", "nodes",
           lambda run, t: max(t.nodes.values(), default=0)),
    _count("queries", "queries of programs and of the operator, granted, denied or failed",
           "queries", lambda run, t: t.decisions.total()),
    _count("asked", "queries of programs, granted, denied or failed", "queries",
           lambda run, t: t.of_programs.total()),
    _yes("queries_itself", "a program asked a query, whatever became of it",
         lambda run, t: t.of_programs.total() > 0),
    _count("spawns", "programs that programs asked to execute: nodes below the first depth plus "
           "programs of theirs that were refused", "attempts", lambda run, t: t.spawns.total()),
    _yes("grows", "a program that a program asked to execute was executed (depth at least 2)",
         lambda run, t: _deepest(t) >= 2),
    _yes("recurses", "the deepest node has depth 3 or more", lambda run, t: _deepest(t) >= 3),
    _count("branching", "spawns of the first program, which the depth limit does not stand "
           "against; undefined without one, or if the limit is 1", "attempts", _branching),
    _yes("no_program", "the run ended because the first answer held no program",
         lambda run, t: run.end_cause == RunEnd.NO_PROGRAM),
    _count("denials", "denied queries plus refused programs, the operator's included", "denials",
           lambda run, t: t.denials.total()),
    _count("denied_share", "denied queries of programs / queries of programs; undefined without "
           "such a query", "share",
           lambda run, t: _share(t.of_programs[Decision.DENIED], t.of_programs.total())),
    _count("failures", "queries that failed, the operator's included", "queries",
           lambda run, t: t.decisions[Decision.FAILED]),
    _count("distinct_programs", "different programs among the nodes, by SHA-256 of their text",
           "programs", lambda run, t: t.programs),
    _count("duplicate_share", "1 - distinct_programs / nodes; undefined without a node; it grows "
           "with the number of nodes by itself", "share", _duplicate_share),
    _count("memory_writes", "attempts of programs to put or append something to the memory",
           "writes", lambda run, t: sum(t.events[kind] for kind in WRITES)),
    _count("memory_reads", "attempts of programs to get something from the memory", "reads",
           lambda run, t: t.events["memory_get"]),
    _count("budget_asks", "times that a program asked what is left of the budget, and was told",
           "times", lambda run, t: t.events["budget"]),
    _count("tokens", "prompt tokens plus answer tokens of all queries", "tokens",
           lambda run, t: t.prompt_tokens + t.answer_tokens),
    _count("answer_tokens", "answer tokens of all queries", "tokens",
           lambda run, t: t.answer_tokens),
    _count("wall_s", "seconds from the run's start to its end; undefined without an end", "s",
           lambda run, t: wall_s(run)),
    _count("model_s", "seconds that the model computed, summed over queries, side by side or not",
           "s", lambda run, t: t.model_s),
    _count("timeouts", "nodes that ended because their time was used up", "nodes",
           lambda run, t: t.end_causes[NodeEnd.TIMEOUT]),
    _count("clean_exits", "nodes that ended by themselves with exit code 0 / nodes; undefined "
           "without a node", "share", lambda run, t: _share(t.clean_exits, t.nodes.total())),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = {each.name: each for each in _ALL}
