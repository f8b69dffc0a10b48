"""What was refused is kept, with the reason and the payload, and can be taken up again."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, insert, select, update

from data_layer.query import Row
from data_layer.refused import OPEN, REPLAYED, as_told, visible
from data_layer.sites import MAIN
from data_layer.tables import quarantine
from ingest.cloudevents import enveloped, is_envelope
from ingest.event import Event, Unparseable
from ingest.json_text import lenient_value
from ingest.record import ID_LENGTH
from metrics.units import to_datetime

#: Of what its sender may not bring: it can be looked at, and is never taken up. Whoever does that may more, and would lend their rights.
BARRED = "barred"
_PAYLOAD_CHARACTERS = 65_536


class Kept(NamedTuple):
    """What goes into the quarantine. site_id: None where it isn't known, or is not the sender's."""

    site_id: str | None
    reason: str
    payload: str
    barred: bool = False


def keep(connection: Connection, entries: Iterable[Kept], now: int) -> None:
    """Quarantine payloads."""
    rows = [
        {"site_id": one.site_id, "received_at": now, "reason": one.reason, "payload": one.payload[:_PAYLOAD_CHARACTERS], "status": _status(one)}
        for one in entries
    ]
    if rows:
        connection.execute(insert(quarantine), rows)


def _status(one: Kept) -> str:
    return BARRED if one.barred else OPEN


def payload_of(event: Event) -> str:
    """An event as the JSON that would send it, identity and all: as a CloudEvent where its source can't be told otherwise."""
    named: dict[str, Any] = {
        "timestamp": _rfc3339(event.timestamp),
        "event_type": event.event_type,
        "site_id": event.site_id,
        "worker_id": event.worker_id or None,
        "workstation_id": event.station_id or None,
        "count": event[5] if event.event_type == "product_count" else None,
        "confidence": event.confidence,
        "event_id": event.client_event_id or None,
        "camera_id": event.camera_id,
        "model_name": event.model_name,
        "model_version": event.model_version,
        "sent_at": None if event.sent_at is None else _rfc3339(event.sent_at),
        "sequence": event.sequence,
    }
    fields = {name: value for name, value in named.items() if value is not None}
    written = fields if event.source in ("", event.camera_id) else enveloped(event, fields)
    return msgspec.json.encode(written).decode()


def site_of(payload: str) -> str | None:
    """The site that a payload names; None where it can't be told."""
    fields = _fields(payload)
    site_id = None if fields is None else MAIN if fields.get("site_id") is None else fields["site_id"]
    return site_id if isinstance(site_id, str) and 0 < len(site_id) <= ID_LENGTH and site_id.isprintable() else None


def camera_of(payload: str) -> str | None:
    """The camera that a payload names; None where it names none, or that can't be told."""
    camera_id = (_fields(payload) or {}).get("camera_id")
    return camera_id if isinstance(camera_id, str) and camera_id else None


def _fields(payload: str) -> dict[str, Any] | None:
    """The fields of the event that a payload is; None where it is none."""
    try:
        value = lenient_value(payload)
    except Unparseable:
        return None
    if is_envelope(value):
        value = value.get("data")
    return value if isinstance(value, dict) else None


def _rfc3339(at: int) -> str:
    return to_datetime(at).astimezone(UTC).isoformat().replace("+00:00", "Z")


def entries(connection: Connection, site_id: str | None, limit: int, before: int | None) -> list[Row]:
    """Quarantined payloads that the caller may see, newest first; before: a quarantine_id to go on from."""
    table = quarantine
    statement = select(table).where(visible()).order_by(table.c.quarantine_id.desc()).limit(limit)
    if site_id is not None:
        statement = statement.where(table.c.site_id == site_id)
    if before is not None:
        statement = statement.where(table.c.quarantine_id < before)
    return as_told(connection, [dict(row) for row in connection.execute(statement).mappings()])


def entry(connection: Connection, quarantine_id: int) -> Row | None:
    """One quarantined payload that the caller may see."""
    row = connection.execute(select(quarantine).where(visible(), quarantine.c.quarantine_id == quarantine_id)).mappings().one_or_none()
    return None if row is None else dict(row)


def mark_replayed(connection: Connection, quarantine_id: int) -> None:
    """Note that a payload was taken up again."""
    connection.execute(update(quarantine).where(quarantine.c.quarantine_id == quarantine_id).values(status=REPLAYED))
