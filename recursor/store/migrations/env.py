"""How Alembic reaches the database: through the connection that `schema.upgrade` hands over."""

from alembic import context

from recursor.store import postgresql
from recursor.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
if connection.dialect.name == "postgresql":
    postgresql.complete_schema(connection)
