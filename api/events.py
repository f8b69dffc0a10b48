"""Ingest: events in, one or many at a time; the answer is sent after the commit has reached the disk."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from access.roles import Role
from access.web.gate import caller, principal
from access.web.witness import EVERYTHING, note
from api.body import inflated, sent_bytes
from api.problems import Invalid, problem
from api.routing import answer, route, services
from api.schemas import forms
from api.schemas.events import IngestQuestion
from ingest.event import Event, Unparseable
from ingest.forms import OF_MANY, OF_ONE, Form
from ingest.parse import parse
from ingest.permitted import of_cameras
from ingest.writer import Receipt

bp = Blueprint("events", __name__)

_QUARANTINED_BYTES = 64 * 1024
_TRUTH = {"true": True, "false": False}


@route(bp, "POST", "/events", role=Role.CAMERA, tag="Ingest", query=IngestQuestion, body=forms.ONE, answers=forms.TO_ONE)
def event() -> Response:
    """Take in one event, or only say what would become of it."""
    dry_run = _dry_run()
    receipt = _taken_in(_form(OF_ONE, OF_MANY, "/api/events/batch"), dry_run)
    if receipt.rejected:
        return problem(422, receipt.rejected[0].detail, **_marked(dry_run))
    event_id, repeated = receipt.event_ids[0], bool(receipt.repeated)
    if dry_run:
        return answer({"message": "Event would be ingested", "event_id": event_id if repeated else None, "duplicate": repeated, **_marked(dry_run)})
    return answer({"message": "Event ingested successfully", "event_id": event_id, "duplicate": repeated}, 200 if repeated else 201)


@route(bp, "POST", "/events/batch", role=Role.CAMERA, tag="Ingest", query=IngestQuestion, body=forms.MANY, answers=forms.TO_MANY)
def batch() -> Response:
    """Take in many events, each judged on its own, or only say what would become of them."""
    dry_run = _dry_run()
    receipt = _taken_in(_form(OF_MANY, OF_ONE, "/api/events"), dry_run)
    counts = {**summary(receipt, dry_run), **_marked(dry_run)}
    if receipt.rejected and len(receipt.rejected) == receipt.total:
        return problem(422, f"None of the events could be taken in; the first one: {receipt.rejected[0].detail}", **counts)
    return answer(counts, 207 if receipt.rejected else 200)


def summary(receipt: Receipt, dry_run: bool = False) -> dict[str, Any]:
    """What became of a batch, or would. Repeats count as success."""
    success = receipt.total - len(receipt.rejected)
    return {
        "message": f"{success}/{receipt.total} events {'would be ingested' if dry_run else 'ingested successfully'}",
        "success_count": success,
        "total_count": receipt.total,
        "duplicate_count": receipt.repeated,
        "rejected_count": len(receipt.rejected),
        "errors": [{"index": rejection.index, "detail": rejection.detail} for rejection in receipt.rejected],
    }


def _dry_run() -> bool:
    given = request.args.get("dry_run", "false")
    if given not in _TRUTH:
        raise Invalid("dry_run: must be true or false.")
    return _TRUTH[given]


def _marked(dry_run: bool) -> dict[str, Any]:
    return {"dry_run": True} if dry_run else {}


def _form(taken: Mapping[str, Form], elsewhere: Mapping[str, Form], there: str) -> Form:
    """The form that the request's Content-Type names. Raises UnsupportedMediaType."""
    named = request.mimetype
    if named in taken:
        return taken[named]
    if named in elsewhere:
        raise UnsupportedMediaType(f"Send {named} to {there}.")
    *others, last = taken
    raise UnsupportedMediaType(f"Send events as Content-Type: {', '.join(others)} or {last}.")


def _taken_in(form: Form, dry_run: bool) -> Receipt:
    """Judge and store the request's events; a body that can't be read at all is quarantined whole. A dry run leaves no trace."""
    # Read before there is a place: whoever sends to somebody that doesn't listen may never see the refusal.
    body = sent_bytes()
    with services().entrance.place():
        return _stored(form, body, dry_run)


def _stored(form: Form, body: bytes, dry_run: bool) -> Receipt:
    known = services()
    try:
        body = inflated(body)
        parsed = parse(form, body, known.sites.known, known.clock.micros())  # type: ignore[arg-type]  # a Site has a timezone
    except Unparseable as error:
        if not dry_run:
            known.writer.quarantine(str(error), _kept(body), barred=principal().cameras is not None)
        raise
    permitted = of_cameras(parsed, principal().cameras)
    if not dry_run and caller().user is not None:
        _note_by_hand(permitted.events)
    return known.writer.submit(permitted, dry_run=dry_run)


def _note_by_hand(events: Sequence[Event]) -> None:
    """Keys bring what cameras saw; what a person brings is that person's word."""
    for site_id, brought in sorted(Counter(event.site_id for event in events).items()):
        note("events brought", site_id, EVERYTHING, events=brought)


def _kept(body: bytes) -> str:
    """As much of a body as the quarantine keeps, and an ellipsis for the rest: no replay shall take the beginning for the whole."""
    rest = "…" if len(body) > _QUARANTINED_BYTES else ""
    return body[: _QUARANTINED_BYTES - len(rest.encode())].decode("utf-8", "replace") + rest
