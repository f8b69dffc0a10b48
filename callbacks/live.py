"""The one way in which a page is filled: when filters, data, time, theme or view change, and only while it is shown."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Literal

from dash import Dash, Input, Output, ctx, no_update
from dash.exceptions import PreventUpdate

from access.roles import Role
from callbacks.context import UnknownSiteError, look
from callbacks.gate import callback
from components import ids

log = logging.getLogger(__name__)

Part = Literal["list", "detail"]
Fill = Callable[..., dict[str, Any]]

#: What moves by itself, without the reader's doing.
_BY_ITSELF = {f"{ids.REVISION}.data"}


def live(
    app: Dash, services: Any, *, name: str, page: str | None, outputs: Mapping[str, Any], part: Part | None = None, states: Mapping[str, Any] | None = None
) -> Callable[[Fill], Fill]:
    """Register a function from a Context (and `states`, by name) to the outputs, by name; outputs that it leaves out stay as they are.

    name: of the failure store that the page's layout holds. page: the page that must be shown; None for every one. part: of the
    pages that have both, whether the list or the drill-down must be shown.
    """

    def register(fill: Fill) -> Fill:
        @callback(
            app,
            role=Role.VIEWER,
            output={"leaves": dict(outputs), "failure": Output(ids.failure(name), "data")},
            inputs={
                "search": Input(ids.FILTERS, "data"),
                "told": Input(ids.REVISION, "data"),
                "view": Input(ids.VIEW, "data"),
                "theme": Input(ids.THEME, "data"),
                "_nudge": Input(ids.NUDGE, "data"),
                "states": dict(states or {}),
            },
        )
        def filled(search: str | None, told: Any, view: Any, theme: str | None, _nudge: Any, states: dict[str, Any]) -> dict[str, Any]:
            if search is None or theme is None or not _is_shown(view, page, part):
                raise PreventUpdate
            by_itself = set(ctx.triggered_prop_ids) <= _BY_ITSELF and bool(ctx.triggered_prop_ids)
            revision = told["revision"] if told and by_itself else None
            more = {"view_id": view["id"], "theme": theme, "is_refresh": by_itself}
            return answered(name, outputs, lambda: fill(look(services, search, told=revision, **more), **states))

        return fill

    return register


def _is_shown(view: Any, page: str | None, part: Part | None) -> bool:
    if not view or (page is not None and view["page"] != page):
        return False
    return part is None or (part == "detail") == (view["id"] is not None)


def answered(name: str, outputs: Mapping[str, Any], fill: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a callback returns: what it was filled with, or why it couldn't be, in a sentence for the page's notice."""
    unchanged = _unchanged(outputs)
    try:
        return {"leaves": {**unchanged, **fill()}, "failure": None}
    except PreventUpdate:
        raise
    except UnknownSiteError as unknown:
        sentence = f"There is no site “{unknown}”. Choose another one above."
    except Exception:
        log.exception("%s: cannot be filled", name)
        sentence = "Some figures can't be read at the moment; the server's log says why. What you see may be out of date. Trying again by itself."
    return {"leaves": unchanged, "failure": sentence}


def _unchanged(outputs: Any) -> Any:
    if isinstance(outputs, Mapping):
        return {name: _unchanged(part) for name, part in outputs.items()}
    return [no_update] * len(outputs) if isinstance(outputs, list | tuple) else no_update
