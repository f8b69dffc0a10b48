"""Where an event stands in its sender's sequence; what cameras are set up to see and what they have sent."""

import sqlalchemy as sa
from alembic import op

from data_layer.types import UtcMicros

revision = "0002"
down_revision = "0001"


def upgrade() -> None:

    op.add_column("events", sa.Column("sequence", sa.String(length=128), nullable=True))
    op.add_column("cameras", sa.Column("station_ids", sa.Text(), nullable=True))
    op.create_table(
        "camera_activity",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("camera_id", sa.String(length=128), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.BigInteger(), nullable=False),
        sa.Column("repeated", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", UtcMicros(), nullable=False),
        sa.Column("last_event_at", UtcMicros(), nullable=False),
        sa.Column("skews", sa.Text(), nullable=False),
        sa.Column("station_ids", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "camera_id"),
        sqlite_with_rowid=False,
    )
