"""Plain pages, outside the dashboard: they work before anybody is known, and without a script."""

from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, make_response
from jinja2 import Environment, FileSystemLoader
from werkzeug.exceptions import HTTPException

from access.roles import Role
from access.web.headers import CSP, PLAIN

View = Callable[..., Any]

_TEMPLATES = Path(__file__).parent / "templates"
#: No form of ours is longer.
LONGEST_FORM = 16 * 1024


class Needs:
    """What the gate asks for a page."""

    def __init__(self, role: Role, *, everywhere: bool) -> None:
        self.role, self.everywhere, self.tag = role, everywhere, ""


def page(blueprint: Blueprint, method: str, rule: str, role: Role, *, everywhere: bool = False) -> Callable[[View], View]:
    """Register a view that people in a browser see, with the role that it needs; who isn't signed in is shown the way. everywhere: see `Need`."""

    def register(view: View) -> View:
        @wraps(view)
        def served(**path: Any) -> Any:
            return make_response(view(**path))

        served.described = Needs(role, everywhere=everywhere)  # type: ignore[attr-defined]
        served.is_page = True  # type: ignore[attr-defined]
        blueprint.add_url_rule(rule, f"{method.lower()}_{view.__name__}", served, methods=[method], provide_automatic_options=False)
        return view

    return register


def shown(template: str, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> Response:
    """A page of a template; no cache keeps it."""
    made = _templates().get_template(template).render(values)
    given = {"Cache-Control": "no-store", CSP: PLAIN, **(headers or {})}
    return Response(made, status, headers=given, content_type="text/html; charset=utf-8")


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)


def refusal(error: HTTPException) -> Response:
    """A page that says why something isn't shown, and the way back."""
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    # Who can't be let in anywhere is not sent in a circle.
    title = getattr(error, "title", error.name)
    return shown("refused.html", error.code or 500, kept, title=title, sentence=error.description, way_back=error.code != 503)
