"""Ingest: events in, one or many at a time; the answer is sent after the commit has reached the disk."""

from flask import Blueprint, Response
from werkzeug.exceptions import RequestEntityTooLarge

from access.roles import Role
from api.body import json_bytes
from api.problems import problem
from api.routing import answer, route, services
from ingest.event import Parsed, TooMany, Unparseable
from ingest.parse import parse_batch, parse_one
from ingest.writer import Receipt

bp = Blueprint("events", __name__)

MOST_BYTES = 8 * 1024 * 1024


@route(bp, "POST", "/events", role=Role.CAMERA)
def event() -> Response:
    """Take in one event."""
    parsed = _parsed(batch=False)
    receipt = services().writer.submit(parsed)
    if receipt.rejected:
        return problem(422, receipt.rejected[0].detail)
    event_id, repeated = receipt.event_ids[0], bool(receipt.repeated)
    return answer({"message": "Event ingested successfully", "event_id": event_id, "duplicate": repeated}, 200 if repeated else 201)


@route(bp, "POST", "/events/batch", role=Role.CAMERA)
def batch() -> Response:
    """Take in a JSON array of events, each judged on its own."""
    receipt = services().writer.submit(_parsed(batch=True))
    status = 200 if not receipt.rejected else 422 if len(receipt.rejected) == receipt.total else 207
    return answer(summary(receipt), status)


def summary(receipt: Receipt) -> dict[str, object]:
    """What became of a batch. Repeats count as success."""
    success = receipt.total - len(receipt.rejected)
    return {
        "message": f"{success}/{receipt.total} events ingested successfully",
        "success_count": success,
        "total_count": receipt.total,
        "duplicate_count": receipt.repeated,
        "rejected_count": len(receipt.rejected),
        "errors": [{"index": rejection.index, "detail": rejection.detail} for rejection in receipt.rejected],
    }


def _parsed(*, batch: bool) -> Parsed:
    """The request's events. A body that can't be read at all is quarantined whole."""
    body = json_bytes()
    if len(body) > MOST_BYTES:
        raise RequestEntityTooLarge(f"A request may hold at most {MOST_BYTES:,} bytes.")
    known = services()
    try:
        return (parse_batch if batch else parse_one)(body, known.sites.known, known.clock.micros())  # type: ignore[arg-type]  # a Site has a timezone
    except TooMany:
        raise
    except Unparseable as error:
        known.writer.quarantine(str(error), body[:65_536].decode("utf-8", "replace"))
        raise
