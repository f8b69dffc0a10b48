"""What was refused, with reason and payload, and its replay."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from access.roles import Role
from api.events import summary
from api.problems import Invalid, problem
from api.routing import answer, route, services
from api.window import check_parameters
from data_layer.query import Row
from ingest import quarantine
from ingest.event import Unparseable
from ingest.parse import parse_batch, parse_one

bp = Blueprint("quarantine", __name__)

_MOST = 1_000
_LARGEST_ID = 2**63 - 1  # no column holds a larger one


@route(bp, "GET", "/quarantine", role=Role.SUPERVISOR)
def refused() -> Response:
    """What was refused, newest first. limit: at most 1,000; before: a quarantine_id to go on from."""
    check_parameters(("limit", "before", "site_id"))
    limit, before = _number("limit", 100), _number("before", None)
    with services().database.read() as connection:
        rows = quarantine.entries(connection, request.args.get("site_id"), min(limit or 1, _MOST), before)
    return answer([_shown(row) for row in rows])


@route(bp, "POST", f"/quarantine/<int(max={_LARGEST_ID}):quarantine_id>/replay", role=Role.SUPERVISOR)
def replay(quarantine_id: int) -> Response:
    """Take a refused payload up again, as if it were sent now."""
    known = services()
    with known.database.read() as connection:
        entry = quarantine.entry(connection, quarantine_id)
    if entry is None:
        raise NotFound(f"There is no quarantine entry {quarantine_id}.")
    if entry["status"] == quarantine.REPLAYED:
        return problem(409, f"Quarantine entry {quarantine_id} was replayed already.")
    body = entry["payload"].encode()
    try:
        parsed = (parse_batch if body.lstrip()[:1] == b"[" else parse_one)(body, known.sites.known, known.clock.micros())  # type: ignore[arg-type]
    except Unparseable as error:
        return problem(422, f"The payload still can't be read: {error}")
    if parsed.rejected:
        return problem(422, f"Still refused: {parsed.rejected[0].detail}", errors=[{"index": item.index, "detail": item.detail} for item in parsed.rejected])
    receipt = known.writer.submit(parsed, replay_of=quarantine_id)
    if receipt.rejected:
        return problem(422, f"Still refused: {receipt.rejected[0].detail}")
    return answer(summary(receipt))


def _shown(row: Row) -> Row:
    received = row.pop("received_at")
    return {**row, "received_at": received.isoformat().replace("+00:00", "Z")}


def _number(name: str, default: int | None) -> int | None:
    text = request.args.get(name)
    if not text:
        return default
    if not text.isdecimal() or len(text) > 15 or int(text) < 1:
        raise Invalid(f"{name}: must be a whole number from 1 on.")
    return int(text)
