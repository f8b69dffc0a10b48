"""The first tables."""

import sqlalchemy as sa
from alembic import op

from data_layer.types import UtcMicros

revision = "0001"
down_revision = None


def upgrade() -> None:

    op.create_table(
        "attendance",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("shift", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.String(length=128), nullable=False),
        sa.Column("covered", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "shift", "worker"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cameras",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("camera_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("created_at", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "camera_id"),
    )
    op.create_table(
        "cv_models",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("model_name", sa.String(length=128), nullable=False),
        sa.Column("model_version", sa.String(length=128), server_default="", nullable=False),
        sa.Column("created_at", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("model_id"),
    )
    op.create_index("ux_cv_models", "cv_models", ["site_id", "model_name", "model_version"], unique=True)
    op.create_table(
        "events",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("worker_id", sa.String(length=128), nullable=False),
        sa.Column("timestamp", UtcMicros(), nullable=False),
        sa.Column("event_type", sa.String(length=16), nullable=False),
        sa.Column("station_id", sa.String(length=128), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("source", sa.String(length=128), server_default="", nullable=False),
        sa.Column("client_event_id", sa.String(length=128), server_default="", nullable=False),
        sa.Column("camera_id", sa.String(length=128), nullable=True),
        sa.Column("model_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", UtcMicros(), nullable=True),
        sa.Column("created_at", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index(
        "ux_events_client_id",
        "events",
        ["site_id", "source", "client_event_id"],
        unique=True,
        sqlite_where=sa.text("client_event_id <> ''"),
        postgresql_where=sa.text("client_event_id <> ''"),
    )
    op.create_index(
        "ux_events_identity", "events", ["site_id", "worker_id", "timestamp", "event_type", "station_id", "count", "source", "client_event_id"], unique=True
    )
    op.create_table(
        "intervals",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("worker", sa.String(length=128), nullable=False),
        sa.Column("start", UtcMicros(), nullable=False),
        sa.Column("end", UtcMicros(), nullable=False),
        sa.Column("station", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "worker", "start"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invalidations",
        sa.Column("invalidation_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("worker_id", sa.String(length=128), nullable=True),
        sa.Column("from_time", UtcMicros(), nullable=False),
        sa.Column("to_time", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("invalidation_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "output_days",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("bucket", UtcMicros(), nullable=False),
        sa.Column("worker", sa.String(length=128), nullable=False),
        sa.Column("station", sa.String(length=128), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "bucket", "worker", "station"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "output_hours",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("bucket", UtcMicros(), nullable=False),
        sa.Column("worker", sa.String(length=128), nullable=False),
        sa.Column("station", sa.String(length=128), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "bucket", "worker", "station"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=128), nullable=True),
        sa.Column("received_at", UtcMicros(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), server_default="open", nullable=False),
        sa.PrimaryKeyConstraint("quarantine_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "site_settings",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "valid_from"),
    )
    op.create_table(
        "sites",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("timezone", sa.String(length=64), server_default="UTC", nullable=False),
        sa.Column("register_unknown", sa.Boolean(), server_default=sa.text("1"), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("site_id"),
    )
    op.create_table(
        "station_days",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("bucket", UtcMicros(), nullable=False),
        sa.Column("station", sa.String(length=128), nullable=False),
        sa.Column("occupancy", sa.BigInteger(), nullable=False),
        sa.Column("working", sa.BigInteger(), nullable=False),
        sa.Column("occupied", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "bucket", "station"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "station_hours",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("bucket", UtcMicros(), nullable=False),
        sa.Column("station", sa.String(length=128), nullable=False),
        sa.Column("occupancy", sa.BigInteger(), nullable=False),
        sa.Column("working", sa.BigInteger(), nullable=False),
        sa.Column("occupied", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "bucket", "station"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "worker_days",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("bucket", UtcMicros(), nullable=False),
        sa.Column("worker", sa.String(length=128), nullable=False),
        sa.Column("station", sa.String(length=128), nullable=False),
        sa.Column("active", sa.BigInteger(), nullable=False),
        sa.Column("idle", sa.BigInteger(), nullable=False),
        sa.Column("absent", sa.BigInteger(), nullable=False),
        sa.Column("signal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "bucket", "worker", "station"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "worker_hours",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("bucket", UtcMicros(), nullable=False),
        sa.Column("worker", sa.String(length=128), nullable=False),
        sa.Column("station", sa.String(length=128), nullable=False),
        sa.Column("active", sa.BigInteger(), nullable=False),
        sa.Column("idle", sa.BigInteger(), nullable=False),
        sa.Column("absent", sa.BigInteger(), nullable=False),
        sa.Column("signal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "bucket", "worker", "station"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "worker_tails",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("worker", sa.String(length=128), nullable=False),
        sa.Column("first_time", UtcMicros(), nullable=False),
        sa.Column("last_time", UtcMicros(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("station", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "worker"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "workers",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("worker_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("home_station_id", sa.String(length=128), nullable=True),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "worker_id"),
    )
    op.create_table(
        "workstations",
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("station_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("type", sa.String(length=64), nullable=True),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "station_id"),
    )
