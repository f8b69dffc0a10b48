"""What tells one state of a site's figures from all others, and how retention went wherever it was done."""

import sqlalchemy as sa
from alembic import op

from data_layer.types import ID, LONG_TEXT, UtcMicros

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("sites", sa.Column("mark", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "retention_runs",
        sa.Column("site_id", ID, nullable=False),
        sa.Column("begun", UtcMicros(), nullable=False),
        sa.Column("finished", UtcMicros()),
        sa.Column("problem", LONG_TEXT),
        sa.PrimaryKeyConstraint("site_id"),
        sqlite_with_rowid=False,
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_nopad_bin",
    )
