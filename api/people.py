"""What a worker may ask for: to be told everything that is held, and to be forgotten. To put a name right, see `api.registered`."""

import logging
import re
from dataclasses import asdict

from flask import Blueprint, Response, send_file
from sqlalchemy import Connection
from werkzeug.exceptions import ServiceUnavailable

from access.roles import Role
from access.web.witness import note, noting
from api.packing import packed
from api.routing import Answer, answer, route, services
from api.schemas.metrics import SiteQuestion
from api.schemas.privacy import Erased as ErasedShape
from api.window import site_asked_for
from data_layer.erasing import Erased, erase
from data_layer.held import held
from data_layer.sqlite import NotCompacted

log = logging.getLogger(__name__)

bp = Blueprint("people", __name__)

_NOBODY = "There is no such site or worker."
_ABOUT = """\
Everything that is held about worker {worker_id} of site {site_id}, as of {now:%Y-%m-%d %H:%M} UTC.

Each table is there twice, as JSON and as CSV. Times are UTC; durations (active, idle, absent, signal, covered) are microseconds.

worker                                 name and home station
events, archived_events                what cameras reported
intervals, worker_tails, attendance    the states worked out from it
worker_*, output_*                     their sums by local hour, day and week
quarantine                             what was refused and mentions the worker
audit                                  who looked at the worker's figures or changed something; people and keys by their ids
"""
_NOT_YET = "The worker is forgotten, but what was overwritten may still be in the database's file: it is written anew when the server starts again."


@route(
    bp,
    "GET",
    "/personal-data/<id:worker_id>",
    role=Role.ADMINISTRATOR,
    tag="Privacy",
    query=SiteQuestion,
    answers={200: Answer(str, "A zip with all tables, as JSON and as CSV.", media_type="application/zip"), 404: _NOBODY},
)
def everything_held(worker_id: str) -> Response:
    """Everything that is held about a worker, for the worker to read."""
    return zip_of(site_asked_for(), worker_id)


@route(
    bp,
    "DELETE",
    "/workers/<id:worker_id>",
    role=Role.ADMINISTRATOR,
    tag="Privacy",
    query=SiteQuestion,
    answers={200: Answer(ErasedShape, "The worker is forgotten."), 404: _NOBODY},
    sample="/api/workers/W6",
)
def forget(worker_id: str) -> Response:
    """Forget a worker: the name goes, and what happened stays under an id that is nobody's."""
    site_id = site_asked_for()
    return answer({"site_id": site_id, **asdict(forgotten(site_id, worker_id))})


def zip_of(site_id: str, worker_id: str) -> Response:
    """A file with everything that is held about a worker. Raises UnknownSite, UnknownId."""
    at = services()
    path, now = at.database.place, at.clock.now()
    with at.database.read() as connection:
        found = packed(_ABOUT.format(worker_id=worker_id, site_id=site_id, now=now), held(connection, path, site_id, worker_id))
    note("held data exported", site_id, worker_id)
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", worker_id).strip("-.")
    answered = send_file(found, "application/zip", as_attachment=True, download_name=f"worker_{plain}_{now:%Y-%m-%d}.zip")
    answered.headers["Cache-Control"] = "no-store"
    return answered


def forgotten(site_id: str, worker_id: str) -> Erased:
    """Erase a worker. Raises UnknownSite, UnknownId, ServiceUnavailable."""
    at = services()

    def also(connection: Connection) -> None:
        noting("erased", site_id, worker_id)(connection)
        # The writer remembers who is registered.
        at.writer.store.forget()

    try:
        return erase(at.database, site_id, worker_id, at.clock.now(), also)
    except NotCompacted as error:
        log.error("The database could not be written anew after %s of %s was erased: %s", worker_id, site_id, error)
        raise ServiceUnavailable(_NOT_YET) from None
    finally:
        at.refresher.notify({site_id})
