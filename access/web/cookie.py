"""The cookies that a browser holds: random texts, out of reach of scripts and of other sites' pages."""

from datetime import timedelta

from flask import Request, Response

from access.sessions import ABSOLUTE

#: Of a signed-in browser.
SESSION = "factory_session"
#: Of one that is at the provider of identities. What brings it back is a link on another's page, which Lax lets through.
WAY = "factory_way"


def read(request: Request, public_url: str, name: str = SESSION) -> str | None:
    """The text that a request brings. Where there is TLS, only the name counts that no other host and no plain page can set."""
    return request.cookies.get(_full(name, secure=_is_secure(request, public_url)))


def give(answer: Response, request: Request, public_url: str, token: str, name: str = SESSION, lasts: timedelta = ABSOLUTE) -> None:
    """Have the browser keep one."""
    secure = _is_secure(request, public_url)
    answer.set_cookie(_full(name, secure=secure), token, max_age=int(lasts.total_seconds()), path="/", secure=secure, httponly=True, samesite="Lax")


def take(answer: Response, request: Request, public_url: str, name: str = SESSION) -> None:
    """Have the browser forget it."""
    secure = _is_secure(request, public_url)
    answer.delete_cookie(_full(name, secure=secure), path="/", secure=secure, httponly=True, samesite="Lax")


def _is_secure(request: Request, public_url: str) -> bool:
    return request.is_secure or public_url.startswith("https://")


def _full(name: str, *, secure: bool) -> str:
    return f"__Host-{name}" if secure else name
