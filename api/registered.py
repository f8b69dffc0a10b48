"""Workers and workstations: who and what is registered at a site."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Table

from access.roles import Role
from access.web.witness import noting, saw
from api.body import json_object
from api.problems import Invalid
from api.routing import JSON, Answer, Body, answer, route, services
from api.schemas.metrics import SiteQuestion
from api.schemas.registered import Worker, WorkerChange, Workstation, WorkstationChange
from api.window import site_asked_for
from data_layer.tables import workers, workstations
from data_layer.texts import ID_LENGTH, NAME_LENGTH, TYPE_LENGTH, checked_id, checked_text

bp = Blueprint("registered", __name__)

NO_SITE = "There is no such site."
_LONGEST = {"name": NAME_LENGTH, "type": TYPE_LENGTH, "home_station_id": ID_LENGTH}
_SHOWN = {
    workers: ("worker_id", "name", "home_station_id"),
    workstations: ("station_id", "name", "type"),
}


def put_described(taken: object, answered: object, **example: object) -> dict[str, Any]:
    """What the documentation says of a route that registers something. example: fields of the example call's body."""
    answers = {200: Answer(answered, "It was changed."), 201: Answer(answered, "It is new."), 404: NO_SITE}
    return {"tag": "Registered", "query": SiteQuestion, "body": Body({JSON: taken}, {JSON: example}), "answers": answers}


@route(bp, "GET", "/workers", role=Role.VIEWER, tag="Registered", query=SiteQuestion, answers={200: list[Worker], 404: NO_SITE})
def all_workers() -> Response:
    """The workers of a site."""
    listed = _listed(workers)
    saw(site_asked_for())
    return listed


@route(bp, "GET", "/workstations", role=Role.VIEWER, tag="Registered", query=SiteQuestion, answers={200: list[Workstation], 404: NO_SITE})
def all_workstations() -> Response:
    """The workstations of a site."""
    return _listed(workstations)


@route(bp, "PUT", "/workers/<id:worker_id>", role=Role.SUPERVISOR, **put_described(WorkerChange, Worker, name="Alice Johnson", home_station_id="S1"))
def put_worker(worker_id: str) -> Response:
    """Create or rename a worker."""
    return _put(workers, worker_id)


@route(
    bp, "PUT", "/workstations/<id:station_id>", role=Role.SUPERVISOR, **put_described(WorkstationChange, Workstation, name="Assembly Line 1", type="assembly")
)
def put_workstation(station_id: str) -> Response:
    """Create or rename a workstation."""
    return _put(workstations, station_id)


def _listed(table: Table) -> Response:
    rows = services().sites.registered(table, site_asked_for())
    return answer([{"site_id": row["site_id"], **{name: row[name] for name in _SHOWN[table]}} for row in rows])


def _put(table: Table, id_: str) -> Response:
    key, *optional = _SHOWN[table]
    site_id, given = change_asked_for(key, id_, optional)
    for name, value in given.items():
        if value is not None:
            checked_text(value, name, _LONGEST[name])
    noted = noting("named", site_id, id_, fields=sorted(given))
    created = services().sites.register(table, site_id, id_, given, services().clock.now(), also=noted)
    row: dict[str, Any] = next(row for row in services().sites.registered(table, site_id) if row[key] == id_)
    return answer({"site_id": site_id, **{name: row[name] for name in _SHOWN[table]}}, 201 if created else 200)


def change_asked_for(key: str, id_: str, optional: Iterable[str]) -> tuple[str, dict[str, Any]]:
    """The site that a change is for, and the fields that it gives. key: the field of the id in the path. Raises Invalid, Unparseable."""
    asked_for = site_asked_for()
    given = json_object({key, "site_id", *optional})
    checked_id(id_, key)
    if not _path_is_text():
        raise Invalid(f"{key}: must be written in UTF-8.")
    if given.pop(key, id_) != id_:
        raise Invalid(f"{key}: must be the one in the path, or be left out.")
    site_id = given.pop("site_id", None)
    return asked_for if site_id is None else checked_id(site_id, "site_id"), given


def _path_is_text() -> bool:
    # Werkzeug puts a substitute for each byte that is none: two workers could become one.
    try:
        request.environ["PATH_INFO"].encode("latin-1").decode()
    except UnicodeDecodeError:
        return False
    return True
