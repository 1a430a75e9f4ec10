"""First light: runs, nodes, queries, events, their content, and the views."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("codec", sa.String(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("model_digest", sa.String(length=64), nullable=False),
        sa.Column("model_family", sa.String(), nullable=False),
        sa.Column("model_parameters", sa.BigInteger(), nullable=True),
        sa.Column("model_quantisation", sa.String(), nullable=True),
        sa.Column("model_provenance", sa.String(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("pack_digest", sa.String(length=64), nullable=False),
        sa.Column("plants", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("sampling", sa.JSON(), nullable=False),
        sa.Column("budget", sa.JSON(), nullable=False),
        sa.Column("parallel", sa.Integer(), nullable=False),
        sa.Column("isolation", sa.JSON(), nullable=False),
        sa.Column("profile", sa.String(length=64), nullable=False),
        sa.Column("code_version", sa.String(), nullable=False),
        sa.Column("host", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.Column("end_cause", sa.String(), nullable=True),
        sa.Column("end_detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["profile"],
            ["blob.sha256"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "node",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("run", sa.String(length=26), nullable=False),
        sa.Column("parent", sa.String(length=26), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("origin_query", sa.String(length=26), nullable=True),
        sa.Column("link_evidence", sa.String(), nullable=True),
        sa.Column("link_coverage", sa.JSON(), nullable=True),
        sa.Column("link_candidates", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("program", sa.String(length=64), nullable=False),
        sa.Column("jail", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("started_at", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("signal", sa.Integer(), nullable=True),
        sa.Column("waited_s", sa.Float(), nullable=True),
        sa.Column("end_cause", sa.String(), nullable=True),
        sa.Column("killed_by", sa.String(), nullable=True),
        sa.Column("stdout", sa.String(length=64), nullable=True),
        sa.Column("stdout_bytes", sa.BigInteger(), nullable=True),
        sa.Column("stderr", sa.String(length=64), nullable=True),
        sa.Column("stderr_bytes", sa.BigInteger(), nullable=True),
        sa.Column("isolation", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["parent"], ["node.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["program"],
            ["blob.sha256"],
        ),
        sa.ForeignKeyConstraint(["run"], ["run.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["stderr"],
            ["blob.sha256"],
        ),
        sa.ForeignKeyConstraint(
            ["stdout"],
            ["blob.sha256"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run", "key"),
    )
    op.create_index("node_run", "node", ["run", "id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("run", sa.String(length=26), nullable=False),
        sa.Column("node", sa.String(length=26), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("time_ns", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("observer", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("program", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["node"], ["node.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["program"],
            ["blob.sha256"],
        ),
        sa.ForeignKeyConstraint(["run"], ["run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run", "sequence"),
    )
    op.create_table(
        "query",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("run", sa.String(length=26), nullable=False),
        sa.Column("node", sa.String(length=26), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("exchangeable", sa.Boolean(), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("prompt", sa.String(length=64), nullable=False),
        sa.Column("rendered", sa.String(length=64), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("denial", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("ledger", sa.JSON(), nullable=False),
        sa.Column("arrival", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.Column("answer", sa.String(length=64), nullable=True),
        sa.Column("answer_token_ids", sa.JSON(), nullable=True),
        sa.Column("finish_reason", sa.String(), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("answer_tokens", sa.Integer(), nullable=True),
        sa.Column("queue_s", sa.Float(), nullable=True),
        sa.Column("prefill_s", sa.Float(), nullable=True),
        sa.Column("decode_s", sa.Float(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer"],
            ["blob.sha256"],
        ),
        sa.ForeignKeyConstraint(["node"], ["node.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["prompt"],
            ["blob.sha256"],
        ),
        sa.ForeignKeyConstraint(
            ["rendered"],
            ["blob.sha256"],
        ),
        sa.ForeignKeyConstraint(["run"], ["run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run", "key"),
    )
    op.create_index("query_run", "query", ["run", "arrival"], unique=False)
    views = VIEWS if op.get_context().dialect.name == "sqlite" else VIEWS | POSTGRESQL_VIEWS
    for name, query in views.items():
        op.execute(f"CREATE VIEW {name} AS {query}")


_READABLE = (
    "CASE b.codec WHEN 'plain' THEN CAST(b.bytes AS TEXT) ELSE '[' || b.size || ' bytes]' END"
)

VIEWS = {
    "node_tree": f"""
        WITH RECURSIVE branch(run, id, depth, path) AS (
            SELECT run, id, depth, printf('%06d', "index") FROM node WHERE parent IS NULL
            UNION ALL
            SELECT n.run, n.id, n.depth, branch.path || printf('/%06d', n."index")
            FROM node n JOIN branch ON n.parent = branch.id
        )
        SELECT n.run, n.id, n.depth, n.end_cause, n.exit_code,
            printf('%*s', 2 * (n.depth - 1), '') || n.language || ' ' || coalesce(
                (SELECT replace(substr({_READABLE}, 1, 60), char(10), ' ')
                    FROM blob b WHERE b.sha256 = n.program), '') || '  '
                || coalesce(n.end_cause, 'living') || coalesce(' ' || n.exit_code, '') AS tree
        FROM branch JOIN node n ON n.id = branch.id
        ORDER BY n.run, branch.path""",
    "query_log": f"""
        SELECT q.run, q.arrival, q.node, q.started_at, q.decision,
            json_extract(q.denial, '$.limit') AS "limit",
            (SELECT {_READABLE} FROM blob b WHERE b.sha256 = q.prompt) AS prompt,
            (SELECT {_READABLE} FROM blob b WHERE b.sha256 = q.answer) AS answer,
            q.prompt_tokens, q.answer_tokens, q.finish_reason
        FROM query q ORDER BY q.run, q.arrival""",
    "run_summary": """
        SELECT r.id, r.name, r.goal, r.model, r.pack, r.seed, r.started_at, r.ended_at,
            r.end_cause,
            (SELECT count(*) FROM node n WHERE n.run = r.id) AS nodes,
            (SELECT max(depth) FROM node n WHERE n.run = r.id) AS depth,
            (SELECT count(*) FROM query q WHERE q.run = r.id) AS queries,
            (SELECT count(*) FROM query q WHERE q.run = r.id AND decision = 'granted') AS granted,
            (SELECT count(*) FROM query q WHERE q.run = r.id AND decision = 'denied') AS denied,
            (SELECT sum(coalesce(prompt_tokens, 0) + coalesce(answer_tokens, 0))
                FROM query q WHERE q.run = r.id) AS tokens
        FROM run r ORDER BY r.started_at""",
}

# A text there holds no NUL: the symbol for it takes its place.
_SHOWN = r"""
    CASE WHEN b.codec <> 'plain' THEN '[' || b.size || ' bytes]'
    WHEN position(CAST('\x00' AS bytea) IN b.bytes) = 0 THEN convert_from(b.bytes, 'UTF8')
    ELSE convert_from(decode(replace(replace(regexp_replace(
        encode(b.bytes, 'hex'), '(..)', '\1 ', 'g'), '00 ', 'e29080'), ' ', ''), 'hex'), 'UTF8')
    END"""

POSTGRESQL_VIEWS = {
    "node_tree": f"""
        WITH RECURSIVE branch(run, id, depth, path) AS (
            SELECT run, id, depth, ARRAY["index"] FROM node WHERE parent IS NULL
            UNION ALL
            SELECT n.run, n.id, n.depth, branch.path || n."index"
            FROM node n JOIN branch ON n.parent = branch.id
        )
        SELECT n.run, n.id, n.depth, n.end_cause, n.exit_code,
            repeat(' ', 2 * (n.depth - 1)) || n.language || ' ' || coalesce(
                (SELECT replace(substr({_SHOWN}, 1, 60), chr(10), ' ')
                    FROM blob b WHERE b.sha256 = n.program), '') || '  '
                || coalesce(n.end_cause, 'living') || coalesce(' ' || n.exit_code, '') AS tree
        FROM branch JOIN node n ON n.id = branch.id
        ORDER BY n.run, branch.path""",
    "query_log": f"""
        SELECT q.run, q.arrival, q.node, q.started_at, q.decision,
            q.denial ->> 'limit' AS "limit",
            (SELECT {_SHOWN} FROM blob b WHERE b.sha256 = q.prompt) AS prompt,
            (SELECT {_SHOWN} FROM blob b WHERE b.sha256 = q.answer) AS answer,
            q.prompt_tokens, q.answer_tokens, q.finish_reason
        FROM query q ORDER BY q.run, q.arrival""",
}
