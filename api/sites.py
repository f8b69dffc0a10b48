"""Sites and their settings."""

import json
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response

from access.roles import Role
from access.web.witness import noting
from api.body import json_object
from api.problems import Invalid
from api.routing import JSON, Answer, Body, answer, route, services
from api.schemas.service import NoParameters
from api.schemas.sites import Site as Shown
from api.schemas.sites import SiteChange
from data_layer.horizons import retention_from_json, retention_json
from data_layer.settings_json import day_from_json
from data_layer.sites import Site
from data_layer.texts import checked_id, checked_text
from metrics.units import BEGINNING, to_datetime

bp = Blueprint("sites", __name__)

_VERSIONED = {"shifts", "exceptions", "signal_timeout_seconds", "min_confidence", "valid_from"}
#: Fields with two values, as they are stored.
_CHOICES = {
    "unknown_ids": ("register_unknown", {"register": True, "reject": False}),
    "state_timestamps": ("whole_seconds", {"as_sent": False, "whole_seconds": True}),
}
_FIELDS = {"site_id", "name", "timezone", "retention", *_VERSIONED, *_CHOICES}
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
    created = services().sites.put(site_id, change, services().clock.now(), also=noting("settings", site_id, fields=sorted(change)))
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
    for field, (stored, choices) in _CHOICES.items():
        if field in given:
            choice = given.pop(field)
            if not isinstance(choice, str) or choice not in choices:
                raise Invalid(f"{field}: must be {' or '.join(map(json.dumps, choices))}.")
            given[stored] = choices[choice]
    if "retention" in given:
        given["retention"] = retention_from_json(given["retention"])
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
        **{field: next(name for name, value in choices.items() if value == getattr(site, stored)) for field, (stored, choices) in _CHOICES.items()},
        "retention": retention_json(site.retention),
        "history": {name: None if at == BEGINNING else to_datetime(at) for name, at in asdict(site.horizons).items()},
        **site.settings(),
        "versions": [{"valid_from": day.isoformat() if day else None, **site.settings(number)} for number, (day, _) in enumerate(site.versions)],
        "recomputing": None if progress is None else {"done": progress[0], "total": progress[1]},
    }
