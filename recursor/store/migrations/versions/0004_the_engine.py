"""How answers were computed, which models there were, and how the budget was shared out."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for name in ("inference", "models"):
        column = sa.Column(name, sa.JSON(none_as_null=True), nullable=False, server_default="{}")
        op.add_column("run", column)
    op.add_column(
        "run", sa.Column("allocation", sa.String(), nullable=False, server_default="pool")
    )
    op.add_column("query", sa.Column("model", sa.String(), nullable=True))
    op.add_column("query", sa.Column("cached_prompt_tokens", sa.Integer(), nullable=True))
