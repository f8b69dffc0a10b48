"""The OpenAPI document of an app: spectree describes its routes from their shapes, and what it has no words for is added here.

That is: errors as problem+json, headers of answers, bodies of several media types, examples of variable parts, example calls.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from flask import Flask
from spectree import Response, SpecTree, Tag, get_msgspec_model_adapter
from spectree.plugins.flask_plugin import FlaskPlugin
from spectree.utils import get_model_key

from access.roles import Role
from api.routing import Answer, Body, Described
from api.schemas.errors import answers_of
from api.schemas.headers import HEADERS, OF_ALL
from api.schemas.paths import PathParameters
from api.schemas.samples import curl
from api.schemas.service import ServerProblem

Json = dict[str, Any]

TAGS = {
    "Ingest": "Events in. The answer is sent after the commit has reached the disk: what was acknowledged survives a power cut.",
    "Events": "Events as they were received.",
    "Metrics": "Hours, units, utilization and coverage; a ratio without a denominator is `null`, since no data is not zero.",
    "Registered": "Workers, workstations, cameras and models of a site.",
    "Sites": "Sites and the settings by which their numbers are made.",
    "Privacy": "What a site shows of its people, and what somebody may ask to be told, put right or erased.",
    "Quarantine": "What was refused is kept, with the reason, and can be taken up again.",
    "Demo": "Demo data in and out.",
    "Service": "How the server is, and what it can be asked.",
}
_ABOUT = """\
Cameras post what they see as events; out come hours, units, utilization and coverage of every worker and workstation.

All times in answers are UTC and end in `Z`; durations are hours (`_hours`) or seconds (`_seconds`). Errors are `application/problem+json` with one
sentence in `detail`. Fields that are not described here are never answered.
"""
_VERSION = "1.0.0"


def document_of(app: Flask) -> Json:
    """The document of an app; made when it is first asked for."""
    made: Json | None = app.extensions.get("openapi")
    if made is None:
        made = app.extensions["openapi"] = _document(app)
    return made


@dataclass(frozen=True)
class _Route:
    """A route of the app, as spectree is handed it."""

    rule: str
    described: Described
    answers: dict[int, Answer]
    view: Callable[..., Any]

    def __str__(self) -> str:
        return self.rule


class _Routes(FlaskPlugin):
    """Hands spectree the routes that describe themselves, and leaves the app's own views alone: it describes, and checks nothing."""

    routes: Iterable[_Route] = ()

    def find_routes(self) -> Iterable[_Route]:
        """The routes, in the order of the document."""
        return self.routes

    def parse_func(self, route: _Route) -> Iterator[tuple[str, Callable[..., Any]]]:
        """A route's method and view."""
        yield route.described.method, route.view

    def get_func_operation_id(self, func: Callable[..., Any], path: str, method: str) -> str:  # noqa: ARG002 - spectree's signature
        """A name made of method and address: post_events_batch."""
        words = path.removeprefix("/api").replace(".", "_").translate({ord(brace): None for brace in "{}"}).strip("/").split("/")
        return "_".join([method.lower(), *words])


def _document(app: Flask) -> Json:
    spec = SpecTree(
        backend=_Routes,
        model_adapter=get_msgspec_model_adapter(),
        naming_strategy=_name,
        nested_naming_strategy=lambda _parent, child: child,
        validation_error_status=500,
        validation_error_model=ServerProblem,
        annotations=False,
        title="Factory Productivity Dashboard",
        description=_ABOUT,
        version=_VERSION,
    )
    backend = cast("_Routes", spec.backend)
    backend.routes = [_handed_over(spec, rule, described, view) for rule, described, view in _described_routes(app)]
    document: Json = _typed(spec.spec)
    document["components"]["securitySchemes"] = _SECURITY
    for route in backend.routes:
        path, _ = backend.parse_path(route, None)  # type: ignore[arg-type]  # a _Route says its rule as text
        _complete(document["paths"][path][route.described.method.lower()], route, path)
        # Spectree keeps the shape of a query beside the parameters that it has made of it.
        if route.described.query:
            document["components"]["schemas"].pop(_name(route.described.query), None)
    return document


def _name(model: Any) -> str:
    """A shape's own name: the names of shapes differ."""
    return str(get_model_key(model)).partition(".")[0]


def _described_routes(app: Flask) -> list[tuple[str, Described, Callable[..., Any]]]:
    views = ((rule.rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules())
    found = [(rule, view.described, view) for rule, view in views if hasattr(view, "described") and view.described.tag]
    return sorted(found, key=lambda route: list(TAGS).index(route[1].tag))


def _handed_over(spec: SpecTree, rule: str, described: Described, view: Callable[..., Any]) -> _Route:
    answers = answers_of(described)
    for shape in described.body.shapes.values() if described.body else ():
        if shape is not str:
            spec.validate(json=shape, skip_validation=True)(lambda: None)
    shown = spec.validate(
        query=described.query,
        resp=Response(**{f"HTTP_{status}": (given.shape, given.says) for status, given in answers.items() if given.shape is not str}),
        tags=[Tag(name=described.tag, description=TAGS[described.tag])],
        skip_validation=True,
    )(view)
    return _Route(rule, described, dict(answers), shown)


def _complete(operation: Json, route: _Route, path: str) -> None:
    described = route.described
    operation["parameters"] = [*map(_parameter, operation["parameters"]), *([_IF_NONE_MATCH] if 304 in route.answers else [])]
    operation["responses"] = {str(status): _answer(operation["responses"].get(str(status), {}), given) for status, given in route.answers.items()}
    operation["security"] = [] if described.role is Role.ANYONE else [{name: []} for name in _SECURITY]
    if described.body:
        operation["requestBody"] = _body(described.body)
    examples = {parameter["name"]: parameter["example"] for parameter in operation["parameters"] if parameter["in"] == "path"}
    samples = curl(described, path, examples)
    operation["x-codeSamples"] = [{"lang": "sh", "label": "curl", "source": sample} for sample in samples]
    shown = [f"```sh\n{sample}\n```" for sample in samples]
    operation["description"] = "\n\n".join(filter(None, [operation["description"], _needs(described), *shown]))


def _needs(described: Described) -> str:
    return f"{_NEEDS.get(described.role, f'Needs the role {described.role}')}{', at all sites' if described.everywhere else ''}."


def _parameter(parameter: Json) -> Json:
    schema = _PATHS[parameter["name"]] if parameter["in"] == "path" else parameter["schema"]
    schema = {name: value for name, value in schema.items() if name != "description"}
    if parameter["in"] == "path":
        return {**parameter, "schema": schema, "description": _PATHS[parameter["name"]]["description"], "example": schema["examples"][0]}
    return {**parameter, "schema": _given(schema), "description": f"{parameter['description']}{_for_example(schema)}"}


def _given(schema: Json) -> Json:
    """Of a query string no value may be empty (api/parameters.py)."""
    if "items" in schema:
        return {**schema, "items": _given(schema["items"])}
    return {**schema, "minLength": 1} if schema.get("type") == "string" and "enum" not in schema else schema


def _for_example(schema: Json) -> str:
    """In words: pages that show an example put it into what is tried out, and nobody wants all filters at once."""
    values = (example[0] if isinstance(example, list) else example for example in schema.get("examples", ()))
    shown = " or ".join(f"`{json.dumps(value).strip(chr(34))}`" for value in values)
    return f" For example {shown}." if shown else ""


def _typed(schema: Any) -> Any:
    """Spectree's adapter leaves out that the words of an enumeration are texts."""
    if isinstance(schema, list):
        return [_typed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    words = isinstance(schema.get("enum"), list) and all(isinstance(word, str) for word in schema["enum"])
    return {name: _typed(value) for name, value in schema.items()} | ({"type": "string"} if words else {})


def _answer(found: Json, given: Answer) -> Json:
    content = next(iter(found.get("content", {}).values()), {"schema": {"type": "string"}} if given.shape is str else None)
    return {
        "description": given.says or "As asked for.",
        "headers": {name: _header(name) for name in (*given.headers, *OF_ALL)},
        **({"content": {given.media_type: content}} if content else {}),
    }


def _header(name: str) -> Json:
    header = HEADERS[name]
    return {"description": header.says, "required": header.always, "schema": header.schema}


def _body(body: Body) -> Json:
    content: Json = {}
    for media_type, shape in body.shapes.items():
        schema = {"type": "string"} if shape is str else {"$ref": f"#/components/schemas/{_name(shape)}"}
        content[media_type] = {"schema": schema, "example": body.examples[media_type]}
    return {"required": True, "description": body.says, "content": content}


_NEEDS = {
    Role.ANYONE: "Anybody may ask",
    Role.HERE: "Anybody on the server's own machine may ask, and whoever is signed in or has a key",
    Role.KNOWN: "Whoever is signed in or has a key may ask",
}
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key: `Authorization: Bearer fpk_…`."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key in a header of its own."},
    "session": {"type": "apiKey", "in": "cookie", "name": "factory_session", "description": "A browser that has signed in."},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "An `ETag` of this answer: 304 says that it still stands.",
    "schema": {"type": "string"},
}
_PATHS: Json = msgspec.json.schema_components([PathParameters])[1]["PathParameters"]["properties"]
