"""The record of a run that never ran: rows as a run would have left them, in no time.

For trees too large to grow, and for what no jail is needed for: the texts of programs, and who was
written by whom.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from recursor import keys
from recursor.records import EventRecord, NodeRecord, QueryRecord, Recording, RunRecord
from recursor.store import Store
from recursor.types import Denial, Language, Limits, Policies, Program, Provenance, Sampling
from recursor.version import __version__

_BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
_STEP = timedelta(milliseconds=5)


@dataclass(frozen=True)
class Planted:
    """A run, and what is true of it because it was made so."""

    recording: Recording
    truth: list[dict[str, Any]]
    """A row a fact; a row about a node has its id as `node`."""


@dataclass
class Plant:
    """A run to which rows are added; each comes a little later than the one before."""

    name: str
    """Of runs of one name and seed the ids are the same."""
    seed: int = 0
    goal: str = "planted"
    limits: Limits = field(default_factory=Limits)
    _rows: dict[str, NodeRecord] = field(default_factory=dict)
    _queries: list[QueryRecord] = field(default_factory=list)
    _events: list[EventRecord] = field(default_factory=list)
    _children: Counter[str | None] = field(default_factory=Counter)
    _counts: Counter[str] = field(default_factory=Counter)
    _moment: int = 0

    @property
    def run(self) -> str:
        """The run's id."""
        return self._id("run", 0)

    def ask(
        self,
        node: str | None,
        prompt: str,
        answer: str | None = None,
        *,
        denial: Denial | None = None,
        error: str | None = None,
    ) -> str:
        """Add a query of a node (None: the operator's) that ended at once; return its id.

        It is granted, unless there is a denial or an error; with both chance let it fail.
        """
        asker = keys.operator_key(self.goal) if node is None else self._rows[node].key
        request = keys.digest(["query", prompt])
        rank = keys.rank(request, None)
        occurrence = self._count(f"{asker} {rank}")
        at, number = self._now(), len(self._queries)
        decision = "failed" if error else "denied" if denial else "granted"
        tokens = None if answer is None else len(answer) // 4
        self._queries.append(
            QueryRecord(
                id=self._id("query", number),
                run=self.run,
                node=node,
                key=keys.query_key(asker, rank, occurrence),
                label=None,
                occurrence=occurrence,
                exchangeable=False,
                request_digest=request,
                model=None,
                prompt=prompt,
                rendered=prompt,
                spans=[{"start": 0, "end": len(prompt), "source": "guest"}],
                parameters=asdict(Sampling()),
                seed=number,
                decision=decision,
                ledger={"nodes": len(self._rows), "queries": number, "tokens": 0},
                arrival=number,
                started_at=at,
                denial=asdict(denial) if denial else None,
                error=error,
                ended_at=self._now(),
                answer=answer,
                finish_reason=None if answer is None else "stop",
                prompt_tokens=None if answer is None else len(prompt) // 4,
                answer_tokens=tokens,
            )
        )
        return self._queries[-1].id

    def grow(
        self,
        parent: str | None,
        program: str,
        language: str = "bash",
        *,
        origin: str | None = None,
        evidence: str | None = "broker",
        kind: str = "jail",
        end_cause: str | None = "exited",
        exit_code: int | None = 0,
        killed_by: str | None = None,
        stdout: str = "",
        stderr: str = "",
    ) -> str:
        """Add a node; return its id. `origin` is the query whose answer it is.

        It ends when `end` says so, or else with the run.
        """
        above = self._rows[parent] if parent else None
        parent_key = above.key if above else keys.operator_key(self.goal)
        digest = Program(Language(language), program).digest
        occurrence = self._count(f"{parent_key} {language} {digest}")
        id_ = self._id("node", len(self._rows))
        linked = evidence if origin else None
        self._rows[id_] = NodeRecord(
            id=id_,
            run=self.run,
            parent=parent,
            depth=above.depth + 1 if above else 1,
            index=self._children[parent],
            key=keys.node_key(parent_key, language, digest, occurrence),
            occurrence=occurrence,
            origin_query=origin,
            link_evidence=linked,
            link_coverage=[1.0, 1.0] if linked else None,
            link_candidates=1 if linked else 0,
            language=language,
            program=program,
            jail=id_ if kind != "scope" or above is None else above.jail,
            kind=kind,
            started_at=self._now(),
            exit_code=exit_code,
            waited_s=0.0,
            end_cause=end_cause,
            killed_by=killed_by,
            stdout=_bytes(stdout),
            stdout_bytes=len(_bytes(stdout)),
            stderr=_bytes(stderr),
            stderr_bytes=len(_bytes(stderr)),
            isolation={},
            files=0,
            files_left_out={},
        )
        self._children[parent] += 1
        return id_

    def end(self, node: str) -> None:
        """Let a node end now."""
        self._rows[node] = replace(self._rows[node], ended_at=self._now())

    def note(
        self,
        node: str | None,
        kind: str,
        detail: Mapping[str, Any],
        *,
        content: str | None = None,
        observer: str = "broker",
    ) -> None:
        """Add an event."""
        self._moment += 1
        sequence = len(self._events)
        instant_us = int((_BEGUN + self._moment * _STEP).timestamp() * 1e6)
        self._events.append(
            EventRecord(
                self.run, node, sequence, instant_us * 1000, kind, observer, detail, None, content
            )
        )

    def refuse(self, node: str, program: str, denial: Denial, language: str = "bash") -> None:
        """Add a program that a node asked to execute and that was refused."""
        detail = {"denial": asdict(denial), "language": language}
        self.note(node, "refused", detail, content=program)

    def recording(self) -> Recording:
        """Return the run, which ends now."""
        ended = self._now()
        nodes = [
            row if row.ended_at else replace(row, ended_at=ended) for row in self._rows.values()
        ]
        return Recording(self._record(ended), [], nodes, self._queries, self._events, [])

    def _record(self, ended: str) -> RunRecord:
        return RunRecord(
            id=self.run,
            goal=self.goal,
            name=f"{self.name}-{self.seed}",
            tags=["planted"],
            seed=self.seed,
            mode="live",
            model="planted",
            model_digest="0" * 64,
            model_family="planted",
            model_parameters=None,
            model_quantisation=None,
            model_provenance=Provenance.PLANTED,
            engine="none",
            inference={},
            rendering={},
            models={},
            pack="none",
            pack_digest="0" * 64,
            pack_content=None,
            plants=[],
            language="any",
            root=None,
            sampling=asdict(Sampling()),
            budget=asdict(self.limits),
            allocation="pool",
            parallel=1,
            isolation={},
            guest={"names": {}},
            policies=asdict(Policies()) | {"approve": "none"},
            profile="",
            code_version=__version__,
            host={},
            started_at=_at(0),
            ended_at=ended,
            end_cause="completed",
        )

    def _count(self, name: str) -> int:
        self._counts[name] += 1
        return self._counts[name] - 1

    def _now(self) -> str:
        self._moment += 1
        return _at(self._moment)

    def _id(self, kind: str, number: int) -> str:
        """Return a ULID in form: the same of the same name, seed, kind and number.

        Its time is one of 2025, so that `last` is no planted run where any was grown.
        """
        whose = int(hashlib.sha256(f"{self.name} {self.seed}".encode()).hexdigest()[:12], 16)
        first = {"run": "0", "node": "1", "query": "2"}[kind]
        return f"01K{first}{whose % 10**13:013d}{number:09d}"


def keep(store: Store, recording: Recording) -> None:
    """Write a run to the record, unless it is there: one name and seed give one run."""
    if any(run.id == recording.run.id for run in store.runs()):
        return
    store.add(recording.run).result()
    written = [store.add(node) for node in recording.nodes]
    written += [store.add(query) for query in recording.queries]
    written += [store.add(event) for event in recording.events]
    for each in written:
        each.result()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _at(moment: int) -> str:
    return (_BEGUN + moment * _STEP).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
