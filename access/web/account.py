"""My account: password, and the browsers that are signed in."""

import re

from flask import Blueprint, Response, redirect, request

from access import sessions
from access.passwords import Unfit
from access.people import User
from access.roles import Role
from access.sessions import Session
from access.sign_in import TooSoon, Wrong
from access.web import cookie
from access.web.gate import SIGN_IN, caller, entry
from access.web.inside import back, inside, sentence
from access.web.page import LONGEST_FORM, page

bp = Blueprint("account", __name__)

_HERE = "/account"
#: In the order in which they are looked for: many browsers name others too.
_BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari")
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")
_CALLED = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS"}


@page(bp, "GET", _HERE, Role.KNOWN)
def account() -> Response:
    """Who is signed in, with which rights, on which browsers."""
    return _shown()


@page(bp, "POST", f"{_HERE}/password", Role.KNOWN)
def password() -> Response:
    """Change the password."""
    request.max_content_length = LONGEST_FORM
    signed_in = _signed_in()
    if signed_in is None:
        return _shown(403)
    form = request.form
    try:
        if form.get("new", "") != form.get("again", ""):
            raise Unfit("the new password was typed in two ways.")
        entry().administration.change_password(*signed_in, form.get("old", ""), form.get("new", ""))
    except Wrong:
        return _shown(422, "The old password is another one.")
    except TooSoon as soon:
        return _shown(429, str(soon))
    except Unfit as unfit:
        return _shown(422, sentence(unfit))
    return back(_HERE, "own-password")


@page(bp, "POST", f"{_HERE}/sessions/<token_hash>/end", Role.KNOWN)
def end_session(token_hash: str) -> Response:
    """Sign one browser out; another one's than one's own isn't there."""
    signed_in = _signed_in()
    if signed_in is None:
        return _shown(403)
    entry().administration.end_session(signed_in[0], token_hash)
    return back(_HERE, "session")


@page(bp, "POST", f"{_HERE}/sessions/end", Role.KNOWN)
def end_sessions() -> Response:
    """Sign out everywhere, here too."""
    signed_in = _signed_in()
    if signed_in is None:
        return _shown(403)
    entry().administration.end_sessions(signed_in[0])
    answer = redirect(SIGN_IN, 303)
    cookie.take(answer, request, entry().public_url)  # type: ignore[arg-type]
    return answer  # type: ignore[return-value]


def _signed_in() -> tuple[User, Session] | None:
    """Who is signed in, and by which session; None for a key, and where nobody has to sign in."""
    asking = caller()
    return None if asking.user is None or asking.session is None else (asking.user, asking.session)


def _shown(status: int = 200, wrong: str = "") -> Response:
    signed_in = _signed_in()
    held: list[Session] = []
    if signed_in is not None:
        with entry().database.read() as connection:
            held = sessions.sessions_of(connection, signed_in[0].user_id, entry().now())
    this = "" if signed_in is None else signed_in[1].token_hash
    return inside("account.html", _HERE, status, sessions=held, this=this, browser=browser, wrong=wrong)


def browser(named: str) -> str:
    """A browser in two words, from the long name that it gives itself."""
    words = [next((_CALLED.get(word, word) for word in known if re.search(rf"\b{word}", named)), "") for known in (_BROWSERS, _SYSTEMS)]
    return " on ".join(filter(None, words)) or "Unknown program"
