"""What processes that share a database must know of one another."""

import sqlalchemy as sa
from alembic import op

from data_layer.types import ID, LONG_TEXT, UtcMicros, text_of

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "recomputations",
        sa.Column("site_id", ID, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site_id"),
        sqlite_with_rowid=False,
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_nopad_bin",
    )
    op.create_table(
        "sign_in_ways",
        sa.Column("state_hash", text_of(64), nullable=False),
        sa.Column("browser", text_of(64), nullable=False),
        sa.Column("nonce", text_of(64), nullable=False),
        sa.Column("verifier", text_of(64), nullable=False),
        sa.Column("wanted", LONG_TEXT, nullable=False),
        sa.Column("until", UtcMicros(), nullable=False),
        sa.PrimaryKeyConstraint("state_hash"),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_nopad_bin",
    )
