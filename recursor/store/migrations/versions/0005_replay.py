"""What a replay needs of a run, what it came from, and what a replay found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    rendering = sa.Column("rendering", sa.JSON(), nullable=False, server_default="{}")
    op.add_column("run", rendering)
    # Alembic cannot add a column that refers to another table; SQLite can.
    op.execute("ALTER TABLE run ADD COLUMN pack_content VARCHAR(64) REFERENCES blob (sha256)")
    for name in ("parent_run", "fork_node"):
        op.add_column("run", sa.Column(name, sa.String(26), nullable=True))
    for name in ("root", "fork_edit", "terms"):
        op.add_column("run", sa.Column(name, sa.JSON(none_as_null=True), nullable=True))
    op.add_column("node", sa.Column("source", sa.String(), nullable=False, server_default="live"))
    op.create_table(
        "fixture",
        sa.Column("id", _NUMBER, primary_key=True),
        _run(),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("content", sa.String(64), sa.ForeignKey("blob.sha256"), nullable=False),
        sa.UniqueConstraint("run", "path"),
    )
    op.create_table(
        "replay_check",
        sa.Column("id", _NUMBER, primary_key=True),
        _run(),
        sa.Column("original", sa.String(26), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("equal", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
    )
    op.create_index("replay_check_run", "replay_check", ["run", "equal"])
    # What belongs to one node of a large run is found, or deleted with it, without a search.
    op.create_index("node_parent", "node", ["parent", "run"])
    op.create_index("query_node", "query", ["node", "run"])
    op.create_index("event_node", "event", ["node", "run"])
    op.drop_index("file_node", "file")
    op.create_index("file_node", "file", ["node"])
    op.create_index("file_run", "file", ["run"])


def _run() -> sa.Column[str]:
    owner = sa.ForeignKey("run.id", ondelete="CASCADE")
    return sa.Column("run", sa.String(26), owner, nullable=False)
