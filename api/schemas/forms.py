"""What the two addresses of ingest take and answer, form by form."""

import json
from typing import Any

from api.routing import JSON, Answer, Body
from api.schemas.events import BatchCounts, BatchProblem, CloudEvent, CloudEventBatch, Event, EventBatch, EventProblem, Known, Taken

_EVENT = {"timestamp": "2026-01-15T10:15:00Z", "worker_id": "W1", "workstation_id": "S1", "event_type": "working", "confidence": 0.93}
_UNITS = {"timestamp": "2026-01-15T11:00:00Z", "worker_id": "W1", "workstation_id": "S1", "event_type": "product_count", "count": 5}
_ENVELOPE = {"specversion": "1.0", "id": "17", "source": "/hall-1/gate", "type": "factory.working", "data": _EVENT}

ONE = Body(
    {JSON: Event, "application/cloudevents+json": CloudEvent},
    {JSON: _EVENT, "application/cloudevents+json": _ENVELOPE},
)
MANY = Body(
    {JSON: EventBatch, "application/x-ndjson": str, "application/cloudevents-batch+json": CloudEventBatch},
    {
        JSON: [_EVENT, _UNITS],
        "application/x-ndjson": "\n".join(json.dumps(event) for event in (_EVENT, _UNITS)),
        "application/cloudevents-batch+json": [_ENVELOPE],
    },
    "Up to 10,000 events, as an array, as CloudEvents, or as lines of JSON, one event a line (also called `application/ndjson` or `application/jsonl`). "
    "Each is judged on its own. May be compressed: `Content-Encoding: gzip`.",
)
TO_ONE: dict[int, Any] = {
    200: Answer(Known, "It was stored already: a repeat; or, in a dry run, what would become of it."),
    201: Answer(Taken, "It is stored."),
    422: Answer(EventProblem, "It was refused, and is in the quarantine; or a parameter is not what it must be. The sentence opens with the name."),
}
TO_MANY: dict[int, Any] = {
    200: Answer(BatchCounts, "None was refused."),
    207: Answer(BatchCounts, "Some were refused, the others are stored."),
    413: "More than 8 MiB, before or after compression, or more than 10,000 events.",
    422: Answer(BatchProblem, "All were refused, or a parameter is not what it must be."),
}
