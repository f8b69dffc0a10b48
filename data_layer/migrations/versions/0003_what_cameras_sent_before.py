"""What cameras sent before their activity was kept; how often they repeated themselves, and their clocks, are known from here on."""

import json
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_LATE_AFTER = 60_000_000

events = sa.table("events", *(sa.column(name) for name in ("site_id", "camera_id", "station_id", "timestamp", "created_at")))
activity = sa.table(
    "camera_activity",
    *(sa.column(name) for name in ("site_id", "camera_id", "events", "late", "repeated", "last_seen_at", "last_event_at", "skews", "station_ids")),
)


def upgrade() -> None:

    connection = op.get_bind()
    camera = (events.c.site_id, events.c.camera_id)
    seen: dict[tuple[str, str], list[str]] = defaultdict(list)
    named = sa.select(*camera, events.c.station_id).where(events.c.camera_id.is_not(None), events.c.station_id != "").distinct()
    for site_id, camera_id, station_id in connection.execute(named):
        seen[site_id, camera_id].append(station_id)
    late = sa.func.sum(sa.case((events.c.created_at - events.c.timestamp > _LATE_AFTER, 1), else_=0)).label("late")
    counts = [
        sa.func.count().label("events"),
        late,
        sa.func.max(events.c.created_at).label("last_seen_at"),
        sa.func.max(events.c.timestamp).label("last_event_at"),
    ]
    sent = connection.execute(sa.select(*camera, *counts).where(events.c.camera_id.is_not(None)).group_by(*camera)).mappings()
    rows = [{**row, "repeated": 0, "skews": "[]", "station_ids": json.dumps(sorted(seen[row["site_id"], row["camera_id"]]))} for row in sent]
    if rows:
        connection.execute(sa.insert(activity), rows)
