"""Bring a database's tables up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from data_layer.engine import Database

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Run the migrations that the database has not seen yet, in one transaction."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
