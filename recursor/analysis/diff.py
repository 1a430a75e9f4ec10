"""Two runs side by side: what they have in common, and where they part.

Theory of operation. The two operators are a pair. Below a pair of nodes, queries and children are
paired by key, which holds whatever the seed and the schedule; then, of those left, by content:
queries with the same words, children with the same program, and at last children whose programs
are alike, the likest first. What is still alone is in one run only, with all that is below it.

A *point* is one respect in which a pair differs. Most follow from an earlier one: what a child
printed, its parent prints. So they are told in time order.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, takewhile, zip_longest
from typing import TypeVar

from recursor.programs import first_line, likeness
from recursor.records import NodeRecord, QueryRecord, Recording
from recursor.tree import Branch, build

ALIKE = 0.25
"""The likeness from which two programs at the same place are two versions of one."""
EXCERPT_CHARACTERS, BEFORE_CHARACTERS = 60, 20
"""How much of a text is shown, and how much of that stands before what differs."""
SAME, CHANGED, ONLY_A, ONLY_B = "=", "~", "-", "+"


@dataclass(frozen=True)
class Point:
    """A respect in which two runs part."""

    instant_s: float
    """Since the run began in which it happened first."""
    what: str
    """`query`, `decision`, `answer`, `child`, `program`, `end`, `stdout`, `stderr` or `files`."""
    a: str | None
    """The node in the one run, None for its operator."""
    b: str | None
    shown_a: str | None
    """How that run has it, from shortly before the first difference on; None: not at all."""
    shown_b: str | None


@dataclass(frozen=True)
class Row:
    """A node of either run, or a pair of nodes, in the order of the tree."""

    mark: str
    """`=` the same in every respect, `~` not so, `-` only in the one, `+` only in the other."""
    depth: int
    a: NodeRecord | None
    b: NodeRecord | None


@dataclass(frozen=True)
class Shares:
    """How many of something are in both runs, or in one only."""

    both: int
    only_a: int
    only_b: int


@dataclass(frozen=True)
class Difference:
    """What a comparison comes to."""

    points: list[Point]
    """In time order."""
    rows: list[Row]
    nodes: Shares
    queries: Shares
    equal_answers: int
    different_answers: int
    """Of the queries in both runs that were answered in both."""
    end_causes: dict[str, tuple[int, int]]
    """Nodes of each run, by how they ended."""


def compare(a: Recording, b: Recording) -> Difference:
    """Compare two runs, whatever they have to do with each other."""
    comparison = _Comparison(a, b)
    comparison.walk(build(a.nodes, a.queries), build(b.nodes, b.queries))
    rows, asked, answers = comparison.rows, comparison.queries, comparison.answers
    marks = Counter(row.mark for row in rows)
    ends = [Counter(node.end_cause or "living" for node in side.nodes) for side in (a, b)]
    return Difference(
        sorted(comparison.points, key=lambda point: point.instant_s),
        rows,
        Shares(marks[SAME] + marks[CHANGED], marks[ONLY_A], marks[ONLY_B]),
        Shares(asked, len(a.queries) - asked, len(b.queries) - asked),
        answers[True],
        answers[False],
        {cause: (ends[0][cause], ends[1][cause]) for cause in sorted({*ends[0], *ends[1]})},
    )


class _Comparison:
    def __init__(self, a: Recording, b: Recording) -> None:
        self.points: list[Point] = []
        self.rows: list[Row] = []
        self.queries = 0
        self.answers = Counter[bool]()
        self._begun = [datetime.fromisoformat(side.run.started_at) for side in (a, b)]
        self._files_a, self._files_b = _files(a), _files(b)

    def walk(self, a: Branch, b: Branch) -> None:
        """Compare two operators and everything below them."""
        waiting: list[tuple[int, Branch | None, Branch | None]] = [(0, a, b)]
        while waiting:
            depth, one, other = waiting.pop()
            if one and other:
                below = self._pair(depth, one, other)
            else:
                below = self._alone(depth, one, other)
            waiting += [(depth + 1, *pair) for pair in reversed(below)]

    def _alone(self, depth: int, a: Branch | None, b: Branch | None) -> list[_Branches]:
        if a is not None:
            self.rows.append(Row(ONLY_A, depth, a.node, None))
            return [(child, None) for child in a.children]
        assert b is not None
        self.rows.append(Row(ONLY_B, depth, None, b.node))
        return [(None, child) for child in b.children]

    def _pair(self, depth: int, a: Branch, b: Branch) -> list[_Branches]:
        before = len(self.points)
        if a.node and b.node:
            self._compare_nodes(a, b)
        self._compare_queries(a, b)
        children = _children(a, b)
        for child_a, child_b in children:
            if child_a and not child_b:
                only = _node(child_a)
                self._part("child", a, b, (only.program, None), (only.started_at, None))
            elif child_b and not child_a:
                only = _node(child_b)
                self._part("child", a, b, (None, only.program), (None, only.started_at))
        if a.node:
            mark = SAME if len(self.points) == before else CHANGED
            self.rows.append(Row(mark, depth, a.node, b.node))
        return children

    def _compare_nodes(self, a: Branch, b: Branch) -> None:
        x, y = _node(a), _node(b)
        started, ended = (x.started_at, y.started_at), (x.ended_at, y.ended_at)
        for what, one, other, instants in (
            ("program", x.program, y.program, started),
            ("end", _end(x), _end(y), ended),
            ("stdout", _text(x.stdout), _text(y.stdout), ended),
            ("stderr", _text(x.stderr), _text(y.stderr), ended),
            ("files", self._files_a[x.id], self._files_b[y.id], ended),
        ):
            if one != other:
                self._part(what, a, b, (one, other), instants)

    def _compare_queries(self, a: Branch, b: Branch) -> None:
        pairs, left, right = _matched(a.queries, b.queries, _fate, _key_of_query, _words)
        for query in left:
            self._part("query", a, b, (query.prompt, None), (query.started_at, None))
        for query in right:
            self._part("query", a, b, (None, query.prompt), (None, query.started_at))
        for one, other in pairs:
            self.queries += 1
            if one.answer is not None and other.answer is not None:
                self.answers[one.answer == other.answer] += 1
            decisions, ended = (_decision(one), _decision(other)), (one.ended_at, other.ended_at)
            if decisions[0] != decisions[1]:
                self._part("decision", a, b, decisions, ended)
            elif one.answer != other.answer:
                self._part("answer", a, b, (one.answer, other.answer), ended)

    def _part(
        self,
        what: str,
        a: Branch,
        b: Branch,
        texts: tuple[str | None, str | None],
        instants: tuple[str | None, str | None],
    ) -> None:
        happened = [
            (datetime.fromisoformat(instant) - begun).total_seconds()
            for instant, begun in zip(instants, self._begun, strict=True)
            if instant is not None
        ]
        first_s = min(happened, default=0.0)
        self.points.append(Point(first_s, what, _id(a), _id(b), *_excerpts(*texts)))


# --- who belongs to whom

_Branches = tuple[Branch | None, Branch | None]
T = TypeVar("T")


def _children(a: Branch, b: Branch) -> list[_Branches]:
    """Pair two nodes' children; in the order of the one's, those of the other in between."""
    pairs, left, right = _matched(a.children, b.children, _key_of_node, _program)
    alike, left, right = _alike(left, right)
    alone: list[_Branches] = [*((one, None) for one in left), *((None, one) for one in right)]
    return sorted([*pairs, *alike, *alone], key=_place)


def _place(pair: _Branches) -> tuple[int, bool]:
    branch = pair[0] or pair[1]
    assert branch is not None
    return _node(branch).index, pair[0] is None


def _id(branch: Branch) -> str | None:
    return branch.node.id if branch.node else None


def _node(branch: Branch) -> NodeRecord:
    assert branch.node is not None
    return branch.node


def _matched(
    left: list[T], right: list[T], *names: Callable[[T], Hashable]
) -> tuple[list[tuple[T, T]], list[T], list[T]]:
    """Pair what has the same name, by the first way of naming first; return the rest, too.

    What a way gives no name to waits for the next one.
    """
    pairs = []
    for name in names:
        named: dict[Hashable, deque[T]] = defaultdict(deque)
        for item in right:
            named[name(item)].append(item)
        unnamed = named.pop(None, ())
        rest = []
        for item in left:
            if same := named.get(name(item)):
                pairs.append((item, same.popleft()))
            else:
                rest.append(item)
        left, right = rest, [*unnamed, *chain.from_iterable(named.values())]
    return pairs, left, right


def _alike(
    left: list[Branch], right: list[Branch]
) -> tuple[list[tuple[Branch, Branch]], list[Branch], list[Branch]]:
    """Pair those whose programs are alike, the likest first; return the rest, too."""
    found = sorted(
        (-likeness(_node(a).program, _node(b).program), i, j)
        for i, a in enumerate(left)
        for j, b in enumerate(right)
        if _node(a).language == _node(b).language
    )
    of_left, of_right = dict[int, int](), set[int]()
    for negative, i, j in found:
        if -negative >= ALIKE and i not in of_left and j not in of_right:
            of_left[i] = j
            of_right.add(j)
    return (
        [(left[i], right[j]) for i, j in of_left.items()],
        [branch for i, branch in enumerate(left) if i not in of_left],
        [branch for j, branch in enumerate(right) if j not in of_right],
    )


def _fate(query: QueryRecord) -> Hashable:
    """Name one of several queries that may change places by what became of it."""
    return (query.request_digest, query.decision, query.answer) if query.exchangeable else None


def _key_of_query(query: QueryRecord) -> Hashable:
    return query.key


def _words(query: QueryRecord) -> Hashable:
    return query.prompt


def _key_of_node(branch: Branch) -> Hashable:
    return _node(branch).key


def _program(branch: Branch) -> Hashable:
    return _node(branch).language, _node(branch).program


# --- what there is to compare


def _files(recording: Recording) -> dict[str, str]:
    """Return the files that a node left behind as one text, by node."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(recording.files, key=lambda file: file.path):
        content = file.content if isinstance(file.content, str) else _text(file.content)
        found[file.node] += [f"{file.path}: {line}" for line in content.split("\n")]
    return defaultdict(str, {node: "\n".join(lines) for node, lines in found.items()})


def _end(node: NodeRecord) -> str:
    code = "" if node.exit_code is None else f" {node.exit_code}"
    return f"{node.end_cause or 'living'}{code}"


def _decision(query: QueryRecord) -> str:
    return f"denied: {query.denial['limit']}" if query.denial else query.decision


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "backslashreplace")


def _excerpts(a: str | None, b: str | None) -> tuple[str | None, str | None]:
    """Return the first lines in which two texts differ, from shortly before that on."""
    if a is None or b is None:
        return a and first_line(a), b and first_line(b)
    lines = zip_longest(a.splitlines(), b.splitlines(), fillvalue="")
    one, other = next((pair for pair in lines if pair[0] != pair[1]), (a, b))
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    begin = max(0, sum(1 for _ in same) - BEFORE_CHARACTERS)
    return _cut(one, begin), _cut(other, begin)


def _cut(line: str, begin: int) -> str:
    shown = line[begin : begin + EXCERPT_CHARACTERS]
    return f"{'…' * (begin > 0)}{shown}{'…' * (begin + len(shown) < len(line))}"
