"""The cookie that a signed-in browser holds: a random text, out of reach of scripts and of other sites' pages."""

from flask import Request, Response

from access.sessions import ABSOLUTE

_NAME = "factory_session"
_SECURE_NAME = f"__Host-{_NAME}"
_WAY = "factory_way"


def _is_secure(request: Request, public_url: str) -> bool:
    return request.is_secure or public_url.startswith("https://")


def _name(name: str, *, secure: bool) -> str:
    return f"__Host-{name}" if secure else name


def read_way(request: Request, public_url: str) -> str:
    """What tells the browser that went to the provider of identities from others; '' without."""
    return request.cookies.get(_name(_WAY, secure=_is_secure(request, public_url)), "")


def give_way(answer: Response, request: Request, public_url: str, token: str, seconds: int) -> None:
    """Have the browser keep that for a while: what brings it back is a link on another's page, which Lax lets through."""
    secure = _is_secure(request, public_url)
    answer.set_cookie(_name(_WAY, secure=secure), token, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax")


def take_way(answer: Response, request: Request, public_url: str) -> None:
    """Have the browser forget it."""
    secure = _is_secure(request, public_url)
    answer.delete_cookie(_name(_WAY, secure=secure), path="/", secure=secure, httponly=True, samesite="Lax")


def read(request: Request, public_url: str) -> str | None:
    """The session's token that a request brings. Where there is TLS, only the name counts that no other host and no plain page can set."""
    return request.cookies.get(_SECURE_NAME if _is_secure(request, public_url) else _NAME)


def give(answer: Response, request: Request, public_url: str, token: str) -> None:
    """Have the browser keep a session's token."""
    secure = _is_secure(request, public_url)
    name = _SECURE_NAME if secure else _NAME
    answer.set_cookie(name, token, max_age=int(ABSOLUTE.total_seconds()), path="/", secure=secure, httponly=True, samesite="Lax")


def take(answer: Response, request: Request, public_url: str) -> None:
    """Have the browser forget it."""
    secure = _is_secure(request, public_url)
    answer.delete_cookie(_SECURE_NAME if secure else _NAME, path="/", secure=secure, httponly=True, samesite="Lax")
