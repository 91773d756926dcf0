"""What alembic runs to migrate: on the connection that ``persistence.migrations`` hands it."""

from __future__ import annotations

from alembic import context

from persistence.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
