"""How far a replay and its original agree, and where they first differ, and why.

Nodes and queries are compared by key. Fidelity is a vector of shares from 0 to 1; a node that did
not end by itself was played from the record and says nothing, so the share of the others, the
coverage, stands beside it.

A node has *diverged* if anything about it differs. Most do so because something below them, or what
somebody else wrote, differed before: the *frontier* are those with no such excuse. The class of a
divergence is read from what differs, and from what the program reads; its evidence says which.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recursor import keys
from recursor.masks import TIME
from recursor.records import CheckRecord, EventRecord, NodeRecord, QueryRecord, Recording
from recursor.types import Decision, NodeEnd

CHANNELS = ("exit", "stdout", "stderr", "files", "decisions", "memory")
"""In which respects two nodes with the same key are compared."""
_BROKEN_OFF = ("killed", "stopped")
_VISIBLE = ("exit", "stdout", "stderr", "files")
COMPARED_CHARACTERS = 4000
"""So much of a text is searched for what differs."""

_CLOCKS = re.compile(
    r"\bdate\b|\btime\b|\bSECONDS\b|\bEPOCH|\buptime\b|perf_counter|monotonic|\bnow\(|localtime"
    r"|strftime|%[sTN]\b|\bstat\b|\bls -\w*l|getmtime|/proc/uptime"
)
_CHANCE = re.compile(
    r"\bS?RANDOM\b|/dev/u?random|\bshuf\b|\bmktemp\b|\buuid|\brandom\b|\bsecrets\b|\brand\(|urandom"
    r"|sort -R|\btempfile\b|\bid\(|/random/uuid"
)
_SURROUNDINGS = re.compile(
    r"\benv\b|\bprintenv\b|\benviron\b|\bgetenv\b|/proc/|/sys/|\buname\b|\bhostname\b|\bnproc\b"
    r"|\bfree\b|\bdf\b|\bid\b|\bwhoami\b|\bulimit\b|\bE?UID\b|\bPPID\b|\$\$|\bgetpid\b|\bps\b"
    r"|\bplatform\b|\bcpu_count\b|\blscpu\b|/etc/|\bdeclare -p\b|\bset$|\bBASHPID\b|\bgetuid\b"
)
_VARIABLE = re.compile(r"\$\{?(?!RUN_AI\b)([A-Z][A-Z0-9_]+)")
"""Of a shell; what is set from outside has such a name."""
_HOME = re.compile(r"/(?:home/[\w.-]+|root)\b")
_WAITS = re.compile(r"\btimeout\b|\bread -t\b|\bsleep\b|\bwait -n\b|settimeout|\balarm\b")


@dataclass(frozen=True)
class Divergence:
    """A node where a replay begins to differ."""

    node: NodeRecord | None
    """As the replay has it; None is the operator."""
    original: NodeRecord | None
    channels: tuple[str, ...]
    cause: str
    """`clock`, `random`, `race`, `timeout`, `environment`, `missing answer`, `code`, or
    `unexplained`."""
    evidence: str


@dataclass(frozen=True)
class Fidelity:
    """What a replay amounts to."""

    components: Mapping[str, float]
    """Shares from 0 to 1. `nodes`: Jaccard index of the node keys; `hits`: of the queries, those
    served exactly; `asked`: of the recorded queries, those that were asked again; `program`: of the
    recorded programs, those that were executed again; the channels: of these, those with the same;
    `tree`: 1 if the trees are the same whatever the order of siblings."""
    coverage: float
    """The share of nodes that were executed, not played from the record."""
    counts: Mapping[str, int]
    frontier: tuple[Divergence, ...]
    checks: tuple[CheckRecord, ...] = field(repr=False)

    @property
    def is_exact(self) -> bool:
        return all(share == 1.0 for share in self.components.values())


def compare(original: Recording, replay: Recording) -> Fidelity:
    """Compare a replay with the run that it replays."""
    return _Comparison(original, replay).result()


def merkle(nodes: Sequence[NodeRecord]) -> str:
    """Return a name of a tree: of its programs and their ends, whatever the order of siblings."""
    children: dict[str | None, list[NodeRecord]] = defaultdict(list)
    for each in nodes:
        children[each.parent].append(each)
    done: dict[str | None, str] = {}
    waiting: list[tuple[NodeRecord | None, bool]] = [(None, False)]
    while waiting:
        node, is_ready = waiting.pop()
        at = node.id if node else None
        if not is_ready:
            waiting += [(node, True), *((child, False) for child in children[at])]
            continue
        # What died with its run has no end in the record.
        end = node and (node.end_cause or NodeEnd.KILLED)
        own = [node.language, node.program, end, node.exit_code] if node else []
        done[at] = keys.digest([own, sorted(done[child.id] for child in children[at])])
    return done[None]


class _Side:
    """A recording, by key."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.nodes = {node.key: node for node in recording.nodes}
        self.queries = {query.key: query for query in recording.queries}
        by_id = {node.id: node for node in recording.nodes}
        self.key: dict[str | None, str] = {None: ""}
        self.key.update({node.id: node.key for node in recording.nodes})
        self.jail = recording.jails()
        self.asked: dict[str, list[QueryRecord]] = defaultdict(list)
        self.events: dict[str, list[EventRecord]] = defaultdict(list)
        self.files: dict[str, dict[str, bytes | str]] = defaultdict(dict)
        self.children: dict[str, list[NodeRecord]] = defaultdict(list)
        for query in recording.queries:
            self.asked[self.key[query.node]].append(query)
        for event in recording.events:
            self.events[self.key[event.node]].append(event)
        for file in recording.files:
            self.files[by_id[file.node].key][file.path] = file.content
        for node in recording.nodes:
            self.children[self.key[node.parent]].append(node)

    def channel(self, key: str, name: str) -> Any:
        """Return what a node with a key amounts to in one respect."""
        node = self.nodes.get(key)
        match name:
            case "exit":
                return node and (node.end_cause, node.exit_code, node.signal)
            case "stdout":
                return node and (node.stdout, node.stdout_bytes)
            case "stderr":
                return node and (node.stderr, node.stderr_bytes)
            case "files":
                return node and (self.files[key], node.files_left_out)
            case "decisions":
                refused = [event.key for event in self.events[key] if event.kind == "refused"]
                return {q.key: _became(q) for q in self.asked[key]}, sorted(map(str, refused))
        return {
            event.key: (event.detail["found"], event.detail.get("sha256"))
            for event in self.events[key]
            if event.kind.startswith("memory_")
        }

    def writes(self, key: str) -> list[tuple[str, str]]:
        """Return what a node wrote into the memory, in order: key and value."""
        kinds = ("memory_put", "memory_append")
        written = [event for event in self.events[key] if event.kind in kinds]
        return [(event.detail["key"], event.content or "") for event in written]

    def refused(self, key: str) -> list[EventRecord]:
        return [event for event in self.events[key] if event.kind == "refused"]


class _Comparison:
    def __init__(self, original: Recording, replay: Recording) -> None:
        self._was, self._is = _Side(original), _Side(replay)
        sealed = {
            node.key for node in original.nodes if not self._was.jail[node.id].ended_by_itself
        }
        self._open = [node.key for node in original.nodes if node.key not in sealed]
        """The keys of the nodes that a replay executes."""
        self._sealed = sealed
        self._both = [key for key in self._open if key in self._is.nodes]
        self._unequal = {key: self._differing(key) for key in ("", *self._both)}
        self._diverged = {key for key, channels in self._unequal.items() if channels}

    def result(self) -> Fidelity:
        original, replay = self._was.recording, self._is.recording
        frontier = tuple(self._divergence(key) for key in self._frontier())
        was, now = set(self._was.nodes), set(self._is.nodes)
        asked = [q for k in ("", *self._both) for q in self._is.asked[k]]
        sources = Counter(query.source for query in asked)
        expected = [q for key in ("", *self._open) for q in self._was.asked[key]]
        orphans = [query for query in expected if query.key not in self._is.queries]
        components = {
            "nodes": _share(len(was & now), len(was | now)),
            "hits": _share(sources["recorded"], len(asked)),
            "asked": _share(len(expected) - len(orphans), len(expected)),
            "program": _share(len(self._both), len(self._open)),
            **{name: self._equal(name) for name in CHANNELS},
            "tree": float(merkle(original.nodes) == merkle(replay.nodes)),
        }
        counts = {
            "nodes": len(self._was.nodes),
            "executed": len(self._both),
            "played": len(self._sealed),
            "queries": len(expected),
            "hits": sources["recorded"],
            "hits_normalised": sources["recorded_normalised"],
            "misses": sources["missing"],
            "orphans": len(orphans),
            "diverged": len(self._diverged),
            "model_calls": sum(
                query.source == "live" and query.decision == "granted"
                for query in self._is.recording.queries
            ),
        }
        coverage = _share(len(self._open), len(self._was.nodes))
        return Fidelity(components, coverage, counts, frontier, tuple(self._checks(frontier)))

    def _equal(self, channel: str) -> float:
        """Return the share of nodes that agree in one respect; the operator only decides."""
        compared = ["", *self._both] if channel == "decisions" else self._both
        return _share(sum(channel not in self._unequal[key] for key in compared), len(compared))

    def _differing(self, key: str) -> tuple[str, ...]:
        channels = CHANNELS if key else ("decisions",)
        return tuple(
            name for name in channels if self._was.channel(key, name) != self._is.channel(key, name)
        )

    def _checks(self, frontier: Sequence[Divergence]) -> Iterator[CheckRecord]:
        causes = {d.node.key: (d.cause, d.evidence) for d in frontier if d.node}
        run, original = self._is.recording.run.id, self._was.recording.run.id
        for key in self._open:
            there = key in self._is.nodes
            yield CheckRecord(run, original, key, "program", there)
            for name in CHANNELS if there else ():
                equal = name not in self._unequal[key]
                why = (None, None) if equal else causes.get(key, (None, None))
                yield CheckRecord(run, original, key, name, equal, *why)

    # --- where it begins

    def _frontier(self) -> list[str]:
        return [key for key in self._unequal if key in self._diverged and not self._excused(key)]

    def _excused(self, key: str) -> bool:
        """Return whether something before explains that a node differs.

        Or after: the end of the replay itself broke it off.
        """
        now = self._is.nodes.get(key)
        if now and now.end_cause in _BROKEN_OFF and now.killed_by in ("operator", "recursor"):
            return True
        for child in self._was.children[key]:
            if child.key in self._diverged and set(self._unequal[child.key]) & set(_VISIBLE):
                return True
        return bool(self._changed_reads(key)) and self._written_by_diverged(key)

    def _changed_reads(self, key: str) -> list[EventRecord]:
        """Return what a node read from the memory that was something else then."""
        if "memory" not in self._unequal[key]:
            return []
        was, now = self._was.channel(key, "memory"), self._is.channel(key, "memory")
        changed = {event for event in was if event in now and was[event] != now[event]}
        return [event for event in self._is.events[key] if event.key in changed]

    def _written_by_diverged(self, key: str) -> bool:
        """Return whether what a node read was written by others that differ in what they wrote."""
        names = {event.detail["key"] for event in self._changed_reads(key)}
        return any(self._wrote_otherwise(other, names) for other in self._diverged - {key})

    def _wrote_otherwise(self, key: str, names: set[str]) -> bool:
        was, now = (
            sorted(write for write in side.writes(key) if write[0] in names)
            for side in (self._was, self._is)
        )
        return was != now

    # --- why

    def _divergence(self, key: str) -> Divergence:
        cause, evidence = self._cause(key)
        return Divergence(
            self._is.nodes.get(key), self._was.nodes.get(key), self._unequal[key], cause, evidence
        )

    def _cause(self, key: str) -> tuple[str, str]:
        was, now = self._was.nodes.get(key), self._is.nodes.get(key)
        if now is not None and was is not None:
            if now.end_cause == "timeout":
                return "timeout", "it was ended because its running time was over"
            if 124 in (was.exit_code, now.exit_code) and was.exit_code != now.exit_code:
                return "timeout", f"exit {was.exit_code} became {now.exit_code}: `timeout` struck"
        reads = self._changed_reads(key)
        if reads and not self._wrote_otherwise(key, {read.detail["key"] for read in reads}):
            name = reads[0].detail["key"]
            return "race", f"it read something else under {name!r} from the memory"
        unanswered = self._unanswered(key)
        if unanswered is not None:
            return "missing answer", f"the record holds no answer to {unanswered.prompt[:60]!r}"
        if half := self._half_kept(key):
            return "missing answer", f"the record keeps only a part of what {half.id} said"
        return self._cause_of(self._pairs(key), self._text(key), bool(self._misses(key)))

    def _cause_of(
        self, pairs: list[tuple[str, str, str]], program: str, asked: bool
    ) -> tuple[str, str]:
        """Tell from what differs, what the program reads, and whether it asked anything else."""
        fragments = [(name, a, b) for name, one, two in pairs for a, b in _fragments(one, two)]
        shown = ""
        if fragments:
            name, a, b = fragments[0]
            shown = f": {name} {a[:40]!r} became {b[:40]!r}"
        if fragments and all(_is_time(a) and _is_time(b) for _, a, b in fragments):
            return "clock", f"only times differ{shown}"
        if fragments and all(_HOME.sub("~", a) == _HOME.sub("~", b) for _, a, b in fragments):
            return "environment", f"only the home's name differs{shown}"
        if drawn := _first(_CHANCE, program):
            return "random", f"the program draws by {drawn!r}{shown}"
        if pairs and all(_is_reordered(a, b) for _, a, b in pairs):
            return "race", f"{pairs[0][0]} has the same lines in another order"
        for cause, read in (
            ("clock", _first(_CLOCKS, program)),
            ("environment", _first(_SURROUNDINGS, program) or _given(program)),
            ("timeout", _first(_WAITS, program)),
        ):
            if pairs and read:
                return cause, f"the program reads {read!r}{shown}"
        if asked and not pairs:
            return "missing answer", "it asked what the record does not hold"
        was, now = self._was.recording.run, self._is.recording.run
        if (was.code_version, was.profile, was.guest) != (now.code_version, now.profile, now.guest):
            return "code", f"Recursor or what it gives to programs is not the same now{shown}"
        if was.host != now.host:
            return "environment", f"the host is not the same now{shown}"
        return "unexplained", f"nothing that is recorded explains it{shown}"

    def _unanswered(self, key: str) -> QueryRecord | None:
        """Return a query that the record knows, but no answer to it."""
        for query in self._is.asked[key]:
            known = self._was.queries.get(query.key)
            if known is not None and query.finish_reason == "gone" and known.answer is None:
                return query
        return None

    def _half_kept(self, key: str) -> NodeRecord | None:
        """Return a program below a node that was played, and said more than the record keeps."""
        for child in self._was.children[key]:
            kept = len(child.stdout or b""), len(child.stderr or b"")
            if child.key in self._sealed and kept != (
                child.stdout_bytes or 0,
                child.stderr_bytes or 0,
            ):
                return child
        return None

    def _misses(self, key: str) -> list[QueryRecord]:
        return [query for query in self._is.asked[key] if query.source == "missing"]

    def _pairs(self, key: str) -> list[tuple[str, str, str]]:
        """Return what a node asked then and now, or what it said, where that differs.

        Where it asked something else, what it said differs because of what it was not told.
        """
        return list(self._asked(key)) or ([] if self._misses(key) else list(self._said(key)))

    def _said(self, key: str) -> Iterator[tuple[str, str, str]]:
        writes = zip(self._was.writes(key), self._is.writes(key), strict=False)
        for (name, then), (_, value) in writes:
            if then != value:
                yield f"{name} in the memory", then, value
        was, now = self._was.nodes.get(key), self._is.nodes.get(key)
        if was is not None and now is not None:
            for name in ("stdout", "stderr"):
                if name in self._unequal[key]:
                    yield name, _text(getattr(was, name)), _text(getattr(now, name))
        files_then, files_now = self._was.files[key], self._is.files[key]
        for path in sorted(set(files_then) & set(files_now)):
            if files_then[path] != files_now[path]:
                yield path, _text(files_then[path]), _text(files_now[path])

    def _asked(self, key: str) -> Iterator[tuple[str, str, str]]:
        asked = {query.key for query in self._is.asked[key]}
        orphans = [query.prompt for query in self._was.asked[key] if query.key not in asked]
        yield from _matched("prompt", orphans, [query.prompt for query in self._misses(key)])
        known = {event.key for event in self._was.refused(key)}
        wanted = [event.content or "" for event in self._is.refused(key) if event.key not in known]
        there = {child.key for child in self._is.children[key]}
        gone = [child.program for child in self._was.children[key] if child.key not in there]
        yield from _matched("program", gone, wanted)

    def _text(self, key: str) -> str:
        """Return all code that ran as this node."""
        node = self._was.nodes.get(key)
        own = [event.content or "" for event in self._is.events[key] if event.kind == "own_code"]
        return "\n".join([node.program if node else "", *own])


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found else ""


def _given(program: str) -> str:
    """Return a variable that a program reads and does not set."""
    for found in _VARIABLE.finditer(program):
        if not re.search(rf"\b{found[1]}=|\b(?:read|for|mapfile)\b.*\b{found[1]}\b", program):
            return found[0]
    return ""


def _became(query: QueryRecord) -> str:
    """Return what became of a query; one that its run did not survive has failed."""
    is_open = query.decision == Decision.GRANTED and query.answer is None
    return Decision.FAILED if is_open else query.decision


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _text(content: bytes | str | None) -> str:
    text = content.decode("utf-8", "backslashreplace") if isinstance(content, bytes) else content
    return (text or "")[:COMPARED_CHARACTERS]


def _is_reordered(a: str, b: str) -> bool:
    return a != b and sorted(a.splitlines()) == sorted(b.splitlines())


def _matched(name: str, then: list[str], now: list[str]) -> Iterator[tuple[str, str, str]]:
    """Pair each text of now with the likest one of then."""
    for text in now:
        likest = difflib.get_close_matches(text[:COMPARED_CHARACTERS], then, 1, 0.0)
        if likest and likest[0] != text:
            yield name, likest[0], text


def _fragments(a: str, b: str) -> Iterator[tuple[str, str]]:
    """Yield the words in which two texts differ."""
    split = re.compile(r"\s+")
    one, two = split.split(a), split.split(b)
    matcher = difflib.SequenceMatcher(None, one, two, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            yield " ".join(one[i:j]), " ".join(two[k:m])


def _is_time(fragment: str) -> bool:
    return bool(fragment) and not re.search(r"\w", TIME.sub("", fragment))
