"""Sites and their settings."""

from typing import Any

from flask import Blueprint, Response

from access.roles import Role
from api.body import json_object
from api.problems import Invalid
from api.routing import JSON, Answer, Body, answer, route, services
from api.schemas.service import NoParameters
from api.schemas.sites import Site as Shown
from api.schemas.sites import SiteChange
from data_layer.settings_json import day_from_json
from data_layer.sites import Site
from data_layer.texts import checked_id, checked_text

bp = Blueprint("sites", __name__)

_FIELDS = {"site_id", "name", "timezone", "shifts", "exceptions", "signal_timeout_seconds", "min_confidence", "unknown_ids", "valid_from"}
_POLICIES = {"register": True, "reject": False}
_EXAMPLE = {
    "name": "Plant North",
    "timezone": "Europe/Berlin",
    "shifts": [{"name": "day", "days": [0, 1, 2, 3, 4], "start": "08:00", "end": "17:00", "breaks": [{"start": "12:00", "end": "13:00"}]}],
    "exceptions": [{"date": "2026-12-25", "shifts": []}],
    "signal_timeout_seconds": 1800,
    "min_confidence": 0.5,
}


@route(bp, "GET", "/sites", role=Role.VIEWER, tag="Sites", query=NoParameters, answers={200: list[Shown]})
def sites() -> Response:
    """All sites with the settings in force last."""
    return answer([described(site) for site in services().sites.list()])


@route(bp, "GET", "/sites/<id:site_id>", role=Role.VIEWER, tag="Sites", query=NoParameters, answers={200: Shown, 404: "There is no such site."})
def site(site_id: str) -> Response:
    """One site with all versions of its settings."""
    return answer(described(services().sites.get(site_id)))


@route(
    bp,
    "PUT",
    "/sites/<id:site_id>",
    role=Role.ADMINISTRATOR,
    tag="Sites",
    query=NoParameters,
    body=Body({JSON: SiteChange}, {JSON: _EXAMPLE}),
    answers={200: Answer(Shown, "It was changed."), 201: Answer(Shown, "It is new.")},
    sample="/api/sites/north",
)
def put(site_id: str) -> Response:
    """Create a site, or change its settings: all history, or from `valid_from` on."""
    change = _change(site_id)
    created = services().sites.put(site_id, change, services().clock.now())
    return answer(described(services().sites.get(site_id)), 201 if created else 200)


def _change(site_id: str) -> dict[str, Any]:
    given = json_object(_FIELDS)
    checked_id(site_id, "site_id")
    if given.pop("site_id", site_id) != site_id:
        raise Invalid("site_id: must be the one in the path, or be left out.")
    if "name" in given:
        checked_text(given["name"], "name")
    if "timezone" in given and not isinstance(given["timezone"], str):
        raise Invalid("timezone: must be an IANA name like Europe/Berlin.")
    if "unknown_ids" in given:
        policy = given.pop("unknown_ids")
        if not isinstance(policy, str) or policy not in _POLICIES:
            raise Invalid('unknown_ids: must be "register" or "reject".')
        given["register_unknown"] = _POLICIES[policy]
    if "valid_from" in given and given["valid_from"] is not None:
        given["valid_from"] = day_from_json(given["valid_from"], "valid_from")
    return given


def described(site: Site) -> dict[str, Any]:
    """A site as the API shows it: the latest version's settings on top, all versions below."""
    progress = services().progress(site.site_id)
    return {
        "site_id": site.site_id,
        "name": site.name,
        "timezone": site.timezone,
        "unknown_ids": "register" if site.register_unknown else "reject",
        **site.settings(),
        "versions": [{"valid_from": day.isoformat() if day else None, **site.settings(number)} for number, (day, _) in enumerate(site.versions)],
        "recomputing": None if progress is None else {"done": progress[0], "total": progress[1]},
    }
