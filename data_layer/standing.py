"""How far the sites of a database are: what many processes have to go by, since none of them sees what the others do."""

from sqlalchemy import Connection, delete, func, select

from data_layer.engine import Database
from data_layer.putting import put
from data_layer.refreshing import Progress, Standing
from data_layer.tables import invalidations, recomputations, sites


def standings(connection: Connection) -> dict[str, Standing]:
    """All sites, by id."""
    table = invalidations
    waiting = select(table.c.site_id, func.min(table.c.invalidation_id), func.max(table.c.invalidation_id)).group_by(table.c.site_id)
    behind = {site_id: (oldest, newest) for site_id, oldest, newest in connection.execute(waiting)}
    # Read after the above in the same snapshot: what is not waiting is in this revision.
    return {site_id: Standing(revision, *behind.get(site_id, ())) for site_id, revision in _revisions(connection).items()}


def latest_revisions(database: Database) -> dict[str, int]:
    """The data revision of each site, as the database has it now."""
    with database.read() as connection:
        return _revisions(connection)


def _revisions(connection: Connection) -> dict[str, int]:
    return {row.site_id: row.revision for row in connection.execute(select(sites.c.site_id, sites.c.revision))}


def newest_invalidation(connection: Connection, site_id: str) -> int:
    """The id of the last invalidation of a site that no refresh has consumed; 0 where there is none."""
    found = connection.scalar(select(func.max(invalidations.c.invalidation_id)).where(invalidations.c.site_id == site_id))
    return int(found or 0)


def lacks(connection: Connection, site_id: str, invalidation_id: int) -> bool:
    """Whether any invalidation of a site up to this one is not consumed yet."""
    table = invalidations
    older = select(table.c.invalidation_id).where(table.c.site_id == site_id, table.c.invalidation_id <= invalidation_id)
    return connection.execute(older.limit(1)).first() is not None


def recomputed(connection: Connection) -> dict[str, Progress]:
    """How far the recomputations under way are, by site."""
    table = recomputations
    return {site_id: (done, steps) for site_id, done, steps in connection.execute(select(table.c.site_id, table.c.done, table.c.steps))}


def note_recomputed(database: Database, site_id: str, progress: Progress | None) -> None:
    """Let other processes know how far a site's recomputation is; None when it has ended."""
    with database.write(beside_others=True) as connection:
        if progress is None:
            connection.execute(delete(recomputations).where(recomputations.c.site_id == site_id))
        else:
            put(connection, recomputations, {"site_id": site_id}, {"done": progress[0], "steps": progress[1]})
