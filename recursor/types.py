"""The values that travel through the house: frozen, comparable, free of I/O.

What is asked (`RunConfig`, `Limits`, `Sampling`, `Prompt`, `Request`) and what comes back
(`Answer`, `Denial`, `Outcome`); what is recorded of it stands in `records`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

LATEST = re.compile(r"last(?:~(?P<earlier>[0-9]{1,9}))?")
"""The latest run; `last~2` is the second before it. No run can be named so."""
PLACE = re.compile(r"[1-9][0-9]{0,2}(?:\.[1-9][0-9]{0,2})*")
"""A node's place in its tree: `1.3` is the third child of the first program."""


class Language(StrEnum):
    """A language that programs are written in."""

    BASH = "bash"
    PYTHON = "python"


class Limit(StrEnum):
    """The budget's limits that a request can hit; a denial names one of them."""

    DEPTH = "depth"
    """Programs on a path from the operator."""
    BREADTH = "breadth"
    """Queries, or child programs, of one node."""
    NODES = "nodes"
    """Executed nodes of the run."""
    QUERIES = "queries"
    """Granted queries of the run."""
    TOKENS = "tokens"
    """Prompt and answer tokens of the run."""
    SECONDS = "seconds"
    """The run's wall clock."""


class Decision(StrEnum):
    """What became of a query."""

    GRANTED = "granted"
    """The model was asked."""
    DENIED = "denied"
    """The budget or a policy refused it."""
    FAILED = "failed"
    """It was granted, and there is no answer."""


class RunEnd(StrEnum):
    """Why a run ended."""

    COMPLETED = "completed"
    """Every program ended and no answer is outstanding."""
    NO_PROGRAM = "no_program"
    """The root answer holds no program."""
    REFUSED = "refused"
    """A policy, or the person who was asked, refused the root program."""
    BUDGET = "budget"
    """The wall clock ran out, or the root query itself was denied."""
    STOPPED = "stopped"
    """The operator stopped it with `recursor stop`."""
    INTERRUPTED = "interrupted"
    """The operator stopped it, or its process died."""
    MODEL = "model"
    """The root query got no answer."""
    SANDBOX = "sandbox"
    """A jail could not be made or did not prove its isolation."""
    STORE = "store"
    """The record could not be written."""
    DIVERGED = "diverged"
    """A strict replay met the first difference to its original."""
    FAULT = "fault"
    """A defect of Recursor itself."""


class NodeEnd(StrEnum):
    """Why a node ended."""

    EXITED = "exited"
    """By itself."""
    TIMEOUT = "timeout"
    """Its running time was used up."""
    OUTPUT = "output"
    """It put out more than it may."""
    MEMORY = "memory"
    """Its processes together took more memory than they may."""
    DISK = "disk"
    """It wrote more into its folder than it may."""
    DENIALS = "denials"
    """It went on asking for what was denied."""
    STOPPED = "stopped"
    """The operator stopped it, or the tree around it, or another program did."""
    KILLED = "killed"
    """The run was interrupted, or the jail ended around it."""
    BUDGET = "budget"
    """The run's wall clock ran out."""
    REFUSED = "refused"
    """Its jail did not prove its isolation, so the program never started."""


class Observer(StrEnum):
    """Who saw an event."""

    BROKER = "broker"
    """The host's side of a jail's door."""
    HOOK = "hook"
    """What watches bash and Python inside a jail: a program can keep it from seeing."""


class EventKind(StrEnum):
    """What an event is about; in brackets the names of its `detail`."""

    ENTER = "enter"
    """A text was executed inside a jail as a scope: the node is the scope (`how`)."""
    OWN_CODE = "own_code"
    """A program executed a text that comes of no answer (`how`, `language`; `content` is the text);
    or so many more were not kept (`not_kept`)."""
    REFUSED = "refused"
    """A program was not executed (`denial`, `language`, ...; `content` is its text)."""
    BROKEN_OFF = "broken_off"
    """A person was still being asked about a program when the run ended; `content` is its text."""
    UNKNOWN_COMMAND = "unknown_command"
    """A program tried a command that is not there (`command`)."""
    COMMAND = "command"
    """Commands that bash executed, as `--trace` keeps them, one a line in `content`; or so many
    were left out (`not_kept`)."""
    BAD_REQUEST = "bad_request"
    """Something came to the door that is no request, or asks for what is not there (`reason`)."""
    BUDGET = "budget"
    """A program was told what is left (`left`)."""
    PROGRAM_LIST = "program_list"
    """A program was told which programs live (`programs`)."""
    PROGRAM_WAIT = "program_wait"
    """A program has waited for another one (`key`, `target`: the other's name and node)."""
    PROGRAM_STOP = "program_stop"
    """A program asked to stop another one (`key`, `target`, `allowed`, `was_living`)."""
    MEMORY_GET = "memory_get"
    """A program read a key (`key`, `found`, `sha256` of the value, `denial`)."""
    MEMORY_PUT = "memory_put"
    """A program replaced a value (`key`, `found`, `sha256`, `denial`; `content` is the value)."""
    MEMORY_APPEND = "memory_append"
    """A program added a line to a value (`key`, `found`, `sha256`, `denial`; `content` is the
    line)."""
    MEMORY_LIST = "memory_list"
    """A program listed keys (`key`: their beginning, `found`, `denial`)."""


class Visible(StrEnum):
    """What programs can see of their budget."""

    NONE = "none"
    """Nothing; a denial does not say which limit it was."""
    DENIAL = "denial"
    """A denial says which limit it was."""
    COMMAND = "command"
    """There is a command that shows what is left, too."""


class MemoryReach(StrEnum):
    """Whose writing in the run's memory a program can read."""

    NONE = "none"
    """There is no memory."""
    LINEAGE = "lineage"
    """That of the programs above it, and of those that it executed, directly or not."""
    RUN = "run"
    """Everybody's."""


class StopReach(StrEnum):
    """Which living programs a program may stop."""

    NONE = "none"
    """No one."""
    DESCENDANTS = "descendants"
    """Those that it executed, directly or not."""
    RUN = "run"
    """All of the run."""


class Approval(StrEnum):
    """Which programs a person reads before they run."""

    NONE = "none"
    """No one."""
    ROOT = "root"
    """The first one."""
    ALL = "all"
    """Each."""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


MEMORY_BYTES, DISK_BYTES = 64 * 2**20, 64 * 1024
"""With less than this no jail starts."""


@dataclass(frozen=True)
class Limits:
    """A budget's limits; `None` nowhere: every run is bounded in every direction."""

    depth: int = 4
    """Programs on a path from the operator."""
    breadth: int = 6
    """Granted queries, and executed children, of one node."""
    nodes: int = 64
    """Executed nodes of the run."""
    queries: int = 256
    """Granted queries of the run, the operator's included."""
    tokens: int = 250_000
    """Prompt and answer tokens of the run."""
    seconds: float = 600.0
    """Wall clock of the run."""
    answer_tokens: int = 512
    """Tokens of one answer."""
    program_seconds: float = 60.0
    """Running time of one program; it stops while the program waits at the door."""
    memory_bytes: int = 512 * 2**20
    """Memory of all processes of one jail, and address space of each."""
    disk_bytes: int = 32 * 2**20
    """What one program may write into its folder."""
    processes: int = 64
    """Processes of one jail."""
    output_bytes: int = 16 * 2**20
    """Output of one program (both streams) after which it is killed."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 < value < float("inf"):
                raise ValueError(f"the limit {name} must be a positive number, not {value}")


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn; the seed is not part of it."""

    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    grammar: str | None = None
    """GBNF that an answer follows."""


@dataclass(frozen=True)
class Segment:
    """A stretch of a prompt whose words come from one source."""

    text: str
    source: str = "host"
    """`host`, `guest`, or `answer:ID` for words quoted from an answer."""


@dataclass(frozen=True)
class Message:
    """One turn of a chat prompt."""

    role: str
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True)
class Prompt:
    """A prompt before the model's chat template: either chat messages or a plain text."""

    messages: tuple[Message, ...] = ()
    plain: tuple[Segment, ...] = ()


@dataclass(frozen=True)
class Span:
    """Provenance of characters [start, end) of a rendered prompt."""

    start: int
    end: int
    source: str


@dataclass(frozen=True)
class Rendered:
    """A prompt exactly as the model reads it, with the provenance of every character."""

    text: str
    spans: tuple[Span, ...]
    template: bool = False
    """Whether a chat template made it, so that its host words may hold special tokens."""
    messages: tuple[tuple[str, str], ...] = ()
    """Roles and words of a chat whose template is applied elsewhere."""


@dataclass(frozen=True)
class Request:
    """One model call."""

    rendered: Rendered
    sampling: Sampling
    seed: int
    text: str
    """The guest's own words (for the root query: the goal)."""
    repeat: int = 0
    """How many earlier queries of this node had the same words."""
    asker: str = ""
    """Who asks: askers take turns."""
    depth: int = 0
    """The asker's; the operator's is 0."""


@dataclass(frozen=True)
class Answer:
    """The completion of a granted query."""

    text: str
    token_ids: tuple[int, ...] | None
    finish_reason: str
    """`stop`, `length`, `context`, or a remote server's own word."""
    prompt_tokens: int
    answer_tokens: int
    cached_tokens: int = 0
    """Prompt tokens that did not have to be computed again."""
    queue_s: float | None = None
    """How long it waited for its turn, if the model says that."""
    prefill_s: float = 0.0
    decode_s: float = 0.0
    source: str = "live"
    """`live`; or `shadow`, if it was an answer to somebody else."""


@dataclass(frozen=True)
class Score:
    """How likely a model finds an answer."""

    logprobs: tuple[float, ...]
    """Natural logarithm of each token's probability, at temperature 1 and without any cut."""
    cached_tokens: int = 0


@dataclass(frozen=True)
class Denial:
    """A request that the budget or a policy refused."""

    limit: str
    """A limit of the budget, or the policy's name."""
    limit_value: float
    asked: float
    randomised: bool = False
    """Whether chance refused it, to see what the program does."""

    def __str__(self) -> str:
        if self.limit_value == 0:  # a rule that has no number
            return f"denied: {self.limit}"
        return f"denied: limit {self.limit} is {self.limit_value:g}, asked {self.asked:g}"


@dataclass(frozen=True)
class Program:
    """A text of code with a language."""

    language: Language
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hex: the program's name in the record."""
        return _digest(self.text)


@dataclass(frozen=True)
class Link:
    """Which answer a program came from, and how that is known."""

    query: str | None
    """The query's id."""
    evidence: str | None
    """`broker`: the text is the answer's; `contained`: one holds the other; none: its own code."""
    coverage: tuple[float, float] | None = None
    """Share of the program that the answer covers, and of the answer that the program covers."""
    candidates: int = 0
    """How many answers would have matched."""
    language: Language | None = None
    """The language that the answer names."""


OWN_CODE = Link(None, None)


@dataclass(frozen=True)
class Capture:
    """What was kept of an output stream: its head and its tail."""

    data: bytes = b""
    bytes_total: int = 0


@dataclass(frozen=True)
class LeftFile:
    """A file that a program left in its folder."""

    path: str
    """Relative to the folder; undecodable bytes are escaped with backslashes."""
    data: bytes


@dataclass(frozen=True)
class Harvest:
    """What a program left in its folder."""

    files: tuple[LeftFile, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many entries were not kept, by reason."""


@dataclass(frozen=True)
class Outcome:
    """How a program ended."""

    end_cause: NodeEnd
    exit_code: int | None
    signal: int | None
    """Only one that the host itself sent."""
    killed_by: str | None
    stdout: Capture
    stderr: Capture
    left: Harvest = field(default_factory=Harvest)

    @classmethod
    def unheard(
        cls, end_cause: NodeEnd, killed_by: str | None, exit_code: int | None = None
    ) -> Outcome:
        """Return the outcome of a program without an output of its own."""
        return cls(end_cause, exit_code, None, killed_by, Capture(), Capture())


class Provenance(StrEnum):
    """Where a model's behaviour comes from."""

    GENERAL = "general"
    """From no purpose of ours."""
    PLANTED = "planted"
    """It was put there: by a stub's script, or by a corpus that was made for it."""
    SHADOW = "shadow"
    """From answers that other runs got."""


@dataclass(frozen=True)
class ModelInfo:
    """What a model is, for the record."""

    spec: str
    digest: str
    family: str
    parameters: int | None
    quantisation: str | None
    engine: str
    rendering: Mapping[str, Any]
    """How it renders prompts: its chat template, and the special tokens that this names."""
    inference: Mapping[str, Any] = field(default_factory=dict)
    """How the engine computes answers: its mode, its room, and what is known of the mode here."""
    provenance: str = Provenance.GENERAL


class Allocation(StrEnum):
    """Who may spend how much of a run's nodes, queries and tokens."""

    POOL = "pool"
    """Whoever comes first."""
    LINEAGE = "lineage"
    """Each program has a fixed share of its parent's."""


class Among(StrEnum):
    """The programs that a new one is compared with."""

    RUN = "run"
    """All of the run."""
    ANCESTORS = "ancestors"
    """Those above it."""
    LIVING = "living"
    """Those that run now."""


@dataclass(frozen=True)
class Policies:
    """Rules beside the budget."""

    forbid_copies: float | None = None
    """The likeness (0 to 1) from which a program is refused as a copy."""
    copies_among: Among = Among.RUN
    forbid_programs: tuple[str, ...] = ()
    """Regular expressions; a program in which one is found is refused."""
    forbid_prompts: tuple[str, ...] = ()
    """Regular expressions; a query in which one is found is refused."""
    deny_random: float = 0.0
    """The share of queries that chance refuses."""
    fail_random: float = 0.0
    """The share of queries that chance lets fail as if the model had."""

    def __post_init__(self) -> None:
        if self.forbid_copies is not None and not 0 < self.forbid_copies <= 1:
            raise ValueError(f"a likeness is above 0 and at most 1, not {self.forbid_copies:g}")
        shares = (self.deny_random, self.fail_random)
        if not (min(shares) >= 0 and sum(shares) <= 1):
            raise ValueError("the shares that chance denies and fails are together at most 1")
        for pattern in (*self.forbid_programs, *self.forbid_prompts):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None


@dataclass(frozen=True)
class Place:
    """A run's place in an experiment."""

    experiment: str
    """The experiment's id."""
    trial: int
    """Counted from 0, in the order of the plan."""
    condition: Mapping[str, Any]
    """The values of the experiment's factors."""
    pair: str
    """What runs of different conditions that are compared with each other have in common."""


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides how a run grows, except the model's weights."""

    goal: str
    model: str
    pack: str
    models: Mapping[str, str] = field(default_factory=dict)
    """The specs of models that programs can ask by name; the default one may be among them."""
    language: Language | None = None
    """The language of programs; None asks for bash and executes whichever an answer names."""
    seed: int = 0
    limits: Limits = field(default_factory=Limits)
    allocation: Allocation = Allocation.POOL
    parallel: int = 4
    warm: int = 4
    """Jails that are started ahead of their programs."""
    root: Program | None = None
    """The operator's own first program; no root query is made then."""
    guest_names: Mapping[str, str] = field(default_factory=dict)
    """Other names for the guest's commands, by their own."""
    budget_visible: Visible = Visible.COMMAND
    memory: MemoryReach = MemoryReach.LINEAGE
    stop_scope: StopReach = StopReach.DESCENDANTS
    files: tuple[LeftFile, ...] = ()
    """What lies in the first program's folder when it starts."""
    trace: bool = False
    """Whether every command that bash executes is recorded."""
    policies: Policies = field(default_factory=Policies)
    approve: Approval = Approval.NONE
    name: str | None = None
    tags: tuple[str, ...] = ()
    place: Place | None = None

    def __post_init__(self) -> None:
        if not self.goal.strip() and self.root is None:
            raise ValueError('the goal is empty; for example: recursor run "count to ten"')
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"the seed must be a whole number from 0 to 2^63 - 1, not {self.seed}")
        for name, least in (("memory_bytes", MEMORY_BYTES), ("disk_bytes", DISK_BYTES)):
            if getattr(self.limits, name) < least:
                raise ValueError(f"the limit {name} must be at least {least}: a jail needs as much")
        if self.parallel < 1:
            raise ValueError(f"parallel must be 1 or more, not {self.parallel}")
        if self.warm < 0:
            raise ValueError(f"warm must be 0 or more, not {self.warm}")
        if self.name is not None and not _is_name(self.name):
            raise ValueError(f"a run cannot be named {self.name!r}: nobody would find it by that")


def _is_name(text: str) -> bool:
    """Return whether a run that is called so can be found by it."""
    is_text = text.encode("utf-8", "ignore").decode() == text  # no bytes that are no UTF-8
    means_else = "/" in text or text.endswith(".recursor") or LATEST.fullmatch(text)
    return is_text and bool(text.strip()) and not means_else
