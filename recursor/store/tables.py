"""The schema, as SQLAlchemy sees it; column by column the fields of `records`.

A column marked `blob` holds the SHA-256 of its content, which lies in `blob` once however often it
occurs; in a record the same field holds the content itself. A row is inserted, completed once, and
never changed again.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()
Json = JSON(none_as_null=True)
Number = BigInteger().with_variant(Integer(), "sqlite")  # has 64 bits there too


def _content(name: str, *, text: bool = True, nullable: bool = True) -> Column[Any]:
    """A column that names a blob; `text` tells whether a record holds it as str or bytes."""
    return Column(
        name,
        String(64),
        ForeignKey("blob.sha256"),
        nullable=nullable,
        info={"blob": "text" if text else "bytes"},
    )


def _run() -> Column[Any]:
    return Column("run", String(26), ForeignKey("run.id", ondelete="CASCADE"), nullable=False)


blob = Table(
    "blob",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("codec", String, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)
"""Texts and files, each once: `sha256` of the content, its `size` in bytes, `codec` (`plain`, or
`zstd` for what is large), and the `bytes` so kept. Other tables name content by its SHA-256."""

run = Table(
    "run",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("goal", Text, nullable=False),
    Column("name", String),
    Column("tags", Json, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("mode", String, nullable=False),
    Column("model", String, nullable=False),
    Column("model_digest", String(64), nullable=False),
    Column("model_family", String, nullable=False),
    Column("model_parameters", BigInteger),
    Column("model_quantisation", String),
    Column("model_provenance", String, nullable=False),
    Column("engine", String, nullable=False),
    Column("inference", Json, nullable=False),
    Column("rendering", Json, nullable=False),
    Column("models", Json, nullable=False),
    Column("pack", String, nullable=False),
    Column("pack_digest", String(64), nullable=False),
    _content("pack_content"),
    Column("plants", Json, nullable=False),
    Column("language", String, nullable=False),
    Column("root", Json),
    Column("sampling", Json, nullable=False),
    Column("budget", Json, nullable=False),
    Column("allocation", String, nullable=False),
    Column("parallel", Integer, nullable=False),
    Column("isolation", Json, nullable=False),
    Column("guest", Json, nullable=False),
    Column("policies", Json, nullable=False),
    _content("profile", nullable=False),
    Column("code_version", String, nullable=False),
    Column("host", Json, nullable=False),
    Column("started_at", String, nullable=False),
    Column("parent_run", String(26)),
    Column("fork_node", String(26)),
    Column("fork_edit", Json),
    Column("terms", Json),
    Column("experiment", String(26)),
    Column("trial", Integer),
    Column("condition", Json),
    Column("pair", String),
    Column("ended_at", String),
    Column("end_cause", String),
    Column("end_detail", Text),
    Index("run_experiment", "experiment", "trial"),
)

experiment = Table(
    "experiment",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("plan", Json, nullable=False),
    Column("planned_at", String, nullable=False),
    Column("code_version", String, nullable=False),
)

trial = Table(
    "trial",
    metadata,
    Column("id", String, primary_key=True),
    Column("experiment", String(26), ForeignKey("experiment.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("condition", Json, nullable=False),
    Column("goal", String, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("pair", String, nullable=False),
    Column("run", String(26)),
    Column("failure", Text),
    Column("ended_at", String),
    UniqueConstraint("experiment", "number"),
)

fixture = Table(
    "fixture",
    metadata,
    Column("id", Number, primary_key=True),
    _run(),
    Column("path", Text, nullable=False),
    _content("content", text=False, nullable=False),
    UniqueConstraint("run", "path"),
)

node = Table(
    "node",
    metadata,
    Column("id", String(26), primary_key=True),
    _run(),
    Column("parent", String(26), ForeignKey("node.id", ondelete="CASCADE")),
    Column("depth", Integer, nullable=False),
    Column("index", Integer, nullable=False),
    Column("key", String(64), nullable=False),
    Column("occurrence", Integer, nullable=False),
    Column("origin_query", String(26)),
    Column("link_evidence", String),
    Column("link_coverage", Json),
    Column("link_candidates", Integer, nullable=False),
    Column("language", String, nullable=False),
    _content("program", nullable=False),
    Column("jail", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("started_at", String, nullable=False),
    Column("source", String, nullable=False),
    Column("ended_at", String),
    Column("exit_code", Integer),
    Column("signal", Integer),
    Column("waited_s", Float),
    Column("end_cause", String),
    Column("killed_by", String),
    _content("stdout", text=False),
    Column("stdout_bytes", BigInteger),
    _content("stderr", text=False),
    Column("stderr_bytes", BigInteger),
    Column("isolation", Json),
    Column("files", Integer),
    Column("files_left_out", Json),
    UniqueConstraint("run", "key"),
    Index("node_run", "run", "id"),
    Index("node_parent", "parent", "run"),
)

file = Table(
    "file",
    metadata,
    Column("id", Number, primary_key=True),
    _run(),
    Column("node", String(26), ForeignKey("node.id", ondelete="CASCADE"), nullable=False),
    Column("path", Text, nullable=False),
    _content("content", text=False, nullable=False),
    Column("size", Integer, nullable=False),
    Index("file_run", "run"),
    Index("file_node", "node"),
)

query = Table(
    "query",
    metadata,
    Column("id", String(26), primary_key=True),
    _run(),
    Column("node", String(26), ForeignKey("node.id", ondelete="CASCADE")),
    Column("key", String(64), nullable=False),
    Column("label", String),
    Column("occurrence", Integer, nullable=False),
    Column("exchangeable", Boolean, nullable=False),
    Column("request_digest", String(64), nullable=False),
    Column("model", String),
    _content("prompt", nullable=False),
    _content("rendered", nullable=False),
    Column("spans", Json, nullable=False),
    Column("parameters", Json, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("decision", String, nullable=False),
    Column("denial", Json),
    Column("error", Text),
    Column("ledger", Json, nullable=False),
    Column("arrival", Integer, nullable=False),
    Column("started_at", String, nullable=False),
    Column("ended_at", String),
    _content("answer"),
    Column("answer_token_ids", Json),
    Column("finish_reason", String),
    Column("prompt_tokens", Integer),
    Column("cached_prompt_tokens", Integer),
    Column("answer_tokens", Integer),
    Column("queue_s", Float),
    Column("prefill_s", Float),
    Column("decode_s", Float),
    Column("source", String, nullable=False),
    UniqueConstraint("run", "key"),
    Index("query_run", "run", "arrival"),
    Index("query_node", "node", "run"),
)

event = Table(
    "event",
    metadata,
    Column("id", Number, primary_key=True),
    _run(),
    Column("node", String(26), ForeignKey("node.id", ondelete="CASCADE")),
    Column("sequence", Integer, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("observer", String, nullable=False),
    Column("detail", Json, nullable=False),
    Column("key", String(64)),
    _content("content"),
    UniqueConstraint("run", "sequence"),
    Index("event_node", "node", "run"),
)

replay_check = Table(
    "replay_check",
    metadata,
    Column("id", Number, primary_key=True),
    _run(),
    Column("original", String(26), nullable=False),
    Column("key", String(64), nullable=False),
    Column("channel", String, nullable=False),
    Column("equal", Boolean, nullable=False),
    Column("cause", String),
    Column("evidence", Text),
    Index("replay_check_run", "run", "equal"),
)

attribution = Table(
    "attribution",
    metadata,
    Column("id", Number, primary_key=True),
    _run(),
    Column("query", String(26), nullable=False),
    Column("source", Text, nullable=False),
    Column("spans", Json, nullable=False),
    Column("bits", Float, nullable=False),
    Column("tokens", Json, nullable=False),
    Column("ends", Json),
    UniqueConstraint("run", "query", "source"),
)

VIEWS = {
    "run_summary": "A row a run, the oldest first: what was asked, who answered, how it ended, and"
    " how many nodes, queries and tokens it has.",
    "node_tree": "A row a node, in the order of its run's tree; `tree` is its line, indented by its"
    " depth.",
    "query_log": "A row a query, in the order of arrival, with its words; a long text is told by"
    " its size.",
}
"""The views, for whoever has nothing but a reader of SQLite; migrations make them."""
