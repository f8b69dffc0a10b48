"""Rollups by local week above those by day, summed from them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from data_layer.types import UtcMicros

revision = "0004"
down_revision = "0003"

_KEYS = {"worker": ["worker", "station"], "station": ["station"], "output": ["worker", "station"]}
_SUMS = {"worker": ["active", "idle", "absent", "signal"], "station": ["occupancy", "working", "occupied"], "output": ["units", "events"]}


def upgrade() -> None:

    for name in _KEYS:
        op.create_table(
            f"{name}_weeks",
            sa.Column("site_id", sa.String(length=128), nullable=False),
            sa.Column("bucket", UtcMicros(), nullable=False),
            *(sa.Column(key, sa.String(length=128), nullable=False) for key in _KEYS[name]),
            *(sa.Column(column, sa.BigInteger(), nullable=False) for column in _SUMS[name]),
            sa.PrimaryKeyConstraint("site_id", "bucket", *_KEYS[name]),
            sqlite_with_rowid=False,
        )
        _fill(name)


def _fill(name: str) -> None:
    """Sum the weeks of every site from its days."""
    connection = op.get_bind()
    columns = ["site_id", "bucket", *_KEYS[name], *_SUMS[name]]
    days, weeks = (sa.table(f"{name}_{level}", *(sa.column(column) for column in columns)) for level in ("days", "weeks"))
    sites = sa.table("sites", sa.column("site_id"), sa.column("timezone"))
    for site_id, timezone in connection.execute(sa.select(sites.c.site_id, sites.c.timezone)).all():
        stored = connection.scalars(sa.select(days.c.bucket).where(days.c.site_id == site_id).distinct()).all()
        for monday, next_monday in sorted({_week(bucket, ZoneInfo(timezone)) for bucket in stored}):
            keys = [days.c[key] for key in _KEYS[name]]
            sums = [sa.func.sum(days.c[column]) for column in _SUMS[name]]
            summed = sa.select(sa.literal(site_id), sa.literal(monday), *keys, *sums).group_by(*keys)
            own = summed.where(days.c.site_id == site_id, days.c.bucket >= monday, days.c.bucket < next_monday)
            connection.execute(sa.insert(weeks).from_select(columns, own))


def _week(bucket: int, zone: ZoneInfo) -> tuple[int, int]:
    """Where the local week of a day begins and ends, in µs UTC."""
    day = datetime.fromtimestamp(bucket // 1_000_000, zone).date()
    monday = day - timedelta(days=day.weekday())
    return _midnight(monday, zone), _midnight(monday + timedelta(days=7), zone)


def _midnight(day: date, zone: ZoneInfo) -> int:
    begins = datetime.combine(day, datetime.min.time(), zone)
    return (begins - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
