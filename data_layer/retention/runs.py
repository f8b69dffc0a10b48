"""How each site's retention went the latest time, in whichever process it was."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from data_layer.engine import Database
from data_layer.putting import put
from data_layer.tables import retention_runs


@dataclass(frozen=True, slots=True)
class Run:
    """The latest run at a site. finished: None while it is under way. problem: why it didn't come to its end, in a sentence."""

    begun: datetime
    finished: datetime | None = None
    problem: str | None = None


def latest_run(database: Database, site_id: str) -> Run | None:
    """The latest run at a site; None before the first one."""
    table = retention_runs
    with database.read() as connection:
        row = connection.execute(select(table.c.begun, table.c.finished, table.c.problem).where(table.c.site_id == site_id)).one_or_none()
    return None if row is None else Run(*row)


def note_run(database: Database, site_id: str, run: Run) -> None:
    """Put it in the place of the one before."""
    with database.write(beside_others=True) as connection:
        put(connection, retention_runs, {"site_id": site_id}, {"begun": run.begun, "finished": run.finished, "problem": run.problem})
