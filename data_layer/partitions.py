"""Events by month in PostgreSQL: a question reads the months it is about, and old ones leave whole.

events ─┬─ events_2026_10    from 2026-10-01 up to 2026-11-01, UTC
        ├─ events_2026_11
        ├─ events_2026_12    made ahead
        ├─ events_2027_01
        └─ events_rest       what fits none of them
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

REST = "events_rest"
_MONTHS_AHEAD = 3


def month_of(moment: datetime) -> datetime:
    """The beginning of its month in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    """The month after."""
    return month_of(month + timedelta(days=32))


def name_of(month: datetime) -> str:
    """What the partition of a month is called."""
    return f"events_{month:%Y_%m}"


def make_ahead(connection: Connection, now: datetime | None = None) -> None:
    """Have partitions for this month and some to come, and one for all else."""
    connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {REST} PARTITION OF events DEFAULT")
    connection.exec_driver_sql("CREATE INDEX IF NOT EXISTS bx_events_timestamp ON events USING brin (timestamp) WITH (pages_per_range = 32)")
    month = month_of(now or datetime.now(UTC))
    for _ in range(_MONTHS_AHEAD + 1):
        if not _is_there(connection, month):
            _make(connection, month)
        month = next_month(month)


def _is_there(connection: Connection, month: datetime) -> bool:
    return connection.exec_driver_sql("SELECT to_regclass(%(name)s)", {"name": name_of(month)}).scalar() is not None


def _make(connection: Connection, month: datetime) -> None:
    """It is filled before it is attached: no two partitions may claim a row. Names and bounds are our own."""
    name, low, high = name_of(month), month.isoformat(), next_month(month).isoformat()
    connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE events INCLUDING ALL)")
    moved = f"DELETE FROM {REST} WHERE timestamp >= '{low}' AND timestamp < '{high}' RETURNING *"  # noqa: S608
    connection.exec_driver_sql(f"WITH moved AS ({moved}) INSERT INTO {name} SELECT * FROM moved")  # noqa: S608
    connection.exec_driver_sql(f"ALTER TABLE events ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')")
