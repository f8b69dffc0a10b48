"""Events by month in PostgreSQL: a question reads the months it is about, and old ones leave whole.

events ─┬─ events_2026_10    from 2026-10-01 up to 2026-11-01, UTC
        ├─ events_2026_11
        ├─ events_2026_12    made ahead
        ├─ events_2027_01
        └─ events_rest       what fits none of them: late events, imports, clocks that are wrong

Months are made and dropped by who writes alone (`Database.write`), each in a transaction of its own.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, repeat
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy.exc import OperationalError

from data_layer.engine import Database
from data_layer.faultpoint import faultpoint
from data_layer.tables import events

REST = "events_rest"
_MONTHS_AHEAD = 3
#: A month with fewer events stays in the rest: each partition costs every question that can't leave it out some tenths of a millisecond.
WORTH_A_PARTITION = 20_000
#: Who reads events must not wait for long behind who waits for a long reader. Longer than PostgreSQL takes to call off a vacuum (1 s).
_LOCKED_WITHIN, _TRIES = "2s", 3
_NOT_LOCKED = "55P03"


class InUse(RuntimeError):
    """A partition can't be had at the moment: somebody reads events for long."""


def month_of(moment: datetime) -> datetime:
    """The beginning of its month in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    """The month after."""
    return month_of(month + timedelta(days=32))


def name_of(month: datetime) -> str:
    """What the partition of a month is called."""
    return f"events_{month:%Y_%m}"


def begin(connection: Connection) -> None:
    """Have a partition for all that has none, and the months to come."""
    connection.exec_driver_sql(f"CREATE TABLE {REST} PARTITION OF events DEFAULT")
    make(connection, _ahead(datetime.now(UTC)))


def keep_up(database: Database, now: datetime) -> None:
    """Make partitions ahead, and for months of which the rest holds many events: one month a transaction, done again after a crash. Raises InUse.

    Writers wait while a month is moved. Other databases than PostgreSQL have no partitions.
    """
    if database.url.get_backend_name() != "postgresql":
        return
    with database.read() as connection:
        there = set(months(connection))
        wanted = [*(month for month in _ahead(now) if month not in there), *_crowded(connection)]
    for month in dict.fromkeys(wanted):
        with database.write() as connection:
            make(connection, [month])
            faultpoint("partitions: a month about to be made")


def make_for(connection: Connection, coming: Iterable[tuple[datetime, int]]) -> None:
    """Have partitions for the months of events that are about to come. coming: moments, and how many events from there on. Raises InUse."""
    if connection.dialect.name == "postgresql":
        by_month: Counter[datetime] = Counter()
        for moment, count in coming:
            by_month[month_of(moment)] += count
        make(connection, sorted(month for month, count in by_month.items() if count >= WORTH_A_PARTITION))


def months(connection: Connection) -> list[datetime]:
    """Those that have a partition, the oldest first; none in other databases than PostgreSQL."""
    if connection.dialect.name != "postgresql":
        return []
    names = connection.exec_driver_sql("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass").scalars()
    dated = [re.fullmatch(r"events_(\d{4})_(\d\d)", name) for name in names]
    return sorted(datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC) for found in dated if found)


def make(connection: Connection, wanted: Sequence[datetime]) -> None:
    """Have partitions for some months, with what the rest holds of them. Raises InUse."""
    for month in wanted:
        if connection.exec_driver_sql("SELECT to_regclass(%(name)s)", {"name": name_of(month)}).scalar() is None:
            _make(connection, month)


def drop(connection: Connection, month: datetime, staying: Sequence[dict[str, Any]]) -> None:
    """Take a month's partition away with all events in it, but for some rows, which go to the rest. Raises InUse."""
    name = name_of(month)
    _patiently(connection, f"ALTER TABLE events DETACH PARTITION {name}")
    if staying:
        connection.execute(insert(events), [*staying])
    connection.exec_driver_sql(f"DROP TABLE {name}")


def _ahead(now: datetime) -> list[datetime]:
    return list(accumulate(repeat(month_of(now), _MONTHS_AHEAD + 1), lambda month, _: next_month(month)))


def _crowded(connection: Connection) -> list[datetime]:
    """The months of which the rest holds many events; all our connections are in UTC."""
    counted = f"SELECT date_trunc('month', timestamp) FROM {REST} GROUP BY 1 HAVING count(*) >= %(worth)s ORDER BY 1"  # noqa: S608 - constants only
    return [month_of(found) for found in connection.exec_driver_sql(counted, {"worth": WORTH_A_PARTITION}).scalars()]


def _make(connection: Connection, month: datetime) -> None:
    """It is filled before it is attached: no two partitions may claim a row. Names and bounds are our own."""
    name, low, high = name_of(month), month.isoformat(), next_month(month).isoformat()
    within = f"timestamp >= '{low}' AND timestamp < '{high}'"
    # The check spares a look at all of it while the rest is locked.
    connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE events INCLUDING ALL, CONSTRAINT {name}_within CHECK ({within}))")
    connection.exec_driver_sql(f"WITH moved AS (DELETE FROM {REST} WHERE {within} RETURNING *) INSERT INTO {name} SELECT * FROM moved")  # noqa: S608
    _patiently(connection, f"ALTER TABLE events ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')")
    connection.exec_driver_sql(f"ALTER TABLE {name} DROP CONSTRAINT {name}_within")


def _patiently(connection: Connection, statement: str) -> None:
    """Run what needs a lock that no reader shares: rather again than for long, so that those who came meanwhile get in between. Raises InUse."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCKED_WITHIN}'")
    for _ in range(_TRIES):
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(statement)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _NOT_LOCKED:
                raise
        else:
            return
    raise InUse("somebody reads events for long")
