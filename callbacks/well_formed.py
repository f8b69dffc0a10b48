"""What a call of Dash's route must look like: who may make it may still send anything, and what no page of ours sends is refused as such.

body ──▶ the callback's own inputs and states, in their order? ──▶ of each value the shape that its property has? ──▶ Dash
                    │ no                                              │ no
                    └───────────────▶ 400, a sentence ◀───────────────┘
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import flask
import msgspec
from dash import Dash
from flask import Response
from werkzeug.exceptions import BadRequest

from access.web.gate import CALLBACK_ROUTE
from callbacks.sent_values import shape_of

#: What stands for any value in the id of a pattern.
_ANY = ["ALL"]


def register(app: Dash) -> None:
    """Stand before Dash's route of the callbacks, and before whoever stands there already."""
    dispatch: Callable[[], Response] = app.server.view_functions[CALLBACK_ROUTE]

    def checked() -> Response:
        check(app.callback_map, flask.request.get_json(silent=True))
        return dispatch()

    app.server.view_functions[CALLBACK_ROUTE] = checked


def check(callbacks: Mapping[str, Any], body: Any) -> None:
    """Raises BadRequest for a call that none of our pages makes. callbacks: by the output under which the call asks for them."""
    try:
        # Halves of letters, numbers that no database holds, nesting that no stack does.
        msgspec.json.encode(body)
    except (UnicodeEncodeError, OverflowError, RecursionError):
        raise BadRequest("The body holds what is neither text nor number.") from None
    called = callbacks[body["output"]]
    for kind in ("inputs", "state"):
        given = body.get(kind, [])
        if not isinstance(given, list) or len(given) != len(called[kind]):
            raise BadRequest(f"{kind}: must be the {len(called[kind])} of this callback.")
        for wanted, one in zip(called[kind], given, strict=True):
            _check_value(kind, wanted, one)
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(one, str) for one in changed):
        raise BadRequest("changedPropIds: must be a list of texts.")
    if not _are_outputs(body["output"], body.get("outputs", [])):
        raise BadRequest("outputs: must be those of this callback.")


def _check_value(kind: str, wanted: Mapping[str, str], given: Any) -> None:
    """An input or a state, or those that a pattern stands for."""
    place, prop = wanted["id"], wanted["property"]
    pattern = json.loads(place) if place.startswith("{") else place
    is_many = isinstance(pattern, dict) and _ANY in pattern.values()
    if isinstance(given, list) != is_many:
        raise BadRequest(f"{kind}: {place}.{prop} must be {'a list' if is_many else 'one value'}.")
    shape = shape_of(pattern, prop)
    for one in given if is_many else [given]:
        if not isinstance(one, dict) or one.get("property") != prop or not (_fits(pattern, one.get("id")) or one["id"] == place):
            raise BadRequest(f"{kind}: {place}.{prop} is missing.")
        try:
            msgspec.convert(one.get("value"), shape)
        except msgspec.ValidationError as error:
            raise BadRequest(f"{kind}: {place}.{prop}: {error}") from None


def _fits(pattern: Any, given: Any) -> bool:
    """Whether an id is the one that is wanted, or one that the pattern stands for."""
    if not isinstance(pattern, dict):
        return bool(given == pattern)
    if not isinstance(given, dict) or given.keys() != pattern.keys():
        return False
    return all(isinstance(given[name], str) if wanted == _ANY else given[name] == wanted for name, wanted in pattern.items())


def _are_outputs(output: str, given: Any) -> bool:
    """Whether these are the places that a callback's answer goes to. output: the text that names them all."""
    if "." not in output:
        return bool(given == [])
    wanted = [one.rsplit(".", 1) for one in output.strip(".").split("...")]
    places = given if output.startswith("..") else [given]
    return isinstance(places, list) and len(places) == len(wanted) and all(_is_place(*one, place) for one, place in zip(wanted, places, strict=True))


def _is_place(component: str, prop: str, given: Any) -> bool:
    """Whether this is a component's property, or those that a pattern stands for."""
    pattern = json.loads(component) if component.startswith("{") else component
    if isinstance(pattern, dict) and _ANY in pattern.values():
        return isinstance(given, list) and all(_is_one(pattern, component, prop, one) for one in given)
    return _is_one(pattern, component, prop, given)


def _is_one(pattern: Any, component: str, prop: str, given: Any) -> bool:
    # Of two callbacks with one output Dash names the second one's with a mark behind it.
    named = given.get("property") if isinstance(given, dict) else None
    return isinstance(named, str) and named.partition("@")[0] == prop.partition("@")[0] and (_fits(pattern, given.get("id")) or given.get("id") == component)
