"""An app whose every answer must be one that the OpenAPI document describes: tests of anything else prove that on the way."""

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import jsonschema_rs
from documented import document
from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

Environ = dict[str, Any]
Start = Callable[..., Any]


class Conforming:
    """Stands before an app's `wsgi_app`. Raises AssertionError where an answer is not as described."""

    def __init__(self, app: Flask) -> None:
        self._app, self._inner = app, app.wsgi_app

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            begun.append((status, headers))
            return start_response(status, headers, *more)

        body = b"".join(self._inner(environ, start))
        path, method = self._template(environ), environ["REQUEST_METHOD"].lower()
        if path is not None and method in document()["paths"].get(path, {}):
            ((status, headers),) = begun
            check(path, method, status[:3], Headers(headers), body)
        return [body]

    def _template(self, environ: Environ) -> str | None:
        """The address as the document names it; None where no route has it."""
        try:
            rule, _ = self._app.url_map.bind_to_environ(environ).match(return_rule=True)
        except HTTPException:
            return None
        return re.sub(r"<(?:[^:>]*:)?([^>]*)>", r"{\1}", rule.rule)


def check(path: str, method: str, status: str, headers: Headers, body: bytes) -> None:
    """Whether the document describes an answer. Raises AssertionError."""
    where = f"{method.upper()} {path}, {status}"
    described = document()["paths"][path][method]["responses"].get(status)
    assert described is not None, f"{where} is not described"
    missing = [name for name, header in described.get("headers", {}).items() if header["required"] and name not in headers]
    assert missing == [], f"{where} has no {missing}"
    media_type = headers.get("Content-Type", "").partition(";")[0]
    assert media_type in described.get("content", {"": None}) or not body, f"{where} is {media_type}"
    if media_type.endswith("json") and "Content-Encoding" not in headers:
        validator = _validator(json.dumps(described["content"][media_type]["schema"]))
        errors = [f"{'.'.join(map(str, error.instance_path))}: {error.message}" for error in validator.iter_errors(json.loads(body))]
        assert errors == [], f"{where} is not as described: {errors[:3]}"


@cache
def _validator(schema: str) -> Any:
    return jsonschema_rs.validator_for({**json.loads(schema), "components": document()["components"]}, validate_formats=True)
