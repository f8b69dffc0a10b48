"""Bring a database's tables up to date."""

import logging
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from data_layer import server_tables
from data_layer.engine import Database

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Run the migrations that the database has not seen yet, in one transaction.

    What servers have had since the first release that knew them is made at once; the migrations before it are SQLite's history.
    """
    config = _config()
    # Alembic tells at each start that there was nothing to do.
    logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)
    with database.changing_tables() as connection:
        if MigrationContext.configure(connection).get_current_heads() == (_newest(),):
            return
        config.attributes["connection"] = connection
        if database.product.is_shared and server_tables.is_empty(connection):
            server_tables.create(connection)
            command.stamp(config, "head")
        command.upgrade(config, "head")


@cache
def _newest() -> str | None:
    """The last of the migrations."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config
