"""Users, sessions, keys, and the record of what was done."""

import sqlalchemy as sa
from alembic import op

from data_layer.types import UtcMicros

revision = "0006"
down_revision = "0005"

_ID, _DIGEST = sa.String(length=128), sa.String(length=64)


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("login", sa.String(length=200), nullable=False),
        sa.Column("login_key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200)),
        sa.Column("password_hash", sa.String(length=200)),
        sa.Column("subject", sa.String(length=255)),
        sa.Column("disabled", sa.Boolean(), nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_index("ux_users_login", "users", ["login_key"], unique=True)
    op.create_index("ux_users_subject", "users", ["subject"], unique=True, sqlite_where=sa.text("subject IS NOT NULL"))
    op.create_table(
        "grants",
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("site_id", _ID, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "site_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", _DIGEST, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("created_at", UtcMicros(), nullable=False),
        sa.Column("seen_at", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_sessions_user", "sessions", ["user_id"])
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", _DIGEST, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("site_id", _ID, nullable=False),
        sa.Column("camera_ids", sa.Text()),
        sa.Column("created_at", UtcMicros(), nullable=False),
        *(sa.Column(name, UtcMicros()) for name in ("expires_at", "revoked_at", "last_used_at")),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_table(
        "sign_in_delays",
        sa.Column("login_hash", _DIGEST, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("login_hash"),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UtcMicros(), nullable=False),
        sa.Column("actor", _ID, nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("site_id", _ID, nullable=False),
        sa.Column("subject", _ID, nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("hash_before", _DIGEST, nullable=False),
        sa.Column("hash", _DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    for what in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER audit_no_{what.lower()} BEFORE {what} ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END")
