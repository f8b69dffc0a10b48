"""Cameras: what they are called, the stations they see, and what they have sent."""

import json

from flask import Blueprint, Response

from access.roles import Role
from access.web.witness import noting
from api.problems import Invalid
from api.registered import NO_SITE, change_asked_for, put_described
from api.routing import answer, route, services
from api.schemas.metrics import SiteQuestion
from api.schemas.registered import MOST_STATIONS, Camera, CameraChange
from api.window import site_asked_for
from data_layer.tables import cameras
from data_layer.texts import checked_id, checked_text

bp = Blueprint("cameras", __name__)


@route(bp, "GET", "/cameras", role=Role.VIEWER, tag="Registered", query=SiteQuestion, answers={200: list[Camera], 404: NO_SITE})
def all_cameras() -> Response:
    """The cameras of a site, with what they have sent."""
    return answer(services().sites.cameras(site_asked_for()))


@route(bp, "PUT", "/cameras/<id:camera_id>", role=Role.SUPERVISOR, **put_described(CameraChange, Camera, name="Hall 1, north", station_ids=["S1", "S2"]))
def put_camera(camera_id: str) -> Response:
    """Create or rename a camera, or say which stations it sees."""
    site_id, given = change_asked_for("camera_id", camera_id, ("name", "station_ids"))
    if given.get("name") is not None:
        checked_text(given["name"], "name")
    if "station_ids" in given:
        given["station_ids"] = _stored(given["station_ids"])
    noted = noting("camera changed", site_id, camera_id, fields=sorted(given))
    created = services().sites.register(cameras, site_id, camera_id, given, services().clock.now(), also=noted)
    (row,) = services().sites.cameras(site_id, camera_id)
    return answer(row, 201 if created else 200)


def _stored(station_ids: object) -> str | None:
    """A list of ids as the database holds it: None where it says nothing. Raises Invalid."""
    if station_ids is not None and not isinstance(station_ids, list):
        raise Invalid("station_ids: must be a list of ids.")
    wanted = {checked_id(station_id, "station_ids") for station_id in station_ids or ()}
    if len(wanted) > MOST_STATIONS:
        raise Invalid(f"station_ids: may name {MOST_STATIONS} workstations at most.")
    return json.dumps(sorted(wanted)) if wanted else None
