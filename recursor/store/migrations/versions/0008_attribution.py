"""What each source of a prompt gave to its answer, reckoned after a run and kept beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    owner = sa.ForeignKey("run.id", ondelete="CASCADE")
    op.create_table(
        "attribution",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("run", sa.String(26), owner, nullable=False),
        sa.Column("query", sa.String(26), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("bits", sa.Float(), nullable=False),
        sa.Column("tokens", sa.JSON(), nullable=False),
        sa.Column("ends", sa.JSON(), nullable=True),
        sa.UniqueConstraint("run", "query", "source"),
    )
