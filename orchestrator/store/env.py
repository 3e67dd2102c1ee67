"""What Alembic runs a migration in: the connection, and the transaction, that `schema.upgrade` hands it."""

from __future__ import annotations

from alembic import context

from orchestrator.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # on SQLite too: the engine sends its own BEGIN
)
with context.begin_transaction():
    context.run_migrations()
