"""Feeds of many frames a second, and for how long a site keeps what."""

import sqlalchemy as sa
from alembic import op

from data_layer.types import UtcMicros

revision = "0005"
down_revision = "0004"


def upgrade() -> None:

    op.add_column("sites", sa.Column("whole_seconds", sa.Boolean(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "retention",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        *(sa.Column(name, sa.Integer()) for name in ("raw_event_days", "interval_days", "rollup_days")),
        *(sa.Column(name, UtcMicros()) for name in ("accepted_from", "sealed_before", "detailed_from", "kept_from")),
        sa.PrimaryKeyConstraint("site_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "output_cells",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("bucket", UtcMicros(), nullable=False),
        sa.Column("worker", sa.String(length=128), nullable=False),
        sa.Column("station", sa.String(length=128), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "bucket", "worker", "station"),
        sqlite_with_rowid=False,
    )
