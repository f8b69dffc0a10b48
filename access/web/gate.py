"""The one gate: nothing is answered before it is known who asks and whether they may.

    request ──▶ which role? ──▶ from a foreign page? ──▶ who? ──▶ may they? ──▶ their sites in force ──▶ view or callback
                 │ none named      │                      │        │
                 ▼                 ▼                      ▼        ▼
                404               403            401, sign-in     403

Every view names the role that it needs (`api.routing.route`), every callback too (`callbacks.gate.callback`), Dash's own routes in a list
here. What names none isn't there.
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

from flask import Flask, Response, current_app, g, has_request_context, redirect, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, Forbidden, NotFound, ServiceUnavailable, TooManyRequests, Unauthorized

from access.callers import Caller
from access.entry import Entry
from access.roles import EVERYWHERE, NOBODY, OPEN, Principal, Role
from access.web import cookie
from access.web.came_from import is_foreign, is_local
from data_layer.scope import ALL_SITES, in_force, put_in_force

#: Where an app keeps the needs of its callbacks, by the callback's key in `callback_map`.
CALLBACKS = "callback_needs"
#: Where an app keeps its Entry.
ENTRY = "entry"

SIGN_IN = "/sign-in"
CALLBACK_ROUTE = "/_dash-update-component"
#: Read by people in a browser: who isn't signed in is shown the way.
_PAGES = ("/", "/<path:path>")
#: What pages of the origins that are named in the settings may call.
_API = "/api/"
_KEY_SIGN = b"fpk_"


class NotSetUp(ServiceUnavailable):
    """There is nobody yet who could sign in."""

    title = "Not set up yet"
    description = "Nobody can sign in yet: the server's log names the address at which its administrator is set up, and so does a file beside its database."


class Need(NamedTuple):
    """What somebody must be. everywhere: at all sites."""

    role: Role
    everywhere: bool = False


#: What Dash itself serves, by endpoint. Its assets are the product's files, and hold nothing of any factory.
DASH_NEEDS = {
    **dict.fromkeys(_PAGES, Need(Role.VIEWER)),
    CALLBACK_ROUTE: Need(Role.VIEWER),
    "/_dash-layout": Need(Role.VIEWER),
    "/_dash-dependencies": Need(Role.VIEWER),
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": Need(Role.KNOWN),
    "/_favicon.ico": Need(Role.ANYONE),
    "_dash_assets.static": Need(Role.ANYONE),
}


def register(app: Flask, entry: Entry, origins: tuple[str, ...] = ()) -> None:
    """Stand before every route of an app. origins: whose pages may call the API."""
    app.extensions[ENTRY] = entry

    @app.before_request
    def let_in() -> Response | None:
        g.caller = Caller(NOBODY)
        need = _need(app)
        if need is None:
            raise NotFound(f"There is nothing at {request.path}.")
        if _is_preflight(origins):
            put_in_force(NOBODY.scope(need.role))
            return None
        if need.role is not Role.ANYONE and _KEY_SIGN in request.query_string:
            raise BadRequest("A key was sent in the address, where proxies and logs keep it: revoke it, and send its successor as a header.")
        text = _key_sent()
        if text is None and is_foreign(request, entry.public_url, origins if request.path.startswith(_API) else ()):
            raise Forbidden("A page of another origin can't change anything here.")
        found = _caller(entry, need, text)
        if isinstance(found, Response):
            return found
        _check(found.principal, need)
        if request.endpoint == CALLBACK_ROUTE:
            # Read only now: nobody unknown shall make the server read much.
            need = _need_of_callback(app)
            _check(found.principal, need)
        g.caller = found
        put_in_force(found.principal.scope(need.role))
        return None

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        put_in_force(ALL_SITES)


def caller() -> Caller:
    """Whoever makes the request that is being answered."""
    found: Caller = g.caller
    return found


def in_request() -> bool:
    """Whether somebody's request is being answered."""
    return has_request_context() and "caller" in g


def principal() -> Principal:
    """The same as one with rights; whoever the server itself is, outside of requests, may everything."""
    return caller().principal if in_request() else OPEN


def entry() -> Entry:
    """The door of the app that answers."""
    found: Entry = current_app.extensions[ENTRY]
    return found


def still_in() -> Callable[[], bool]:
    """Whether who makes this request still may, asked long after it: an answer may go on for hours, and a session may end meanwhile."""
    at, text, token = entry(), _key_sent(), cookie.read(request, entry().public_url)
    need, site_ids = _need(current_app), in_force()
    if caller().principal is OPEN:
        return lambda: not at.callers.anybody

    def look() -> bool:
        found = at.callers.of_key(text) if text is not None else at.callers.of_session(token or "")
        return found is not None and need is not None and found.principal.scope(need.role) == site_ids

    return look


def is_open(at: Entry) -> bool:
    """Whether nobody need sign in to be answered this request: the server listens to its own machine alone, and no user was entered."""
    return at.bound_here and is_local(request) and not at.callers.anybody


def _need(app: Flask) -> Need | None:
    """What the request's route needs; None where it names nothing."""
    if request.endpoint is None:
        # No rule fits, or not with this method: only who is known is told which.
        return Need(Role.KNOWN)
    described = getattr(app.view_functions[request.endpoint], "described", None)
    return DASH_NEEDS.get(request.endpoint) if described is None else Need(described.role, described.everywhere)


def _need_of_callback(app: Flask) -> Need:
    """By the same body and the same field from which Dash finds the callback. Raises Forbidden for none of ours."""
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        body = None  # nested more deeply than any call of ours
    output = body.get("output") if isinstance(body, dict) else None
    needs: dict[str, Need] = app.extensions.get(CALLBACKS, {})
    if not isinstance(output, str) or output not in needs:
        raise Forbidden("There is no such callback.")
    return needs[output]


def _is_preflight(origins: tuple[str, ...]) -> bool:
    """Whether a browser asks if it may ask, which it does without saying for whom."""
    return bool(origins) and request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def _key_sent() -> str | None:
    """The key that the request's headers hold, be it one or not."""
    named = request.headers.get("X-API-Key")
    if named is not None:
        return named
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _caller(at: Entry, need: Need, text: str | None) -> Caller | Response:
    """Who asks; or the way to say so. Raises Unauthorized, TooManyRequests, NotSetUp."""
    if need.role is Role.ANYONE:
        return Caller(NOBODY)
    of_this_machine = need.role is Role.HERE and is_local(request)
    if of_this_machine and text is None and cookie.read(request, at.public_url) is None:
        # Before the database is asked for anything: whether it answers is what they want to know.
        return Caller(NOBODY)
    found = at.callers.of_key(text) if text is not None else _in_session(at)
    if found is not None:
        wait = 0 if text is None else at.rates.wait_for(found.principal.actor)
        if wait:
            raise TooManyRequests("This key asks more often than it may.", retry_after=wait)
        return found
    if text is None and is_open(at):
        return Caller(OPEN)
    if of_this_machine:
        return Caller(NOBODY)
    if not at.callers.anybody and not is_open(at):
        raise NotSetUp(retry_after=60)
    if text is None and _is_page():
        return _to_sign_in()
    told = "This key opens nothing." if text is not None else "Sign in, or send a key."
    raise Unauthorized(told, www_authenticate=WWWAuthenticate("bearer", {"realm": "factory"}))


def _is_page() -> bool:
    """Whether people in a browser read what is asked for."""
    if request.endpoint in _PAGES:
        return not request.path.startswith("/api/")
    return request.endpoint is not None and hasattr(current_app.view_functions[request.endpoint], "is_page")


def _in_session(at: Entry) -> Caller | None:
    token = cookie.read(request, at.public_url)
    return None if token is None else at.callers.of_session(token)


def _check(asking: Principal, need: Need) -> None:
    """Raises Forbidden for who may not, at any site that could be meant."""
    if not asking.may(need.role, EVERYWHERE if need.everywhere else None):
        raise Forbidden(f"This needs the role {need.role}{' for all sites' if need.everywhere else ''}.")


def _to_sign_in() -> Response:
    """To the sign-in page, and from there back to where somebody wanted to go."""
    here = request.full_path.rstrip("?")
    back = f"?next={quote(here, safe='/')}" if request.method == "GET" and here != "/" else ""
    answer = redirect(f"{SIGN_IN}{back}", 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]
