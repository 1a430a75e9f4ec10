"""Copies among programs: how alike, how many, and what that says when runs differ in size.

Theory of operation. Each program belongs to four classes, each of which the next contains:

- `bytes`: the same text;
- `tokens` (type 1): the same but for spacing and comments;
- `shape` (type 2): the same but for names and literals, too;
- `near` (type 3): at least `NEAR` of the shingles of their shapes in common with the class's first
  program (of several such classes it belongs to the oldest). What is near none of the first ones is
  the first of a new class. So every member is near the program that stands for its class, and a
  lineage that drifts away is not one class, as it would be if whatever is near a member were one.

Candidates are found by MinHash with locality-sensitive hashing, and then compared exactly.

The share of distinct programs falls with their number whatever they are. So runs are compared by
`compare` at equal coverage: the share of what a run would go on to write that it has written
already (Chao and Jost 2012, Coverage-based rarefaction and extrapolation, Ecology 93:2533).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import datasketch
import numpy as np
import pandas as pd
from scipy import special

from recursor.analysis import shingles
from recursor.analysis.code import NAME, Code, parse
from recursor.analysis.intervals import Numbers
from recursor.analysis.record import Frames

NEAR = 0.45
"""The likeness of shapes from which programs are near copies; set on the families of `dev`."""
LEVELS = ("bytes", "tokens", "shape", "near")
"""From the strictest to the most lenient."""

_BANDS, _ROWS = 32, 3
"""Programs whose likeness is 0.45 are compared with a probability of 0.95, of 0.6 with 0.9996."""


@dataclass(frozen=True)
class Cluster:
    """Nodes whose programs are in one class."""

    level: str
    nodes: tuple[str, ...]
    """Their ids, in the order in which they began; there are at least two."""
    texts: int
    """Different texts among them."""
    program: str
    """The text that stands for them: the first one."""


@dataclass(frozen=True)
class Duplicates:
    """The programs of some runs, and which are copies of which."""

    classes: pd.DataFrame
    """A row a node, in their order: `node`, `run`, `program`, and per level the number of its
    class; `tokens_count`, its program's tokens; `is_code`, whether it could be read as code."""

    @property
    def unread(self) -> int:
        """How many nodes' programs are code in no language, and were measured as text."""
        return int((~self.classes["is_code"]).sum())

    def counts(self, level: str = "bytes") -> list[int]:
        """Return how many nodes each class has, the largest first."""
        return [int(count) for count in self.classes[level].value_counts()]

    def clusters(self, level: str = "near") -> list[Cluster]:
        """Return the classes of two nodes or more, the largest first."""
        found = [
            Cluster(
                level,
                tuple(members["node"]),
                int(members["bytes"].nunique()),
                members["program"].iloc[0],
            )
            for _, members in self.classes.groupby(level, sort=True)
            if len(members) > 1
        ]
        return sorted(found, key=lambda cluster: -len(cluster.nodes))

    def distinct_share(self, level: str = "bytes") -> float | None:
        """Return classes / nodes; None without a node."""
        nodes = len(self.classes)
        return self.classes[level].nunique() / nodes if nodes else None

    def repeated_tokens(self, level: str = "bytes") -> float | None:
        """Return the share of all programs' tokens that stand in a copy of an earlier program."""
        tokens = self.classes["tokens_count"]
        repeated = tokens[self.classes.duplicated(level)].sum()
        return float(repeated / tokens.sum()) if tokens.sum() else None


def duplicates(frames: Frames) -> Duplicates:
    """Find the copies among the programs of some runs, taken together."""
    nodes = frames.nodes
    texts = list(zip(nodes["program"], nodes["language"], strict=True))
    distinct = {each: number for number, each in enumerate(dict.fromkeys(texts))}
    rows, firsts = _rows(distinct)
    near = _near(firsts)
    table = pd.DataFrame(
        [(*row, near[row[2]]) for row in rows],
        columns=["bytes", "tokens", "shape", "tokens_count", "is_code", "near"],
    ).astype({"is_code": bool})
    classes = table.iloc[[distinct[each] for each in texts]].reset_index(drop=True)
    own = nodes[["id", "run", "program"]].rename(columns={"id": "node"}).reset_index(drop=True)
    return Duplicates(pd.concat([own, classes], axis="columns"))


def compare(duplicates: Duplicates, level: str = "near") -> pd.DataFrame:
    """Compare how varied runs are: a row a run.

    `nodes`, `distinct` classes; `coverage` (see `coverage`); `hill_0`, `hill_1`, `hill_2` (see
    `hill`); `rarefied`: the distinct ones among as many of its nodes as have the coverage
    `at_coverage`, the lowest of these runs. A run in which nothing was written twice has coverage
    0, says nothing of what it would go on to write, and is left out of that.
    """
    counts = {
        str(run): [int(count) for count in rows[level].value_counts()]
        for run, rows in duplicates.classes.groupby("run", sort=False)
    }
    covered = {run: coverage(each) for run, each in counts.items()}
    target = min((each for each in covered.values() if each), default=None)
    rows = [
        {"run": run, "nodes": sum(each), "distinct": len(each), "coverage": covered[run]}
        | {f"hill_{order}": hill(each, order) for order in (0, 1, 2)}
        | {"rarefied": rarefied(each, target) if target and covered[run] else None}
        for run, each in counts.items()
    ]
    columns = ["run", "nodes", "distinct", "coverage", "hill_0", "hill_1", "hill_2", "rarefied"]
    return pd.DataFrame(rows, columns=columns).assign(at_coverage=target)


def hill(counts: Sequence[int], order: int) -> float | None:
    """Return the effective number of classes: of that many of equal size it is just that number.

    (sum p^q)^(1 / (1 - q)), for q = 1 exp(-sum p log p); q 0 counts all alike, 2 the common ones
    (Hill 1973, Diversity and evenness). None without a node.
    """
    if not counts:
        return None
    shares = np.array(counts) / sum(counts)
    if order == 1:
        return float(np.exp(-(shares * np.log(shares)).sum()))
    return float((shares**order).sum() ** (1 / (1 - order)))


def coverage(counts: Sequence[int]) -> float | None:
    """Return the share of programs yet to be written whose class was seen; None without a node.

    Good and Turing's, as Chao and Jost (2012, equation 4a) refine it: 1 - f1/n a / (a + 2 f2) with
    a = (n - 1) f1, where f1 classes were seen once and f2 twice; without any of these with
    a = (n - 1) (f1 - 1) and f2 = 1. 0 where every class was seen once.
    """
    n, seen = sum(counts), Counter(counts)
    once, twice = seen[1], seen[2]
    if not n:
        return None
    if once in (0, n):
        return 0.0 if once else 1.0
    rest = (n - 1) * (once if twice else once - 1)
    return 1 - once / n * rest / (rest + 2 * (twice or 1))


def rarefied(counts: Sequence[int], target: float) -> float:
    """Return how many classes as many of the nodes would show as have the coverage `target`.

    Expected over all choices of so many nodes, between whole numbers in proportion (Chao and Jost
    2012, equations 2 and 5). All classes if even all nodes do not have it.
    """
    n = sum(counts)
    if target >= (coverage(counts) or 0.0):
        return float(len(counts))
    low, high = 1, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _coverage_of(counts, middle) <= target else (low, middle)
    begin, end = _coverage_of(counts, low), _coverage_of(counts, high)
    part = min(1.0, max(0.0, (target - begin) / (end - begin))) if end > begin else 0.0
    return _classes_of(counts, low) * (1 - part) + _classes_of(counts, high) * part


def _classes_of(counts: Sequence[int], size: int) -> float:
    """Return the classes expected among so many of the nodes."""
    sizes = np.array(counts)
    n = sizes.sum()
    return float((1 - np.exp(_log_choose(n - sizes, size) - _log_choose(n, size))).sum())


def _coverage_of(counts: Sequence[int], size: int) -> float:
    """Return the coverage expected of so many of the nodes."""
    sizes = np.array(counts)
    n = int(sizes.sum())
    if size >= n:
        return coverage(counts) or 0.0
    missed = np.exp(_log_choose(n - sizes, size) - _log_choose(n - 1, size))
    return float(1 - (sizes / n * missed).sum())


def _log_choose(of: int | Numbers, size: int) -> Numbers:
    """Return the logarithm of how many choices of so many there are: -inf if there are none."""
    whole = np.asarray(of, dtype=float)
    ways = special.gammaln(whole + 1) - special.gammaln(np.maximum(whole - size, 0) + 1)
    return np.where(whole >= size, ways - special.gammaln(size + 1), -np.inf)


_Row = tuple[int, int, int, int, bool]


def _rows(distinct: Iterable[tuple[str, str]]) -> tuple[list[_Row], list[Code]]:
    """Return what each different program is, and the first program of each shape."""
    numbers: tuple[dict[str, int], ...] = ({}, {}, {})
    rows: list[_Row] = []
    firsts: list[Code] = []
    for text, language in distinct:
        code = parse(text, language)
        raw = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        digests = (raw, code.digest, code.normalised_digest)
        if digests[2] not in numbers[2]:
            firsts.append(code)
        same, tokens, shape = (
            known.setdefault(digest, len(known))
            for known, digest in zip(numbers, digests, strict=True)
        )
        rows.append((same, tokens, shape, len(code.tokens), code.is_code))
    return rows, firsts


def _near(shapes: Sequence[Code]) -> list[int]:
    """Return the number of the near class of each of some different shapes."""
    index = datasketch.MinHashLSH(num_perm=_BANDS * _ROWS, params=(_BANDS, _ROWS))
    empty = datasketch.MinHash(num_perm=_BANDS * _ROWS, hashfunc=int)
    firsts: list[shingles.Shingles] = []
    classes: list[int] = []
    for code in shapes:
        own = shape_shingles(code)
        hashed = empty.copy()
        hashed.update_batch((own & np.uint64(0xFFFFFFFF)).tolist())
        likely = (each for each in sorted(index.query(hashed)) if _is_near(own, firsts[each]))
        number = next(likely, len(firsts))
        if number == len(firsts):
            firsts.append(own)
            index.insert(number, hashed)
        classes.append(number)
    return classes


def _is_near(one: shingles.Shingles, other: shingles.Shingles) -> bool:
    fewer, more = sorted((len(one), len(other)))
    return fewer >= NEAR * more and shingles.likeness(one, other) >= NEAR


def shape_shingles(code: Code) -> shingles.Shingles:
    """Return the shingles of a program's shape, in which all names are one."""
    return shingles.of_tokens([_NUMBERED.get(token, token) for token in code.normalised])


_NUMBERED = {f"{NAME}{number}": NAME for number in range(1000)}
