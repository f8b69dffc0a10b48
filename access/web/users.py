"""The users: who may come in, and what they may do where."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound

from access import people
from access.administration import NotThere
from access.people import PEOPLE_ROLES
from access.refused import Refused
from access.roles import EVERYWHERE, Role
from access.web.gate import entry, principal
from access.web.inside import back, inside, sentence
from access.web.page import LONGEST_FORM, page
from api.routing import services

bp = Blueprint("users", __name__)

_HERE = "/users"


@page(bp, "GET", _HERE, Role.ADMINISTRATOR, everywhere=True)
def users() -> Response:
    """All users; where there is none yet, the way to the first."""
    at = entry()
    if not at.callers.anybody:
        return redirect(f"/set-up/{at.set_up.token()}", 303)  # type: ignore[return-value]
    return _shown()


@page(bp, "POST", _HERE, Role.ADMINISTRATOR, everywhere=True)
def enter() -> Response:
    """Let somebody in, and show the password once."""
    request.max_content_length = LONGEST_FORM
    form = request.form
    if not entry().callers.anybody:
        raise NotFound("The first user is entered at the set-up address.")
    try:
        password = entry().administration.enter(principal().actor, form.get("login", ""), form.get("name", ""), _roles())
    except Refused as refused:
        return _shown(422, wrong=sentence(refused), login=form.get("login", ""), name=form.get("name", ""))
    return inside("handed_over.html", _HERE, login=form.get("login", "").strip(), password=password)


@page(bp, "POST", f"{_HERE}/<user_id>/roles", Role.ADMINISTRATOR, everywhere=True)
def roles(user_id: str) -> Response:
    """Change what somebody may do where."""
    return _changed(lambda: entry().administration.grant(principal().actor, user_id, _roles()), "roles")


@page(bp, "POST", f"{_HERE}/<user_id>/disable", Role.ADMINISTRATOR, everywhere=True)
def disable(user_id: str) -> Response:
    """Let somebody in no more."""
    return _changed(lambda: entry().administration.disable(principal().actor, user_id, disabled=True), "disabled")


@page(bp, "POST", f"{_HERE}/<user_id>/enable", Role.ADMINISTRATOR, everywhere=True)
def enable(user_id: str) -> Response:
    """Let somebody in again."""
    return _changed(lambda: entry().administration.disable(principal().actor, user_id, disabled=False), "enabled")


@page(bp, "POST", f"{_HERE}/<user_id>/password", Role.ADMINISTRATOR, everywhere=True)
def password(user_id: str) -> Response:
    """Give somebody another password, and show it once."""
    try:
        renewed = entry().administration.renew_password(principal().actor, user_id)
    except NotThere:
        raise NotFound("There is no such user.") from None
    except Refused as refused:
        return _shown(422, wrong=sentence(refused))
    with entry().database.read() as connection:
        user = people.find(connection, user_id)
    return inside("handed_over.html", _HERE, login="" if user is None else user.login, password=renewed)


def _changed(change: Callable[[], None], done: str) -> Response:
    request.max_content_length = LONGEST_FORM
    try:
        change()
    except NotThere:
        raise NotFound("There is no such user.") from None
    except Refused as refused:
        return _shown(422, wrong=sentence(refused))
    return back(_HERE, done)


def _roles() -> Mapping[str, Role]:
    """The roles that a form gives, by site; a site that is left empty has none. Raises Refused."""
    sites = {EVERYWHERE, *services().sites.known}
    given = {field.removeprefix("role:"): value for field, value in request.form.items() if field.startswith("role:") and value}
    unknown = set(given) - sites
    if unknown:
        raise Refused(f"role: there is no site {min(unknown)}.")
    if not set(given.values()) <= set(map(str, PEOPLE_ROLES)):
        raise Refused(f"role: must be one of {', '.join(PEOPLE_ROLES)}.")
    return {site: Role(value) for site, value in given.items()}


def _shown(status: int = 200, **typed: str) -> Response:
    with entry().database.read() as connection:
        found = people.list_users(connection)
    places = [(EVERYWHERE, "All sites"), *((site.site_id, site.name) for site in services().sites.list())]
    return inside("users.html", _HERE, status, users=found, places=places, roles=[str(role) for role in PEOPLE_ROLES], **{"wrong": "", **typed})
