"""Workers, workstations and cameras: who and what is registered at a site."""

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Table

from access.roles import Role
from api.body import json_object
from api.problems import Invalid
from api.routing import answer, route, services
from api.window import site_asked_for
from data_layer.tables import cameras, workers, workstations

bp = Blueprint("registered", __name__)

_LONGEST_ID, _LONGEST_TEXT = 128, 200
_LONGEST = {"name": _LONGEST_TEXT, "type": 64, "home_station_id": _LONGEST_ID}
_SHOWN = {
    workers: ("worker_id", "name", "home_station_id"),
    workstations: ("station_id", "name", "type"),
    cameras: ("camera_id", "name"),
}


@route(bp, "GET", "/workers", role=Role.VIEWER)
def all_workers() -> Response:
    """The workers of a site."""
    return _listed(workers)


@route(bp, "GET", "/workstations", role=Role.VIEWER)
def all_workstations() -> Response:
    """The workstations of a site."""
    return _listed(workstations)


@route(bp, "GET", "/cameras", role=Role.VIEWER)
def all_cameras() -> Response:
    """The cameras of a site."""
    return _listed(cameras)


@route(bp, "PUT", "/workers/<worker_id>", role=Role.SUPERVISOR)
def put_worker(worker_id: str) -> Response:
    """Create or rename a worker."""
    return _put(workers, worker_id)


@route(bp, "PUT", "/workstations/<station_id>", role=Role.SUPERVISOR)
def put_workstation(station_id: str) -> Response:
    """Create or rename a workstation."""
    return _put(workstations, station_id)


@route(bp, "PUT", "/cameras/<camera_id>", role=Role.SUPERVISOR)
def put_camera(camera_id: str) -> Response:
    """Create or rename a camera."""
    return _put(cameras, camera_id)


def _listed(table: Table) -> Response:
    rows = services().sites.registered(table, site_asked_for())
    return answer([{"site_id": row["site_id"], **{name: row[name] for name in _SHOWN[table]}} for row in rows])


def _put(table: Table, id_: str) -> Response:
    key, *optional = _SHOWN[table]
    asked_for = site_asked_for()
    given = json_object({key, "site_id", *optional})
    checked_id(id_, key)
    if given.pop(key, id_) != id_:
        raise Invalid(f"{key}: must be the one in the path, or be left out.")
    site_id = given.pop("site_id", None) or asked_for
    for name, value in given.items():
        if value is not None:
            checked_text(value, name, _LONGEST[name])
    created = services().sites.register(table, checked_id(site_id, "site_id"), id_, given, services().clock.now())
    row: dict[str, Any] = next(row for row in services().sites.registered(table, site_id) if row[key] == id_)
    return answer({"site_id": site_id, **{name: row[name] for name in _SHOWN[table]}}, 201 if created else 200)


def checked_id(value: object, field: str) -> str:
    """An id that can be stored. Raises Invalid."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID or "\0" in value:
        raise Invalid(f"{field}: must be a text of 1 to {_LONGEST_ID} characters.")
    return value


def checked_text(value: object, field: str, longest: int = _LONGEST_TEXT) -> str:
    """A name that can be stored. Raises Invalid."""
    if not isinstance(value, str) or not 0 < len(value.strip()) <= len(value) <= longest or "\0" in value:
        raise Invalid(f"{field}: must be a text of 1 to {longest} characters.")
    return value
