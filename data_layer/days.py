"""The level above the hours: rollups by local day, summed from the hours' rows."""

from itertools import pairwise

from sqlalchemy import BigInteger, Connection, Table, and_, func, insert, literal, select, type_coerce

from data_layer.sql import listed, look_up_in
from data_layer.types import micros
from metrics.schedule import SiteRules
from metrics.units import BEGINNING, FOREVER


def sum_days(connection: Connection, site_id: str, rules: SiteRules, hours: Table, days: Table, low: int, high: int) -> None:
    """Sum the local days around `[low, high)` anew from their hours, in the writer's transaction."""
    where = (hours.c.site_id == site_id, micros(hours.c.bucket) >= low, micros(hours.c.bucket) < high)
    first, last = connection.execute(select(func.min(micros(hours.c.bucket)), func.max(micros(hours.c.bucket))).where(*where)).one()
    # Where history's ends are meant, the rows say how far it reaches; there may be none.
    edges = [at for at in (low if low > BEGINNING else first, high - 1 if high < FOREVER else last) if at is not None]
    bounds = rules.clock.day_bounds(min(edges), max(edges) + 1).tolist() if edges else []
    begin = bounds[0] if low > BEGINNING else BEGINNING
    end = bounds[-1] if high < FOREVER else FOREVER
    connection.execute(days.delete().where(days.c.site_id == site_id, micros(days.c.bucket) >= begin, micros(days.c.bucket) < end))
    if bounds:
        _insert_sums(connection, site_id, hours, days, list(pairwise(bounds)))


def _insert_sums(connection: Connection, site_id: str, hours: Table, days: Table, local_days: list[tuple[int, int]]) -> None:
    asked = listed("days", {"low": int, "high": int}, local_days)
    within = and_(hours.c.site_id == site_id, micros(hours.c.bucket) >= asked.c.low, micros(hours.c.bucket) < asked.c.high)
    keys = [column for column in hours.primary_key.columns if column.name not in ("site_id", "bucket")]
    sums = [column for column in hours.columns if not column.primary_key]
    selected = [literal(site_id), asked.c.low, *keys, *(type_coerce(func.sum(column), BigInteger) for column in sums)]
    summed = select(*selected).select_from(look_up_in(asked, hours, within)).group_by(asked.c.low, *keys)
    connection.execute(insert(days).from_select(["site_id", "bucket", *(column.name for column in (*keys, *sums))], summed))
