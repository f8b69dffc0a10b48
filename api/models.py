"""Models: what recognises the events in the pictures, by name and version."""

from typing import Any

from flask import Blueprint, Response

from access.roles import Role
from access.web.witness import noting
from api.registered import NO_SITE, change_asked_for, put_described
from api.routing import answer, route, services
from api.schemas.metrics import SiteQuestion
from api.schemas.registered import Model, ModelChange
from api.window import site_asked_for
from data_layer.texts import checked_id

bp = Blueprint("models", __name__)


@route(bp, "GET", "/models", role=Role.VIEWER, tag="Registered", query=SiteQuestion, answers={200: list[Model], 404: NO_SITE})
def all_models() -> Response:
    """The models of a site, a row a version."""
    site_id = site_asked_for()
    return answer([_shown(site_id, name, version) for name, version in services().sites.models(site_id)])


@route(bp, "PUT", "/models/<id:model_name>", role=Role.SUPERVISOR, **put_described(ModelChange, Model, model_version="2.1"))
def put_model(model_name: str) -> Response:
    """Let a site know a version of a model, or the model without a version."""
    site_id, given = change_asked_for("model_name", model_name, ("model_version",))
    version = "" if given.get("model_version") is None else given["model_version"]
    if version != "":
        checked_id(version, "model_version")
    noted = noting("model registered", site_id, model_name, model_version=version)
    created = services().sites.register_model(site_id, model_name, version, services().clock.now(), also=noted)
    return answer(_shown(site_id, model_name, version), 201 if created else 200)


def _shown(site_id: str, name: str, version: str) -> dict[str, Any]:
    return {"site_id": site_id, "model_name": name, "model_version": version or None}
