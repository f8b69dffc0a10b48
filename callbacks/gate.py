"""The one way in which callbacks are registered: each names the role that it needs."""

from collections.abc import Callable
from typing import Any

from dash import Dash

from access.roles import Role

#: Where an app keeps the roles of its callbacks, by the callback's key in `callback_map`.
ROLES = "callback_roles"


def callback(app: Dash, *arguments: Any, role: Role, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`app.callback` with a role: nothing else checks a POST to Dash's own route."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        before = set(app.callback_map)
        wrapped: Callable[..., Any] = app.callback(*arguments, **options)(function)
        roles = app.server.extensions.setdefault(ROLES, {})
        roles.update(dict.fromkeys(set(app.callback_map) - before, role))
        return wrapped

    return register
