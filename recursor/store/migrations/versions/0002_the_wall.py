"""What a program left behind."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("node", sa.Column("files", sa.Integer))
    op.add_column("node", sa.Column("files_left_out", sa.JSON(none_as_null=True)))
    op.create_table(
        "file",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column(
            "run", sa.String(26), sa.ForeignKey("run.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column(
            "node", sa.String(26), sa.ForeignKey("node.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("content", sa.String(64), sa.ForeignKey("blob.sha256"), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.create_index("file_node", "file", ["run", "node"])
