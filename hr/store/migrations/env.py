"""Alembic runs this; the connection comes from hr.store.schema and its transaction is the caller's."""

from alembic import context

from hr.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    # One BEGIN IMMEDIATE..COMMIT holds the steps and the record of them, on SQLite too.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
