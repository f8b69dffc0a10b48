"""The pages by which people come in and go out: sign-in, sign-out, and the set-up of the first administrator."""

from datetime import timedelta

from flask import Blueprint, Flask, Response, redirect, request
from werkzeug.exceptions import Forbidden, NotFound

from access import audit, sessions, ways
from access.openid import RETURN, NotLetIn, OpenId, Unavailable
from access.passwords import Unfit
from access.refused import Refused
from access.roles import Role
from access.set_up import ENDED, NotNow
from access.sign_in import TooSoon, Wrong
from access.tokens import new_token
from access.web import account, audit_pages, cookie, key_pages, privacy_pages, users
from access.web.gate import SIGN_IN, NotSetUp, caller, entry, is_open
from access.web.page import LONGEST_FORM, page, shown
from access.web.privacy_form import choices, chosen_in
from access.web.witness import changing_privacy
from api.routing import services
from data_layer.privacy import Privacy
from data_layer.scope import ALL_SITES, narrowed
from data_layer.settings_json import InvalidSettings

bp = Blueprint("doors", __name__)


def register(app: Flask) -> None:
    """Put the pages on an app: those of the door, and those behind it."""
    for module in (account, audit_pages, key_pages, privacy_pages, users):
        app.register_blueprint(module.bp)
    app.register_blueprint(bp)


@page(bp, "GET", SIGN_IN, Role.ANYONE)
def sign_in() -> Response:
    """Ask for login and password."""
    at = entry()
    if is_open(at):
        return _to("/")
    if not at.callers.anybody:
        raise NotSetUp(retry_after=60)
    token = cookie.read(request, at.public_url)
    if token is not None and at.callers.of_session(token) is not None:
        return _to(_inside(request.args.get("next")))
    return _asked()


@page(bp, "GET", "/sign-in/company", Role.ANYONE)
def to_provider() -> Response:
    """Send a browser to the company's provider of identities."""
    at, way = entry(), new_token()
    if request.headers.get("Sec-Fetch-Dest", "document") != "document":
        raise Forbidden("This is an address to go to, and no picture.")
    try:
        answer = _to(_openid().begin(way, _inside(request.args.get("next"))))
    except Unavailable as error:
        return _asked(str(error), status=503, headers={"Retry-After": "60"})
    cookie.give(answer, request, at.public_url, way, cookie.WAY, timedelta(seconds=ways.VALID_SECONDS))
    return answer


@page(bp, "GET", RETURN, Role.ANYONE)
def from_provider() -> Response:
    """Begin the session of whom the provider sends back."""
    at = entry()
    try:
        token, wanted = _openid().complete(request.args, cookie.read(request, at.public_url, cookie.WAY) or "", request.user_agent.string)
    except NotLetIn as error:
        # Added up like other tries in vain: who can come here can come often.
        at.sign_in.failures.note("", request.remote_addr or "", lambda _: None)
        at.callers.forget()
        return _asked(str(error), status=403)
    except Unavailable as error:
        return _asked(str(error), status=503, headers={"Retry-After": "60"})
    at.callers.forget()
    answer = _begun(token, wanted)
    cookie.take(answer, request, at.public_url, cookie.WAY)
    return answer


@page(bp, "POST", SIGN_IN, Role.ANYONE)
def signed_in() -> Response:
    """Begin a session, or say that it was not to be."""
    request.max_content_length = LONGEST_FORM
    login = request.form.get("login", "").strip()
    try:
        token = entry().sign_in.sign_in(login, request.form.get("password", ""), request.user_agent.string, request.remote_addr or "")
    except Wrong:
        return _asked("This login and this password don't belong together.", login, 401)
    except TooSoon as soon:
        return _asked(str(soon), login, 429, {"Retry-After": str(soon.seconds)})
    return _begun(token, _inside(request.form.get("next")))


@page(bp, "POST", "/sign-out", Role.KNOWN)
def sign_out() -> Response:
    """End the session of this browser."""
    at, asking = entry(), caller()
    if asking.user is not None and asking.session is not None:
        with at.database.write() as connection:
            sessions.end(connection, asking.user.user_id, asking.session.token_hash)
            audit.note(connection, at.now(), asking.principal.actor, "signed out")
        at.callers.forget()
    answer = _to(SIGN_IN)
    cookie.take(answer, request, at.public_url)
    return answer


@page(bp, "GET", "/set-up/<token>", Role.ANYONE)
def set_up(token: str) -> Response:
    """Ask for the first administrator."""
    if not entry().set_up.holds(token):
        raise NotFound("This address does not hold: it was used, or is more than a day old. A restart of the server makes another one.")
    return _set_up(token)


@page(bp, "POST", "/set-up/<token>", Role.ANYONE)
def has_set_up(token: str) -> Response:
    """Enter the first administrator, who is signed in at once."""
    request.max_content_length = LONGEST_FORM
    at, form = entry(), request.form
    login, password = form.get("login", "").strip(), form.get("password", "")
    try:
        if not at.set_up.holds(token):
            raise NotNow(ENDED)
        if password != form.get("again", ""):
            raise Unfit("password: the two differ.")
        rule = chosen_in(form)
        user_id = at.set_up.complete(token, login, password)
    except NotNow as error:
        raise NotFound(str(error)) from None
    except (Unfit, Refused, InvalidSettings) as error:
        return _set_up(token, 422, login=login, wrong=_sentence(error), typed=form)
    at.callers.forget()
    _choose_for_all(rule, f"user:{user_id}")
    return _begun(at.sign_in.sign_in(login, password, request.user_agent.string), "/")


def _openid() -> OpenId:
    """The way through the provider. Raises NotFound where there is none, NotSetUp where nobody administers yet."""
    at = entry()
    if at.openid is None:
        raise NotFound("There is no other way to sign in here.")
    if not at.callers.anybody:
        raise NotSetUp(retry_after=60)
    return at.openid


def _set_up(token: str, status: int = 200, **values: object) -> Response:
    return shown("set_up.html", status, **{**choices(), "token": token, "typed": {}, **values})


def _choose_for_all(rule: Privacy, actor: str) -> None:
    """The first administrator's choice is that of every site for which nobody has chosen."""
    with narrowed(ALL_SITES):
        for site in services().sites.list():
            if not site.privacy.chosen:
                services().sites.put_privacy(site.site_id, rule, changing_privacy(site.site_id, rule, actor))


def _asked(wrong: str = "", login: str = "", status: int = 200, headers: dict[str, str] | None = None) -> Response:
    wanted = _inside(request.values.get("next"))
    label = "" if entry().openid is None else entry().openid.settings.label  # type: ignore[union-attr]
    return shown("sign_in.html", status, headers, wrong=wrong, login=login, next=wanted, label=label)


def _begun(token: str, wanted: str) -> Response:
    answer = _to(wanted)
    cookie.give(answer, request, entry().public_url, token)
    return answer


def _to(address: str) -> Response:
    answer = redirect(address, 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]


def _inside(address: str | None) -> str:
    """Where to go on: an address of this server, and never one that a browser takes for another's."""
    text = address or "/"
    # What begins with one slash has neither a scheme nor a host; browsers leave out tabs and line breaks, and take the other slash for this one.
    ours = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if ours else "/"


def _sentence(error: ValueError) -> str:
    """What is wrong, beside the field that the sentence begins with."""
    field, _, rest = str(error).partition(": ")
    return f"{field.capitalize()} {rest}"
