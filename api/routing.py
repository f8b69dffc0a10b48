"""The one way in which routes are registered: each names the role that it needs."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app
from msgspec import json

from access.roles import Role
from services import Services


def route(blueprint: Blueprint, method: str, rule: str, role: Role) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a view for one method, with the role that it needs."""

    def register(view: Callable[..., Any]) -> Callable[..., Any]:
        view.role = role  # type: ignore[attr-defined]
        blueprint.add_url_rule(rule, f"{method.lower()}_{view.__name__}", view, methods=[method], provide_automatic_options=False)
        return view

    return register


def services() -> Services:
    """The services of the app that answers the request."""
    found: Services = current_app.extensions["services"]
    return found


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(json.encode(body), status, headers=headers, content_type="application/json")
