"""What was refused, with reason and payload, and its replay."""

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from access.roles import Role
from access.web.witness import note
from api.events import summary
from api.problems import Invalid, problem
from api.routing import Answer, answer, route, services
from api.schemas.events import BatchCounts, ReplayProblem
from api.schemas.quarantine import QuarantineEntry, QuarantineQuestion
from api.schemas.service import NoParameters
from data_layer.query import Row
from ingest import quarantine
from ingest.replay import Barred, ReplayedAlready, StillRefused, UnknownEntry

bp = Blueprint("quarantine", __name__)

_MOST = 1_000
_LARGEST_ID = 2**63 - 1  # no column holds a larger one


@route(bp, "GET", "/quarantine", role=Role.SUPERVISOR, tag="Quarantine", query=QuarantineQuestion, answers={200: list[QuarantineEntry]})
def refused() -> Response:
    """What was refused, newest first. limit: at most 1,000; before: a quarantine_id to go on from."""
    limit, before = _number("limit", 100), _number("before", None)
    with services().database.read() as connection:
        rows = quarantine.entries(connection, request.args.get("site_id"), min(limit or 1, _MOST), before)
    return answer([_shown(row) for row in rows])


@route(
    bp,
    "POST",
    f"/quarantine/<int(max={_LARGEST_ID}):quarantine_id>/replay",
    role=Role.SUPERVISOR,
    tag="Quarantine",
    query=NoParameters,
    answers={
        200: BatchCounts,
        404: "There is no such entry.",
        409: "It was replayed already, or was sent with a key that may not send it.",
        422: Answer(ReplayProblem, "It is refused still, or a parameter was given."),
    },
)
def replay(quarantine_id: int) -> Response:
    """Take a refused payload up again, as if it were sent now."""
    try:
        receipt = services().replays.replay(quarantine_id)
    except UnknownEntry as error:
        raise NotFound(str(error)) from None
    except (ReplayedAlready, Barred) as error:
        return problem(409, str(error))
    except StillRefused as error:
        told: dict[str, Any] = {"errors": [{"index": item.index, "detail": item.detail} for item in error.rejected]} if error.rejected else {}
        return problem(422, str(error), **told)
    note("replayed", subject=str(quarantine_id))
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
