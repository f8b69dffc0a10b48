"""The one way in which a page is filled: when filters, data, time, theme or view change, and only while it is shown."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Literal

from dash import Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from access.roles import Role
from callbacks.context import ACROSS_SITES, UnknownSiteError, look
from callbacks.gate import callback
from components import ids
from components.leaf import Leaf
from data_layer.privacy import NotShown
from data_layer.query import MadeElsewhere, NotKept

log = logging.getLogger(__name__)

Part = Literal["list", "detail"]
Fill = Callable[..., dict[str, Any]]

#: Where an app keeps the leaves of its live callbacks.
LEAVES = "leaves"

#: What moves by itself, without the reader's doing.
_BY_ITSELF = {f"{ids.REVISION}.data"}


def live(
    app: Dash, services: Any, *, name: str, page: str | None, outputs: Mapping[str, Any], part: Part | None = None, states: Mapping[str, Any] | None = None
) -> Callable[[Fill], Fill]:
    """Register a function from a Context (and `states`, by name) to the outputs, by name; outputs that it leaves out stay as they are.

    name: of the failure store that the page's layout holds. page: the page that must be shown; None for every one. part: of the
    pages that have both, whether the list or the drill-down must be shown.
    """

    places = _places(outputs)
    leaves = {path: place for path, place in places.items() if isinstance(place, Leaf)}
    ours = {path: place for path, place in places.items() if path not in leaves}
    app.server.extensions.setdefault(LEAVES, []).extend(leaves.values())

    def register(fill: Fill) -> Fill:
        @callback(
            app,
            role=Role.VIEWER,
            output={"outputs": ours, "leaves": Output(ids.leaves(name), "data"), "failure": Output(ids.failure(name), "data")},
            inputs={
                "search": Input(ids.FILTERS, "data"),
                "told": Input(ids.REVISION, "data"),
                "view": Input(ids.VIEW, "data"),
                "theme": Input(ids.THEME, "data"),
                "_nudge": Input(ids.NUDGE, "data"),
                "failed": State(ids.failure(name), "data"),
                "states": dict(states or {}),
            },
        )
        def filled(search: str | None, told: Any, view: Any, theme: str | None, _nudge: Any, failed: str | None, states: dict[str, Any]) -> dict[str, Any]:
            if search is None or theme is None or not _is_shown(view, page, part):
                raise PreventUpdate
            by_itself = set(ctx.triggered_prop_ids) <= _BY_ITSELF and bool(ctx.triggered_prop_ids)
            revision = told["revision"] if told and by_itself else None
            more = {"view_id": view["id"], "theme": theme, "is_refresh": by_itself, "anywhere": view["page"] in ACROSS_SITES}
            more["at_worker"] = view["id"] if view["page"] == "workers" else None
            answer = answered(name, outputs, lambda: fill(look(services, search, told=revision, **more), **states))
            shown = {path: _at(path, answer["leaves"]) for path in places}
            written = [leaf.written(shown[path]) for path, leaf in leaves.items() if shown[path] is not no_update]
            return {
                "outputs": {path: shown[path] for path in ours},
                "leaves": written or no_update,
                # What is told again makes the browser look at it again.
                "failure": no_update if answer["failure"] == failed else answer["failure"],
            }

        return fill

    return register


def _places(outputs: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Nested outputs by their path: {"demo": {"site": x}} is {"demo/site": x}."""
    found: dict[str, Any] = {}
    for name, place in outputs.items():
        found |= _places(place, (*path, name)) if isinstance(place, Mapping) else {"/".join((*path, name)): place}
    return found


def _at(path: str, answer: Any) -> Any:
    for name in path.split("/"):
        answer = answer[name]
    return answer


def _is_shown(view: Any, page: str | None, part: Part | None) -> bool:
    if not view or (page is not None and view["page"] != page):
        return False
    return part is None or (part == "detail") == (view["id"] is not None)


def answered(name: str, outputs: Mapping[str, Any], fill: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a callback returns: what it was filled with, or why it couldn't be, in a sentence for the page's notice."""
    unchanged = _unchanged(outputs)
    try:
        return {"leaves": _changed(unchanged, fill()), "failure": None}
    except PreventUpdate:
        raise
    except UnknownSiteError as unknown:
        sentence = f"There is no site “{unknown}”. Choose another one above."
    except NotShown as error:
        sentence = f"{error} Administrators choose that on the page Privacy."
    except MadeElsewhere as error:
        sentence = str(error)
    except NotKept as error:
        sentence = f"Not all of this time can be shown. {str(error).partition(': ')[2].capitalize()}"
    except Exception:
        log.exception("%s: cannot be filled", name)
        sentence = "Some figures can't be read at the moment; the server's log says why. What you see may be out of date. Trying again by itself."
    return {"leaves": unchanged, "failure": sentence}


def _changed(leaves: dict[str, Any], by: Mapping[str, Any]) -> dict[str, Any]:
    return leaves | {name: _changed(leaves[name], part) if isinstance(leaves.get(name), dict) else part for name, part in by.items()}


def _unchanged(outputs: Any) -> Any:
    if isinstance(outputs, Mapping):
        return {name: _unchanged(part) for name, part in outputs.items()}
    return [no_update] * len(outputs) if isinstance(outputs, list | tuple) else no_update
