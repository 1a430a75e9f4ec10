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
    """Its ULID; runs sort by it in the order of their start."""
    goal: str
    """What the tree was grown for, in the operator's words."""
    name: str | None
    """A name that the operator gave it."""
    tags: list[str]
    """Words that the operator gave it."""
    seed: int
    """What every query's own seed is derived from."""
    mode: str
    """`live`, `replay`, `fork`, `resumed` or `planted`."""
    model: str
    """The spec of the model that was asked by default."""
    model_digest: str
    """SHA-256 of its weights, or of a stub's rules."""
    model_family: str
    """Its architecture, as its file says, or the kind of thing that answered."""
    model_parameters: int | None
    """How many parameters it has, where that is known."""
    model_quantisation: str | None
    """The type of its weights, as its file says."""
    model_provenance: str
    """`planted` if any model that answers in it is, else `shadow` if any is one, else `general`."""
    engine: str
    """What computed its answers, with its version."""
    inference: Mapping[str, Any]
    """How the model's engine computed answers: its mode, its room, what was known of the mode."""
    rendering: Mapping[str, Any]
    """The model's chat template, and the special tokens that this names."""
    models: Mapping[str, Any]
    """What is known of each model that programs could ask by name."""
    pack: str
    """The prompt pack's name."""
    pack_digest: str
    """SHA-256 of its content."""
    pack_content: str | None
    """The whole pack as JSON; runs of before schema 0005 have none."""
    plants: list[str]
    """The motifs that the pack says its words plant."""
    language: str
    """The language that programs were asked for in: `bash`, `python` or `any`."""
    root: Mapping[str, Any] | None
    """The operator's own first program: its language and text."""
    sampling: Mapping[str, Any]
    """How tokens were drawn: the fields of `types.Sampling`."""
    budget: Mapping[str, Any]
    """The limits: the fields of `types.Limits`."""
    allocation: str
    """`pool` or `lineage`."""
    parallel: int
    """How many programs ran at a time."""
    isolation: Mapping[str, Any]
    """What its probe proved of its jails before anything ran."""
    guest: Mapping[str, Any]
    """What programs find: names of commands, what they see of the budget, files, hooks, memory."""
    policies: Mapping[str, Any]
    """The rules beside the budget: the fields of `types.Policies`."""
    profile: str
    """The firejail profile that its jails had, whole."""
    code_version: str
    """The version of Recursor that grew it."""
    host: Mapping[str, Any]
    """Facts of the machine: its kernel, firejail, processor."""
    started_at: str
    """When it began."""
    parent_run: str | None = None
    """The run that this one replays, forks or continues."""
    fork_node: str | None = None
    """The node of that run at which it branches off."""
    fork_edit: Mapping[str, Any] | None = None
    """What is different from there on."""
    terms: Mapping[str, Any] | None = None
    """On which terms parts of it were grown, if not all on its own: see `runs.terms`."""
    experiment: str | None = None
    """The experiment that it is a run of."""
    trial: int | None = None
    """Which of its trials, counted from 0."""
    condition: Mapping[str, Any] | None = None
    """The values of the experiment's factors."""
    pair: str | None = None
    """What the runs of different conditions that are compared have in common."""
    ended_at: str | None = None
    """When it ended; none while it lives, or if it was broken off."""
    end_cause: str | None = None
    """Why it ended: a word of `RunEnd`."""
    end_detail: str | None = None
    """What more is to be said of that."""

    @property
    def model_label(self) -> str:
        """What its model is called in tables: what did not come from a general one is told."""
        is_general = self.model_provenance == Provenance.GENERAL
        return self.model if is_general else f"{self.model}, {self.model_provenance}"


@dataclass(frozen=True)
class FixtureRecord:
    """A row of `fixture`: a file that lay beside the first program."""

    run: str
    """The run."""
    path: str
    """Relative to the program's folder."""
    content: bytes
    """Its bytes."""


@dataclass(frozen=True)
class NodeRecord:
    """A row of `node`."""

    id: str
    """Its ULID."""
    run: str
    """The run."""
    parent: str | None
    """The node that executed it; none for the operator's first program."""
    depth: int
    """Generated programs from the operator to it, itself included."""
    index: int
    """Which child of its parent it is, counted from 0; this depends on the schedule."""
    key: str
    """What it is called whatever the schedule and the seed: see keys and seeds."""
    occurrence: int
    """How many equal programs its parent had executed before."""
    origin_query: str | None
    """The query whose answer it is linked to; none if it came of none."""
    link_evidence: str | None
    """`broker` or `exact`: the text is the answer's; `contained`: one text holds the other."""
    link_coverage: list[float] | None
    """Share of the program that the answer covers, and of the answer that the program covers."""
    link_candidates: int
    """How many answers would have matched."""
    language: str
    """`bash` or `python`."""
    program: str
    """Its text."""
    jail: str
    """The jail in which it was executed: a number within the run, shared by its scopes."""
    kind: str
    """`jail`, `detached` (its parent did not wait) or `scope` (inside its parent's jail)."""
    started_at: str
    """When it was granted."""
    source: str = "live"
    """`live`: its program was executed; `recorded`: what another run recorded of it was served."""
    ended_at: str | None = None
    """When it had ended."""
    exit_code: int | None = None
    """As the program ended, if it did so by itself."""
    signal: int | None = None
    """A signal that ended it; only one that the host itself sent or saw."""
    waited_s: float | None = None
    """Seconds in which its clock stood still, since a request of its was under way."""
    end_cause: str | None = None
    """Why it ended: a word of `NodeEnd`."""
    killed_by: str | None = None
    """Who or which limit ended it."""
    stdout: bytes | None = None
    """Head and tail of its standard output."""
    stdout_bytes: int | None = None
    """How much it wrote there in all."""
    stderr: bytes | None = None
    """Head and tail of its standard error."""
    stderr_bytes: int | None = None
    """How much it wrote there in all."""
    isolation: Mapping[str, Any] | None = None
    """What its own jail reported and the host saw of it, before it was sent its program."""
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
    """The run."""
    node: str
    """The node."""
    path: str
    """Relative to its folder."""
    content: bytes | str
    """Its bytes, or where content was not asked for their SHA-256."""
    size: int
    """In bytes."""


@dataclass(frozen=True)
class QueryRecord:
    """A row of `query`."""

    id: str
    """Its ULID."""
    run: str
    """The run."""
    node: str | None
    """The node that asked; none for the operator."""
    key: str
    """What it is called whatever the schedule and the seed: see keys and seeds."""
    label: str | None
    """The label that the program gave it (`--key`)."""
    occurrence: int
    """How many equal queries the same node had asked before."""
    exchangeable: bool
    """Whether an equal one of the same node was under way at the same time."""
    request_digest: str
    """SHA-256 of what was asked, the seed apart."""
    model: str | None
    """The name of the model that was asked for, if one was."""
    prompt: str
    """The asker's own words; for the root query, the goal."""
    rendered: str
    """The whole prompt as the model read it."""
    spans: list[Mapping[str, Any]]
    """Whose words stand where in it: `start`, `end`, `source` (`host`, `guest`, `answer:ID`,
    `memory:KEY`)."""
    parameters: Mapping[str, Any]
    """How its tokens were drawn: the fields of `types.Sampling`."""
    seed: int
    """Its own seed, from the run's seed and its key."""
    decision: str
    """`granted`, `denied` or `failed`."""
    ledger: Mapping[str, Any]
    """What was left of the budget before it."""
    arrival: int
    """The order in which queries came, counted from 0; this depends on the schedule."""
    started_at: str
    """When it came."""
    denial: Mapping[str, Any] | None = None
    """What refused it: `limit`, `limit_value`, `asked`, `randomised`."""
    error: str | None = None
    """Why it failed."""
    ended_at: str | None = None
    """When the asker was told."""
    answer: str | None = None
    """The answer's text."""
    answer_token_ids: list[int] | None = None
    """The answer's tokens, where the model tells them."""
    finish_reason: str | None = None
    """`stop`, `length`, `context`, or a remote server's own word."""
    prompt_tokens: int | None = None
    """Tokens of the rendered prompt."""
    cached_prompt_tokens: int | None = None
    """Those of them that did not have to be computed again."""
    answer_tokens: int | None = None
    """Tokens of the answer."""
    queue_s: float | None = None
    """Seconds that it waited for its turn, if the model says that."""
    prefill_s: float | None = None
    """Seconds of reading the prompt."""
    decode_s: float | None = None
    """Seconds of writing the answer."""
    source: str = "live"
    """`live`, or where the answer or the refusal was served from: `recorded`,
    `recorded_normalised`, `shadow`; `missing` if a replay had nothing to serve."""


@dataclass(frozen=True)
class EventRecord:
    """A row of `event`: a fact about a node, with the observer that saw it."""

    run: str
    """The run."""
    node: str | None
    """The node that it is about; none for the operator."""
    sequence: int
    """Its number within the run, counted from 0."""
    time_ns: int
    """When it was seen: nanoseconds since 1970."""
    kind: str
    """A word of `EventKind`."""
    observer: str
    """A word of `Observer`."""
    detail: Mapping[str, Any]
    """Facts, by name; which ones, the kind says."""
    key: str | None = None
    """What it is called whatever the schedule: see keys and seeds."""
    content: str | None = None
    """What it is about: the text of a program that was refused, a value that was written."""


@dataclass(frozen=True)
class CheckRecord:
    """A row of `replay_check`: whether a replay and its original agree in one respect."""

    run: str
    """The replay."""
    original: str
    """The run that it replays."""
    key: str
    """Of the node, or of the query or program that was asked for."""
    channel: str
    """In which respect: `node`, `exit`, `stdout`, `decision`, ..."""
    equal: bool
    """Whether they agree."""
    cause: str | None = None
    """The class of a divergence that begins here."""
    evidence: str | None = None
    """What says so."""


@dataclass(frozen=True)
class AttributionRecord:
    """A row of `attribution`: what one source of a query's prompt gave to its answer.

    It is reckoned from a run with its model, can be again, and is no part of the run's recording.
    """

    run: str
    """The run."""
    query: str
    """The query."""
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
    """Its ULID."""
    name: str
    """As its plan calls it; no two have the same."""
    digest: str
    """Of the plan."""
    plan: Mapping[str, Any]
    """All of it, expanded, with the words of its packs and goals."""
    planned_at: str
    """When it was recorded, before its first run."""
    code_version: str
    """The version of Recursor that expanded it."""


@dataclass(frozen=True)
class TrialRecord:
    """A row of `trial`: a run that is planned, and what came of it."""

    id: str
    """Its own name."""
    experiment: str
    """The experiment."""
    number: int
    """Counted from 0, in the order of the plan."""
    condition: Mapping[str, Any]
    """The values of its factors."""
    goal: str
    """The goal's name in the plan."""
    seed: int
    """Its run's seed."""
    pair: str
    """What runs of different conditions that are compared have in common."""
    run: str | None = None
    """The run that came of it."""
    failure: str | None = None
    """Why there is no run, or why the run is no measurement."""
    ended_at: str | None = None
    """When it had its one result."""


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
