"""Ingest: events in, one or many at a time; the answer is sent after the commit has reached the disk."""

from flask import Blueprint, Response

from access.roles import Role
from api.body import inflated, json_bytes
from api.problems import problem
from api.routing import answer, route, services
from ingest.event import Parsed, TooMany, Unparseable
from ingest.parse import parse_batch, parse_one
from ingest.writer import Receipt

bp = Blueprint("events", __name__)

_QUARANTINED_BYTES = 64 * 1024


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
    if receipt.rejected and len(receipt.rejected) == receipt.total:
        return problem(422, f"None of the events could be taken in; the first one: {receipt.rejected[0].detail}", **summary(receipt))
    return answer(summary(receipt), 207 if receipt.rejected else 200)


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
    known = services()
    try:
        return (parse_batch if batch else parse_one)(inflated(body), known.sites.known, known.clock.micros())  # type: ignore[arg-type]  # a Site has a timezone
    except TooMany:
        raise
    except Unparseable as error:
        known.writer.quarantine(str(error), body[:_QUARANTINED_BYTES].decode("utf-8", "replace"))
        raise
