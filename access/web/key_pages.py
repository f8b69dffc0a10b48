"""The keys of cameras and programs, as administrators of their sites manage them."""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from access import keys
from access.refused import Refused
from access.roles import EVERYWHERE, Role
from access.web.gate import entry, principal
from access.web.inside import back, inside, sentence
from access.web.page import LONGEST_FORM, page
from api.routing import services
from data_layer.scope import in_force
from data_layer.texts import InvalidText, checked_id

bp = Blueprint("keys", __name__)

_HERE = "/keys"
_FIELDS = ("name", "scope", "site", "cameras", "last_day")


@page(bp, "GET", _HERE, Role.ADMINISTRATOR)
def all_keys() -> Response:
    """The keys of the sites that the caller administers."""
    return _shown()


@page(bp, "POST", _HERE, Role.ADMINISTRATOR)
def issue() -> Response:
    """Make a key, and show it once."""
    request.max_content_length = LONGEST_FORM
    typed = {field: request.form.get(field, "").strip() for field in _FIELDS}
    try:
        if typed["site"] not in dict(_places()):
            raise Refused("site: choose one that you administer.")
        cameras, expires_at = _cameras(typed["cameras"]), _expires_at(typed["last_day"])
        text = entry().administration.issue_key(principal().actor, typed["name"], typed["scope"], typed["site"], cameras=cameras, expires_at=expires_at)
    except (Refused, InvalidText) as refused:
        return _shown(422, wrong=sentence(refused), typed=typed)
    return inside("key_made.html", _HERE, text=text, typed=typed, address=entry().public_url or request.host_url.rstrip("/"))


@page(bp, "POST", f"{_HERE}/<key_id>/revoke", Role.ADMINISTRATOR)
def revoke(key_id: str) -> Response:
    """Let a key open nothing any more; another site's isn't there."""
    if key_id not in {key.key_id for key in _visible()}:
        raise NotFound("There is no such key.")
    entry().administration.revoke_key(principal().actor, key_id)
    return back(_HERE, "revoked")


def _visible() -> list[keys.Key]:
    with entry().database.read() as connection:
        return [key for key in keys.list_keys(connection) if in_force().has(key.site_id)]


def _places() -> list[tuple[str, str]]:
    """Where the caller may make keys for: id and name."""
    everywhere = [(EVERYWHERE, "All sites")] if principal().may(Role.ADMINISTRATOR, EVERYWHERE) else []
    return [*((site.site_id, site.name) for site in services().sites.list()), *everywhere]


def _cameras(text: str) -> Collection[str] | None:
    """Ids, divided by commas or lines; None where there is none. Raises InvalidText."""
    listed = [one.strip() for one in re.split(r"[,\n]", text) if one.strip()]
    return [checked_id(one, "cameras") for one in listed] or None


def _expires_at(text: str) -> datetime | None:
    """The end of a last day, in UTC. Raises Refused."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day, time(), UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise Refused("last day: must be a date like 2027-01-31.") from None


def _shown(status: int = 200, wrong: str = "", typed: dict[str, str] | None = None) -> Response:
    names = {EVERYWHERE: "All sites", **{site.site_id: site.name for site in services().sites.list()}}
    given = {"keys": _visible(), "places": _places(), "names": names, "scopes": keys.SCOPES, "now": entry().now()}
    return inside("keys.html", _HERE, status, wrong=wrong, typed=typed or {}, **given)
