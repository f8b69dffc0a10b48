"""The one way in which callbacks are registered: each names the role that it needs."""

from collections.abc import Callable
from typing import Any

from dash import Dash

from access.roles import Role
from access.web.gate import CALLBACKS, Need


def callback(app: Dash, *arguments: Any, role: Role, everywhere: bool = False, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`app.callback` with a role, which the gate asks for before Dash is handed the call. everywhere: whether it is needed at all sites."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        before = set(app.callback_map)
        wrapped: Callable[..., Any] = app.callback(*arguments, **options)(function)
        needs = app.server.extensions.setdefault(CALLBACKS, {})
        needs.update(dict.fromkeys(set(app.callback_map) - before, Need(role, everywhere)))
        return wrapped

    return register
