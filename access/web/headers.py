"""What every answer tells browsers to refuse: other hosts, scripts that aren't ours, frames, guesses about content.

It stands around the application, so that refusals, streams and files have it too.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Flask

Headers = list[tuple[str, str]]

CSP = "Content-Security-Policy"
_ALWAYS: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),  # for browsers that don't know frame-ancestors
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
]
_REFERRER = "same-origin"
#: Its address holds a secret. "no-referrer" would make browsers send the form without saying from where.
_SECRET_ADDRESS, _REFERRER_OF_SECRET = "/set-up/", "strict-origin"
_A_YEAR = 365 * 24 * 3600
#: Of what no page is: an answer to a program, a file.
_OF_DATA = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def policy(scripts: Sequence[str] = (), *, styles: bool = False) -> str:
    """The policy of a page. scripts: hashes of those that stand in it. styles: whether libraries write styles into it, which nothing can tell apart
    from others; where scripts can't be injected, a style has nowhere to send what it finds.
    """
    rules: Mapping[str, Sequence[str]] = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *scripts],
        "style-src": ["'self'", *(["'unsafe-inline'"] if styles else [])],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


#: Of the plain pages.
PLAIN = policy()


def register(app: Flask, dashboard: str, public_url: str) -> None:
    """Put the headers on all answers of an app. dashboard: the policy of its Dash pages; a page that has its own keeps it."""
    application, is_public = app.wsgi_app, public_url.startswith("https://")

    def guarded(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        secure = is_public or environ["wsgi.url_scheme"] == "https"

        def begin_answer(line: str, headers: Headers, *failure: Any) -> Any:
            page = dashboard if line.startswith("200") else PLAIN
            return start_response(line, [*headers, *_missing(headers, environ["PATH_INFO"], page, secure=secure)], *failure)

        return application(environ, begin_answer)

    app.wsgi_app = guarded  # type: ignore[method-assign]


def _missing(headers: Headers, path: str, page: str, *, secure: bool) -> Headers:
    """page: the policy of an answer that is one."""
    told = {name.lower(): value for name, value in headers}
    added = [*_ALWAYS, ("Referrer-Policy", _REFERRER_OF_SECRET if path.startswith(_SECRET_ADDRESS) else _REFERRER)]
    if CSP.lower() not in told:
        added.append((CSP, page if told.get("content-type", "").startswith("text/html") else _OF_DATA))
    if "cache-control" not in told:
        added.append(("Cache-Control", "no-store"))
    if secure:
        # Elsewhere browsers heed neither, and say so in their log.
        added += [("Strict-Transport-Security", f"max-age={_A_YEAR}"), ("Cross-Origin-Opener-Policy", "same-origin")]
    return added
