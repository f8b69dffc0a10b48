"""Events written in each of the forms in which a request may hold many: an array, compressed JSON lines, CloudEvents."""

import gzip
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Any

from reference.events import identity, read

Request = tuple[bytes, dict[str, str]]

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
CLOUDEVENT = {"Content-Type": "application/cloudevents+json"}
CLOUDEVENTS = {"Content-Type": "application/cloudevents-batch+json; charset=UTF-8"}
GZIP = {"Content-Encoding": "gzip"}


def envelope(data: Any, /, **attributes: Any) -> dict[str, Any]:
    """A CloudEvent round an event; None leaves an attribute out."""
    given = {"specversion": "1.0", "id": "1", "source": "/hall-1/gate", "type": "factory.event", "data": data} | attributes
    return {name: value for name, value in given.items() if value is not None}


def lines(texts: Sequence[str], end: str = "\n") -> bytes:
    """Texts as the lines of a body."""
    return "".join(text + end for text in texts).encode()


def as_array(events: Sequence[dict[str, Any]], zone: tzinfo | None = None) -> Request:
    return json.dumps(events).encode(), JSON


def as_compressed_lines(events: Sequence[dict[str, Any]], zone: tzinfo) -> Request:
    return gzip.compress(lines([json.dumps(event) for event in events]), 1), NDJSON | GZIP


def as_cloudevents(events: Sequence[dict[str, Any]], zone: tzinfo) -> Request:
    """Each event in an envelope, with an id that says as much as the event's identity in plain JSON does: repeats stay repeats."""
    return json.dumps([_enveloped(event, zone, number) for number, event in enumerate(events)]).encode(), CLOUDEVENTS


def _enveloped(event: dict[str, Any], zone: tzinfo, number: int) -> dict[str, Any]:
    given = event.get("event_id") not in (None, "")
    # Without an id of its own the camera is no part of an event's identity; with one, as every CloudEvent has, it would be.
    left_out = {"event_id"} if given else {"event_id", "camera_id"}
    data = {name: value for name, value in event.items() if name not in left_out}
    id_ = str(event["event_id"]) if given else hashlib.sha256(repr(identity(event, read(event, zone))).encode()).hexdigest()
    # Senders put the time where they like.
    moved = {"time": data.pop("timestamp")} if number % 2 else {}
    return envelope(data, id=id_, **moved)


FORMS: dict[str, Callable[[Sequence[dict[str, Any]], tzinfo], Request]] = {
    "array": as_array,
    "compressed lines": as_compressed_lines,
    "CloudEvents": as_cloudevents,
}
