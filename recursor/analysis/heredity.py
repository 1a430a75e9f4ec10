"""Heredity: are children more like their own parent than like the parents beside it?

Theory of operation. All programs of a run have the goal, the pack and the model in common, and so
are alike whoever wrote them. So a parent is compared with those that could as well have been it:
the other parents with the same grandparent; for first programs, those of other runs of the same
goal, pack, model and language. `lift` is the mean likeness of parent and child minus its mean if
parents are shuffled in such a stratum, each with all its children at once, since children of one
parent may be alike for another reason. p is the share of `SHUFFLES` shuffles (and 1) in which the
mean is at least as high (Phipson and Smyth 2010). The mean over shuffles is not drawn but exact.

A stratum of one parent says nothing: its edges are counted as `unsaid`. Of many edges `EDGES` are
measured, whole strata drawn by chance, each with at most `PARENTS` parents; likewise `DIFFS` edges
for the spectrum of mutations.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz.distance import Levenshtein

from recursor.analysis import shingles
from recursor.analysis.code import LITERAL, NAME, Code, parse
from recursor.analysis.intervals import SEED, Numbers
from recursor.analysis.record import Frames, rows

SHUFFLES = 1999
EDGES = 10_000
PARENTS = 16
DIFFS = 3_000

MUTATIONS = ("rename", "literal", "insert", "delete", "control")
_CONTROL = {
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "in",
    "&&", "||", "break", "continue", "return", "exit", "try", "except", "finally", "raise", "def",
    "function", "&", "|", ";;",
}  # fmt: skip


@dataclass(frozen=True)
class Heredity:
    """What children have of their parents beyond what they would have anyway."""

    edges: int
    """Parents and children that were compared."""
    unsaid: int
    """Those whose parent could not be shuffled with another."""
    left_out: int
    """Those that were not drawn."""
    likeness: float | None
    """Mean of parent and child, from 0 to 1; None, like the rest, where nothing was compared."""
    shuffled: float | None
    """The mean that shuffled parents would have."""
    p: float | None

    @property
    def lift(self) -> float | None:
        """Likeness beyond that of shuffled parents."""
        if self.likeness is None or self.shuffled is None:
            return None
        return self.likeness - self.shuffled


def heredity(frames: Frames) -> Heredity:
    """Compare children with their own parents and with the parents beside these."""
    nodes = {row["id"]: row for row in rows(frames.nodes)}
    runs = {row["id"]: row for row in rows(frames.runs)}
    strata, unsaid = _strata(nodes, runs)
    chosen, left_out = _drawn(strata)
    tables = [_table(nodes, stratum) for stratum in chosen]
    edges = sum(len(children) for stratum in chosen for children in stratum.values())
    if not edges:
        return Heredity(0, unsaid, left_out, None, None, None)
    own = sum(float(table.trace()) for table in tables)
    others = sum(float(table.sum()) / len(table) for table in tables)
    return Heredity(edges, unsaid, left_out, own / edges, others / edges, _p(tables, own))


def spectrum(frames: Frames, edges: pd.DataFrame) -> pd.DataFrame:
    """Return what changes from parent to child: a row a depth of children.

    `edges` are those of `replication`; the ones at R0, R1 and R2 count, since what did not come
    from its parent is no mutation. `edges` compared, then per 100 tokens of the parents how many
    were changed: `rename` (a name for a name), `literal`, `insert`, `delete`, and `control` (any
    change of a keyword or sign of control flow). Another token in a token's place is a deletion
    and an insertion. By the fewest single changes (Levenshtein 1966) of tokens as they are read:
    a quote that is lost makes other tokens of all that follows, and counts accordingly.
    """
    related = edges[edges["level"].isin(["R0", "R1", "R2"])]
    if len(related) > DIFFS:
        related = related.sample(DIFFS, random_state=SEED)
    nodes = frames.nodes.drop_duplicates("id").set_index("id")[["program", "language"]]
    programs: Mapping[Any, Any] = nodes.to_dict("index")
    counts: dict[int, Counter[str]] = {}
    for edge in related.itertuples():
        one, other = (
            parse(programs[node]["program"], programs[node]["language"])
            for node in (edge.parent, edge.child)
        )
        found = counts.setdefault(int(str(edge.depth)), Counter())
        found += Counter({"edges": 1, "tokens": len(one.tokens)})
        found += mutations(one, other)
    rows = [
        {"depth": depth, "edges": found["edges"]}
        | {kind: 100 * found[kind] / max(1, found["tokens"]) for kind in MUTATIONS}
        for depth, found in sorted(counts.items())
    ]
    return pd.DataFrame(rows, columns=["depth", "edges", *MUTATIONS])


def mutations(parent: Code, child: Code) -> Counter[str]:
    """Count the tokens that changed from a parent to its child, by kind."""
    found: Counter[str] = Counter()
    for change in Levenshtein.opcodes(parent.tokens, child.tokens):
        kind = change.tag
        if kind == "equal":
            continue
        gone = _span(parent, change.src_start, change.src_end)
        come = _span(child, change.dest_start, change.dest_end)
        if kind == "replace":
            for (token, shape), (token_2, shape_2) in zip(gone, come, strict=True):
                found.update(_replaced(token, shape, token_2, shape_2))
        else:
            found.update(_kind(token, kind) for token, _ in (*gone, *come))
    return found


def _span(code: Code, begin: int, end: int) -> list[tuple[str, str]]:
    """Return some tokens of a program, each with what it is in the program's shape."""
    return list(zip(code.tokens[begin:end], code.normalised[begin:end], strict=True))


def _replaced(token: str, shape: str, other: str, other_shape: str) -> Iterable[str]:
    if shape == other_shape == LITERAL:
        return ("literal",)
    if _is_name(shape) and _is_name(other_shape):
        return ("rename",)
    return (_kind(token, "delete"), _kind(other, "insert"))


def _kind(token: str, otherwise: str) -> str:
    return "control" if token in _CONTROL else otherwise


def _is_name(shape: str) -> bool:
    return shape.startswith(NAME) and shape[len(NAME) :].isdigit()


_Stratum = dict[str, list[str]]
"""Parents that could be each other's children's, and the children of each."""


def _strata(
    nodes: Mapping[str, Mapping[str, Any]], runs: Mapping[str, Mapping[str, Any]]
) -> tuple[list[_Stratum], int]:
    """Return the strata of two parents or more, and how many edges are in the others."""
    strata: dict[tuple[Any, ...], _Stratum] = {}
    for child, row in nodes.items():
        parent = nodes.get(row["parent"])
        if parent is None:
            continue
        run = runs[row["run"]]
        beside = parent["parent"] or (run["goal"], run["pack"], run["model"], parent["language"])
        strata.setdefault((beside,), {}).setdefault(parent["id"], []).append(child)
    telling = [stratum for stratum in strata.values() if len(stratum) > 1]
    unsaid = sum(
        len(children)
        for stratum in strata.values()
        if len(stratum) == 1
        for children in stratum.values()
    )
    return telling, unsaid


def _drawn(strata: Sequence[_Stratum]) -> tuple[list[_Stratum], int]:
    """Return as many strata as may be compared, and how many edges are left out."""
    drawn = random.Random(SEED)
    all_ = sum(len(children) for stratum in strata for children in stratum.values())
    chosen: list[_Stratum] = []
    edges = 0
    for stratum in drawn.sample(strata, len(strata)):
        parents = drawn.sample(sorted(stratum), min(PARENTS, len(stratum)))
        part = {parent: stratum[parent] for parent in parents}
        size = sum(map(len, part.values()))
        if edges + size > EDGES:
            most = max(1, (EDGES - edges) // len(part))
            part = {parent: children[:most] for parent, children in part.items()}
            size = sum(map(len, part.values()))
        chosen.append(part)
        edges += size
        if edges >= EDGES:
            break
    return chosen, all_ - edges


def _table(nodes: Mapping[str, Mapping[str, Any]], stratum: _Stratum) -> Numbers:
    """Return the likeness of each parent (row) and each parent's children (column), summed."""
    table = np.zeros((len(stratum), len(stratum)))
    own = [shingles.of_text(nodes[parent]["program"]) for parent in stratum]
    for column, children in enumerate(stratum.values()):
        for program, times in Counter(nodes[child]["program"] for child in children).items():
            theirs = shingles.of_text(program)
            table[:, column] += [times * shingles.likeness(each, theirs) for each in own]
    return table


def _p(tables: Sequence[Numbers], own: float) -> float:
    generator = np.random.default_rng(SEED)
    sums = np.zeros(SHUFFLES)
    for table in tables:
        orders = np.argsort(generator.random((SHUFFLES, len(table))), axis=1)
        sums += table[orders, np.arange(len(table))].sum(axis=1)
    at_least = int((sums >= own - 1e-9 * max(1.0, own)).sum())
    return (1 + at_least) / (1 + SHUFFLES)
