"""The levels above the hours: rollups by local day, summed from the hours' rows, and by local week, summed from the days'."""

from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, and_, cast, func, insert, literal, select

from data_layer.sql import listed, look_up_in
from data_layer.tables import Rollups
from data_layer.types import instant, micros
from metrics.local_time import LocalClock
from metrics.units import BEGINNING, DAY, FOREVER, WEEK


def sum_levels(connection: Connection, site_id: str, clock: LocalClock, rollups: Rollups, low: int, high: int) -> None:
    """Sum the local days around `[low, high)` anew from their hours, then the weeks around them, in the writer's transaction."""
    for finer, coarser, step in ((rollups.hours, rollups.days, DAY), (rollups.days, rollups.weeks, WEEK)):
        low, high = _sum(connection, site_id, clock, finer, coarser, step, low, high)


def _sum(connection: Connection, site_id: str, clock: LocalClock, finer: Table, coarser: Table, step: int, low: int, high: int) -> tuple[int, int]:
    """Sum the buckets of `step` around `[low, high)` anew; returns the stretch that they fill."""
    where = (finer.c.site_id == site_id, micros(finer.c.bucket) >= low, micros(finer.c.bucket) < high)
    first, last = connection.execute(select(func.min(micros(finer.c.bucket)), func.max(micros(finer.c.bucket))).where(*where)).one()
    # Where history's ends are meant, the rows say how far it reaches; there may be none.
    ends = [at for at in (low if low > BEGINNING else first, high - 1 if high < FOREVER else last) if at is not None]
    bounds = clock.buckets_around(min(ends), max(ends) + 1, step).tolist() if ends else []
    begin = bounds[0] if low > BEGINNING else BEGINNING
    end = bounds[-1] if high < FOREVER else FOREVER
    connection.execute(coarser.delete().where(coarser.c.site_id == site_id, micros(coarser.c.bucket) >= begin, micros(coarser.c.bucket) < end))
    if bounds:
        _insert_sums(connection, site_id, finer, coarser, list(pairwise(bounds)))
    return begin, end


def _insert_sums(connection: Connection, site_id: str, finer: Table, coarser: Table, buckets: list[tuple[int, int]]) -> None:
    asked = listed("buckets", {"low": int, "high": int}, buckets)
    within = and_(finer.c.site_id == site_id, micros(finer.c.bucket) >= asked.c.low, micros(finer.c.bucket) < asked.c.high)
    keys = [column for column in finer.primary_key.columns if column.name not in ("site_id", "bucket")]
    sums = [column for column in finer.columns if not column.primary_key]
    selected: list[ColumnElement[Any]] = [literal(site_id), instant(asked.c.low), *keys, *(cast(func.sum(column), BigInteger) for column in sums)]
    summed = select(*selected).select_from(look_up_in(asked, finer, within)).group_by(asked.c.low, *keys)
    connection.execute(insert(coarser).from_select(["site_id", "bucket", *(column.name for column in (*keys, *sums))], summed))
