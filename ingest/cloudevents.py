"""CloudEvents 1.0 in their JSON format: an envelope round the event, which says who sent it and under which id.

{"specversion": "1.0", "id": "17", "source": "/hall-1/gate", "type": "factory.working",      id, source ──▶ the event's identity
 "time": "2026-01-15T10:15:00Z", "recordedtime": …, "sequence": …,                           where data has none
 "data": {"worker_id": "W1", "workstation_id": "S3", "event_type": "working"}}               the event, as in plain JSON
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeGuard

from msgspec import Meta, Struct

from ingest.demo import SOURCE as DEMO_SOURCE
from ingest.event import Event, Refused, SiteRules
from ingest.judge import judge
from ingest.record import ID_LENGTH, Number63, Record, Text, storable

SomeText = Annotated[str, Meta(min_length=1, max_length=ID_LENGTH)]


class Envelope(Struct, gc=False):
    """The attributes that mean something here; unknown ones are ignored, null is the same as left out."""

    specversion: Literal["1.0"]
    id: SomeText
    source: SomeText
    type: Annotated[str, Meta(min_length=1)]
    data: Record | None = None
    data_base64: None = None
    time: Text | None = None
    recordedtime: Text | None = None
    sequence: Text | Number63 | None = None


def judge_envelope(envelope: Envelope, sites: Mapping[str, SiteRules], now: int) -> Event:
    """The event in a well-typed envelope; arguments as for `judge`. Raises Refused."""
    record = envelope.data
    if record is None:
        raise Refused("data", "is missing.")
    if envelope.source == DEMO_SOURCE and not record.camera_id:
        raise Refused("source", f"{DEMO_SOURCE!r} is kept for demo data, unless the event names a camera_id.")
    # An id of data's own would be a second identity: the envelope's is the one by which its sender knows it.
    record.event_id = envelope.id
    if envelope.sequence is not None:
        record.sequence = envelope.sequence
    # Where both say when, data is right: libraries stamp `time` with the moment of sending.
    borrowed = {}
    if record.timestamp is None and envelope.time is not None:
        record.timestamp, borrowed["timestamp"] = envelope.time, "time"
    if record.sent_at is None and envelope.recordedtime is not None:
        record.sent_at, borrowed["sent_at"] = envelope.recordedtime, "recordedtime"
    try:
        return judge(record, sites, now, envelope.source)
    except Refused as refusal:
        # By the name under which the sender wrote it.
        raise Refused(borrowed.get(refusal.field, refusal.field), refusal.what) from None


def known_attributes(value: Mapping[str, object]) -> dict[str, object]:
    """Of an envelope as plain JSON what is looked at, its data included. Raises Refused for texts that can't be stored."""
    known = storable(value, Envelope.__struct_fields__)
    data = known.get("data")
    return {**known, "data": storable(data, Record.__struct_fields__)} if isinstance(data, dict) else known


def is_envelope(value: object) -> TypeGuard[dict[str, object]]:
    """Whether a JSON value is meant as a CloudEvent."""
    return isinstance(value, dict) and "specversion" in value


def enveloped(event: Event, fields: Mapping[str, object]) -> dict[str, object]:
    """The envelope that would send an event of a source which is no camera. fields: those of the event in plain JSON."""
    data = {name: value for name, value in fields.items() if name != "event_id"}
    return {"specversion": "1.0", "id": event.client_event_id, "source": event.source, "type": f"factory.{event.event_type}", "data": data}
