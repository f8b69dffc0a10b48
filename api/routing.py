"""The one way in which routes are registered: each names the role that it needs, what it takes and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Blueprint, Response, current_app, request
from msgspec import Struct, json

from access.roles import Role
from api.parameters import check_names, names_of
from services import Services

JSON = "application/json"

View = Callable[..., Any]


@dataclass(frozen=True)
class Answer:
    """What a route answers with one status.

    shape: the type of its body, None for none. says: when this answer comes, for whoever reads the documentation.
    headers: names of headers described in api/schemas/headers.py.
    """

    shape: Any
    says: str = ""
    headers: tuple[str, ...] = ()
    media_type: str = JSON


@dataclass(frozen=True)
class Body:
    """What a route takes: the shape of the body by media type (`str` for text), with an example of each; the first is the usual one."""

    shapes: Mapping[str, Any]
    examples: Mapping[str, Any]
    says: str = "May be compressed: `Content-Encoding: gzip`."


@dataclass(frozen=True)
class Described:
    """What the documentation says of a route, and what the gate asks for it; see `route`. everywhere: whether the role is needed at all sites."""

    method: str
    role: Role
    everywhere: bool = False
    tag: str = ""
    query: type[Struct] | None = None
    body: Body | None = None
    answers: Mapping[int, Answer] = field(default_factory=dict)
    sample: str = ""


def route(
    blueprint: Blueprint,
    method: str,
    rule: str,
    role: Role,
    *,
    everywhere: bool = False,
    tag: str = "",
    query: type[Struct] | None = None,
    body: Body | None = None,
    answers: Mapping[int, Any] | None = None,
    sample: str = "",
) -> Callable[[View], View]:
    """Register a view for one method, with the role that it needs and what the documentation says of it.

    query: the parameters that it takes; others are refused before the view is called. None: nobody looks at them.
    answers: by status, an Answer or the type of a JSON body; of an error, when it comes. Errors that any such route can
    meet need not be named. sample: the address of the example call, where it is not the plain one.
    """

    def register(view: View) -> View:
        served = view if query is None else _checked(view, query)
        given = {status: _answer(meant) for status, meant in (answers or {}).items()}
        served.described = Described(method, role, everywhere, tag, query, body, given, sample)  # type: ignore[attr-defined]
        blueprint.add_url_rule(rule, f"{method.lower()}_{view.__name__}", served, methods=[method], provide_automatic_options=False)
        return view

    return register


def _checked(view: View, query: type[Struct]) -> View:
    known, lists = names_of(query)

    @wraps(view)
    def checked(**path: Any) -> Any:
        if request.query_string:
            check_names(known, lists)
        return view(**path)

    return checked


def _answer(meant: Any) -> Answer:
    if isinstance(meant, Answer):
        return meant
    return Answer(None, meant) if isinstance(meant, str) else Answer(meant)


def services() -> Services:
    """The services of the app that answers the request."""
    found: Services = current_app.extensions["services"]
    return found


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(json.encode(body), status, headers=headers, content_type=JSON)
