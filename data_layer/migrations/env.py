"""Alembic's entry: runs on the connection it is handed, since that one holds the writer's turn."""

from alembic import context

from data_layer.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
