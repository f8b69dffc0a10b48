"""What each site shows of its people, as its administrators choose it; and what a worker may ask for."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import ServiceUnavailable

from access.refused import Refused
from access.roles import Role
from access.web.inside import back, inside, sentence
from access.web.page import LONGEST_FORM, page
from access.web.privacy_form import choices, chosen_in
from access.web.witness import changing_privacy
from api.people import forgotten, zip_of
from api.routing import services
from data_layer.registered import UnknownId
from data_layer.settings_json import InvalidSettings

bp = Blueprint("privacy_pages", __name__)

_HERE = "/privacy"


@page(bp, "GET", _HERE, Role.ADMINISTRATOR)
def all_sites() -> Response:
    """The sites that the caller administers, and what each shows."""
    return _shown()


@page(bp, "POST", f"{_HERE}/choice/<id:site_id>", Role.ADMINISTRATOR)
def choose(site_id: str) -> Response:
    """Choose what a site shows."""
    request.max_content_length = LONGEST_FORM
    services().sites.get(site_id)  # another's isn't there, whatever the form says
    try:
        rule = chosen_in(request.form)
        services().sites.put_privacy(site_id, rule, changing_privacy(site_id, rule))
    except (Refused, InvalidSettings) as refused:
        return _shown(422, wrong=sentence(refused), typed={**request.form, "site": site_id})
    return back(_HERE, "privacy")


@page(bp, "GET", f"{_HERE}/held/<id:site_id>", Role.ADMINISTRATOR)
def held(site_id: str) -> Response:
    """Everything that is held about one worker, as a file."""
    try:
        return zip_of(site_id, request.args.get("worker_id", "").strip())
    except UnknownId as unknown:
        return _shown(404, wrong=sentence(unknown))


@page(bp, "POST", f"{_HERE}/forget/<id:site_id>", Role.ADMINISTRATOR)
def forget(site_id: str) -> Response:
    """Forget a worker, once the id was typed twice: there is no way back."""
    request.max_content_length = LONGEST_FORM
    services().sites.get(site_id)
    worker_id, again = (request.form.get(name, "").strip() for name in ("worker_id", "again"))
    try:
        if worker_id != again:
            raise Refused("worker id: the two differ; nobody was forgotten.")
        found = forgotten(site_id, worker_id)
    except (Refused, UnknownId) as refused:
        return _shown(422, wrong=sentence(refused))
    except ServiceUnavailable as later:
        return _shown(503, wrong=str(later.description))
    return _shown(forgotten={"worker_id": worker_id, "found": found})


def _shown(status: int = 200, **values: object) -> Response:
    return inside("privacy.html", _HERE, status, sites=services().sites.list(), **{**choices(), "typed": {}, **values})
