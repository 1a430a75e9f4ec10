"""Experiments: what was planned, and the place of runs in it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "experiment",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("planned_at", sa.String(), nullable=False),
        sa.Column("code_version", sa.String(), nullable=False),
    )
    op.create_table(
        "trial",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("experiment", sa.String(26), sa.ForeignKey("experiment.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("condition", sa.JSON(), nullable=False),
        sa.Column("goal", sa.String(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("run", sa.String(26), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.UniqueConstraint("experiment", "number"),
    )
    for column in (
        sa.Column("experiment", sa.String(26), nullable=True),
        sa.Column("trial", sa.Integer(), nullable=True),
        sa.Column("condition", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("pair", sa.String(), nullable=True),
    ):
        op.add_column("run", column)
    op.create_index("run_experiment", "run", ["experiment", "trial"])
