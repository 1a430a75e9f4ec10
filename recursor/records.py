"""What is recorded: one frozen value a row, one field a column.

A record is inserted with what is known when something starts (`None` for the rest), and completed
once, when it ends. Instants are RFC 3339 in UTC, ids ULIDs, keys and digests hex SHA-256.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recursor.types import Provenance

WEAK = "contained"
"""The `link_evidence` that is weaker than exact: one text holds the other, both could be else's."""


@dataclass(frozen=True)
class RunRecord:
    """A row of `run`."""

    id: str
    goal: str
    name: str | None
    tags: list[str]
    seed: int
    mode: str
    model: str
    model_digest: str
    model_family: str
    model_parameters: int | None
    model_quantisation: str | None
    model_provenance: str
    """`planted` if any model that answers in it is, else `shadow` if any is one, else `general`."""
    engine: str
    inference: Mapping[str, Any]
    """How the model's engine computed answers: its mode, its room, what was known of the mode."""
    rendering: Mapping[str, Any]
    """The model's chat template, and the special tokens that this names."""
    models: Mapping[str, Any]
    """What is known of each model that programs could ask by name."""
    pack: str
    pack_digest: str
    pack_content: str | None
    """The whole pack as JSON; runs of before schema 0005 have none."""
    plants: list[str]
    language: str
    root: Mapping[str, Any] | None
    """The operator's own first program: its language and text."""
    sampling: Mapping[str, Any]
    budget: Mapping[str, Any]
    allocation: str
    parallel: int
    isolation: Mapping[str, Any]
    guest: Mapping[str, Any]
    """What programs find: names of commands, what they see of the budget, files, hooks, memory."""
    policies: Mapping[str, Any]
    profile: str
    code_version: str
    host: Mapping[str, Any]
    started_at: str
    parent_run: str | None = None
    """The run that this one replays, forks or continues."""
    fork_node: str | None = None
    fork_edit: Mapping[str, Any] | None = None
    """What is different from there on."""
    terms: Mapping[str, Any] | None = None
    """On which terms parts of it were grown, if not all on its own: see `runs.terms`."""
    experiment: str | None = None
    trial: int | None = None
    condition: Mapping[str, Any] | None = None
    """The values of the experiment's factors."""
    pair: str | None = None
    ended_at: str | None = None
    end_cause: str | None = None
    end_detail: str | None = None

    @property
    def model_label(self) -> str:
        """What its model is called in tables: what did not come from a general one is told."""
        is_general = self.model_provenance == Provenance.GENERAL
        return self.model if is_general else f"{self.model}, {self.model_provenance}"


@dataclass(frozen=True)
class FixtureRecord:
    """A row of `fixture`: a file that lay beside the first program."""

    run: str
    path: str
    content: bytes


@dataclass(frozen=True)
class NodeRecord:
    """A row of `node`."""

    id: str
    run: str
    parent: str | None
    depth: int
    index: int
    key: str
    occurrence: int
    origin_query: str | None
    link_evidence: str | None
    link_coverage: list[float] | None
    link_candidates: int
    language: str
    program: str
    jail: str
    kind: str
    started_at: str
    source: str = "live"
    """`live`: its program was executed; `recorded`: what another run recorded of it was served."""
    ended_at: str | None = None
    exit_code: int | None = None
    signal: int | None = None
    waited_s: float | None = None
    end_cause: str | None = None
    killed_by: str | None = None
    stdout: bytes | None = None
    stdout_bytes: int | None = None
    stderr: bytes | None = None
    stderr_bytes: int | None = None
    isolation: Mapping[str, Any] | None = None
    files: int | None = None
    """How many files it left behind that were kept."""
    files_left_out: Mapping[str, int] | None = None
    """How many things it left behind that were not kept, by reason."""

    @property
    def ended_by_itself(self) -> bool:
        return self.end_cause == "exited"


@dataclass(frozen=True)
class FileRecord:
    """A row of `file`: a file that a node left in its folder."""

    run: str
    node: str
    path: str
    content: bytes | str
    """Its bytes, or where content was not asked for their SHA-256."""
    size: int


@dataclass(frozen=True)
class QueryRecord:
    """A row of `query`."""

    id: str
    run: str
    node: str | None
    key: str
    label: str | None
    occurrence: int
    exchangeable: bool
    request_digest: str
    model: str | None
    """The name of the model that was asked for, if one was."""
    prompt: str
    rendered: str
    spans: list[Mapping[str, Any]]
    parameters: Mapping[str, Any]
    seed: int
    decision: str
    ledger: Mapping[str, Any]
    arrival: int
    started_at: str
    denial: Mapping[str, Any] | None = None
    error: str | None = None
    ended_at: str | None = None
    answer: str | None = None
    answer_token_ids: list[int] | None = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    cached_prompt_tokens: int | None = None
    answer_tokens: int | None = None
    queue_s: float | None = None
    prefill_s: float | None = None
    decode_s: float | None = None
    source: str = "live"
    """`live`, or where the answer or the refusal was served from: `recorded`,
    `recorded_normalised`, `shadow`; `missing` if a replay had nothing to serve."""


@dataclass(frozen=True)
class EventRecord:
    """A row of `event`: a fact about a node, with the observer that saw it."""

    run: str
    node: str | None
    sequence: int
    time_ns: int
    kind: str
    observer: str
    detail: Mapping[str, Any]
    key: str | None = None
    content: str | None = None
    """What it is about: the text of a program that was refused, a value that was written."""


@dataclass(frozen=True)
class CheckRecord:
    """A row of `replay_check`: whether a replay and its original agree in one respect."""

    run: str
    original: str
    key: str
    """Of the node, or of the query or program that was asked for."""
    channel: str
    equal: bool
    cause: str | None = None
    """The class of a divergence that begins here."""
    evidence: str | None = None


@dataclass(frozen=True)
class AttributionRecord:
    """A row of `attribution`: what one source of a query's prompt gave to its answer.

    It is reckoned from a run with its model, can be again, and is no part of the run's recording.
    """

    run: str
    query: str
    source: str
    """`pack`, `pack example 1`, `goal`, `guest`, `answer:ID`, `memory:NAME`, `denial`,
    `everything` for all of them together; empty for the answer under its whole prompt."""
    spans: list[list[int]]
    """Where its words stand in the rendered prompt: beginnings and ends, in characters."""
    bits: float
    """How many bits less likely the answer is without it; of the whole prompt, the answer's own
    information (-log2 of its probability)."""
    tokens: list[float]
    """The same of each token of the answer; they add up to `bits`."""
    ends: list[int] | None = None
    """Where each token ends in the answer, in characters; told with the whole prompt only."""


@dataclass(frozen=True)
class ExperimentRecord:
    """A row of `experiment`: what was planned, before its first run."""

    id: str
    name: str
    digest: str
    """Of the plan."""
    plan: Mapping[str, Any]
    planned_at: str
    code_version: str


@dataclass(frozen=True)
class TrialRecord:
    """A row of `trial`: a run that is planned, and what came of it."""

    id: str
    experiment: str
    number: int
    condition: Mapping[str, Any]
    goal: str
    """The goal's name in the plan."""
    seed: int
    pair: str
    run: str | None = None
    failure: str | None = None
    """Why there is no run, or why the run is no measurement."""
    ended_at: str | None = None


@dataclass(frozen=True)
class Recording:
    """All that is recorded of a run; nodes in the order of their start, queries of arrival."""

    run: RunRecord
    fixtures: list[FixtureRecord]
    nodes: list[NodeRecord]
    queries: list[QueryRecord]
    events: list[EventRecord]
    files: list[FileRecord]

    def jails(self) -> dict[str, NodeRecord]:
        """Return the node in whose jail each node was executed, by ids."""
        nodes = {node.id: node for node in self.nodes}
        found: dict[str, NodeRecord] = {}
        for node in self.nodes:
            jail = node
            while jail.kind == "scope" and jail.parent in nodes:
                jail = nodes[jail.parent]
            found[node.id] = jail
        return found
