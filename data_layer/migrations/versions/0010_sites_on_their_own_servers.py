"""What a site's server keeps until a central one has it, and what a central one is told by sites' servers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from data_layer.types import ID, LONG_TEXT, NUMBER, UtcMicros, text_of

revision = "0010"
down_revision = "0009"

_IN_MARIADB: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_nopad_bin"}
_SUMS = ("active", "idle", "absent", "signal", "tracked")


def upgrade() -> None:
    op.create_table(
        "forwarding",
        sa.Column("site_id", ID, nullable=False),
        sa.Column("target", text_of(500), nullable=False),
        sa.Column("as_site", ID, nullable=False),
        sa.Column("events", sa.Boolean(), nullable=False),
        sa.Column("acknowledged", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", UtcMicros()),
        sa.Column("trouble", LONG_TEXT),
        sa.PrimaryKeyConstraint("site_id"),
        sqlite_with_rowid=False,
        **_IN_MARIADB,
    )
    op.create_table(
        "changed_days",
        sa.Column("change_id", NUMBER, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("from_time", UtcMicros(), nullable=False),
        sa.Column("to_time", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("change_id"),
        sqlite_autoincrement=True,
        **_IN_MARIADB,
    )
    op.create_table(
        "unsent_events",
        sa.Column("site_id", ID, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "event_id"),
        sqlite_with_rowid=False,
        **_IN_MARIADB,
    )
    op.create_table(
        "remote_sites",
        sa.Column("site_id", ID, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("told_at", UtcMicros(), nullable=False),
        sa.Column("as_of", UtcMicros()),
        sa.Column("worker_count", sa.Integer(), nullable=False),
        sa.Column("station_count", sa.Integer(), nullable=False),
        sa.Column("has_schedule", sa.Boolean(), nullable=False),
        sa.Column("level", text_of(16), nullable=False),
        sa.Column("smallest_group", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site_id"),
        sqlite_with_rowid=False,
        **_IN_MARIADB,
    )
    op.create_table(
        "remote_days",
        sa.Column("site_id", ID, nullable=False),
        sa.Column("day", text_of(10), nullable=False),
        *(sa.Column(name, sa.BigInteger()) for name in _SUMS),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("utilization", sa.Float(53)),
        sa.Column("utilized", sa.Integer(), nullable=False),
        sa.Column("hours_told", sa.Integer(), nullable=False),
        sa.Column("hours_left_out", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day"),
        sqlite_with_rowid=False,
        **_IN_MARIADB,
    )
