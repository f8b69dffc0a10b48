"""Where a request comes from: this machine or a network, a page of ours or of somebody else's."""

from urllib.parse import urlsplit

from flask import Request

from access.entry import is_here

#: A proxy says by one of these whom it speaks for. What they say is believed by nobody: only that somebody says it.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
_SAFE = ("GET", "HEAD", "OPTIONS")
_OURS = ("same-origin", "none")


def is_local(request: Request) -> bool:
    """Whether somebody on this machine asks, by one of its own names, and for nobody else: neither a proxy nor a page whose address was made
    to point here."""
    host = urlsplit(f"//{request.host}").hostname or ""
    return is_here(request.remote_addr or "") and is_here(host) and not any(name in request.headers for name in _FORWARDED)


def is_foreign(request: Request, public_url: str, allowed: tuple[str, ...] = ()) -> bool:
    """Whether a page of another origin makes a browser change something here. allowed: other origins that may.

    Browsers say so themselves; those that don't, on a network without TLS, name the origin. Who names none is no browser.
    """
    if request.method in _SAFE:
        return False
    origin = request.headers.get("Origin")
    if origin is not None and origin in allowed:
        return False
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in _OURS
    return origin is not None and origin not in {public_url, request.host_url.rstrip("/")} - {""}
