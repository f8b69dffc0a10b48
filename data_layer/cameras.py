"""Cameras of a site: what they are called, the stations they see, and what they have sent."""

import json
from collections.abc import Mapping
from statistics import median

from sqlalchemy import Connection, and_, select

from data_layer.query import Row
from data_layer.tables import camera_activity, cameras
from data_layer.types import micros
from metrics.units import SECOND

_COUNTS = ("events", "late", "repeated")
_LAST = ("last_seen_at", "last_event_at")


def camera_rows(connection: Connection, site_id: str, camera_id: str | None = None) -> list[Row]:
    """All cameras of a site by id, or one: with what somebody has said of them and what they have sent."""
    sent = camera_activity
    joined = cameras.outerjoin(sent, and_(sent.c.site_id == cameras.c.site_id, sent.c.camera_id == cameras.c.camera_id))
    columns = [cameras.c.camera_id, cameras.c.name, cameras.c.station_ids, sent.c.station_ids.label("reported"), sent.c.skews]
    statement = select(*columns, *(sent.c[name] for name in (*_COUNTS, *_LAST))).select_from(joined).where(cameras.c.site_id == site_id)
    if camera_id is not None:
        statement = statement.where(cameras.c.camera_id == camera_id)
    rows = [_row(site_id, dict(row)) for row in connection.execute(statement).mappings()]
    return sorted(rows, key=lambda row: str(row["camera_id"]))


def known_since(connection: Connection, site_id: str) -> Mapping[str, int]:
    """When each camera of a site was registered (µs)."""
    return {row[0]: row[1] for row in connection.execute(select(cameras.c.camera_id, micros(cameras.c.created_at)).where(cameras.c.site_id == site_id))}


def _row(site_id: str, stored: Row) -> Row:
    skews = json.loads(stored["skews"] or "[]")
    return {
        "site_id": site_id,
        "camera_id": stored["camera_id"],
        "name": stored["name"],
        "station_ids": sorted(json.loads(stored["station_ids"] or stored["reported"] or "[]")),
        **{name: stored[name] for name in _LAST},
        **{name: stored[name] or 0 for name in _COUNTS},
        "skew_seconds": median(skews) / SECOND if skews else None,
    }
