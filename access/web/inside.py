"""What the pages of people, keys and the audit trail share: their frame, and what is said after a change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response, redirect, request

from access.roles import EVERYWHERE, OPEN, Role
from access.web.gate import caller, principal
from access.web.page import shown

#: What was done, by the word that the address carries from the change to the page that shows it.
DONE: Mapping[str, str] = {
    "own-password": "Your password was changed. Your other browsers were signed out.",
    "session": "That browser was signed out.",
    "roles": "The roles were changed; they hold at once.",
    "disabled": "Nobody gets in by this login any more.",
    "enabled": "This login lets somebody in again.",
    "privacy": "What the site shows was changed; it holds at once.",
    "revoked": "The key opens nothing any more.",
}


def inside(template: str, here: str, status: int = 200, **values: object) -> Response:
    """A page with the frame of these pages. here: its address, to be marked in the navigation."""
    asking, user = principal(), caller().user
    pages = [("/account", "My account")]
    if asking.may(Role.ADMINISTRATOR):
        pages += [("/privacy", "Privacy"), ("/keys", "Keys")]
    if asking.may(Role.ADMINISTRATOR, EVERYWHERE):
        pages += [("/users", "Users"), ("/audit", "Audit trail")]
    frame: dict[str, Any] = {"pages": pages, "here": here, "user": user, "is_open": asking is OPEN, "done": DONE.get(request.args.get("done", ""))}
    return shown(template, status, **{**frame, "day_time": day_time, **values})


def back(address: str, done: str) -> Response:
    """To a page again after a change, so that loading it anew changes nothing twice."""
    answer = redirect(f"{address}?done={done}", 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]


def day_time(moment: datetime | None) -> str:
    """2026-11-23 10:40 UTC."""
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def sentence(error: Exception) -> str:
    """What is wrong, beginning with the field."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}"
