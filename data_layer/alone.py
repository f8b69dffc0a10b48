"""What the commands have in common that need the database to themselves."""

import sys
from collections.abc import Callable
from contextlib import closing

from data_layer.engine import Database, configured_url
from data_layer.lock import AlreadyOpen
from data_layer.migrate import migrate


def alone(work: Callable[[Database], int]) -> int:
    """Do something to the database of DATABASE_URL, brought up to date; its exit status, or 2 where a server has the database open."""
    try:
        database = Database(configured_url())
    except AlreadyOpen as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with closing(database):
        migrate(database)
        return work(database)
