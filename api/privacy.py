"""What of its people a site shows: docs/privacy.md."""

from typing import Any

from flask import Blueprint, Response

from access.roles import Role
from access.web.witness import changing_privacy
from api.body import json_object
from api.routing import JSON, Body, answer, route, services
from api.schemas.privacy import Privacy, PrivacyChange
from api.schemas.service import NoParameters
from data_layer.privacy import FIELDS, privacy_from_json, privacy_json

bp = Blueprint("privacy", __name__)

_EXAMPLE = {"level": "individual", "names_for": "viewer", "purpose": "Planning of shifts"}


@route(bp, "GET", "/privacy/<id:site_id>", role=Role.VIEWER, tag="Privacy", query=NoParameters, answers={200: Privacy, 404: "There is no such site."})
def privacy(site_id: str) -> Response:
    """What a site shows of its people, and to whom."""
    return answer(_described(site_id))


@route(
    bp,
    "PUT",
    "/privacy/<id:site_id>",
    role=Role.ADMINISTRATOR,
    tag="Privacy",
    query=NoParameters,
    body=Body({JSON: PrivacyChange}, {JSON: _EXAMPLE}),
    answers={200: Privacy, 404: "There is no such site."},
)
def choose(site_id: str) -> Response:
    """Choose it; what is left out has its default."""
    rule = privacy_from_json(json_object(set(FIELDS)))
    services().sites.put_privacy(site_id, rule, changing_privacy(site_id, rule))
    return answer(_described(site_id))


def _described(site_id: str) -> dict[str, Any]:
    return {"site_id": site_id, **privacy_json(services().sites.get(site_id).privacy)}
