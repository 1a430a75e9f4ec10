"""What programs find, which policies hold, and what an event is about."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for name in ("guest", "policies"):
        column = sa.Column(name, sa.JSON(none_as_null=True), nullable=False, server_default="{}")
        op.add_column("run", column)
    op.execute("ALTER TABLE event RENAME COLUMN program TO content")
