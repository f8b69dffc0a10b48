"""What no route under /api answers: unknown addresses, which Dash would answer with its page, and known ones with another method."""

from functools import cache

from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule


def register(app: Flask) -> None:
    """Answer every other request under /api, whatever its method; to be called after all routes are registered."""

    @cache
    def real() -> Map:
        """The routes under /api alone, made when somebody misses them first."""
        rules = [Rule(rule.rule, methods=rule.methods, endpoint=rule.endpoint) for rule in app.url_map.iter_rules() if _under_api(rule.rule)]
        return Map(rules, merge_slashes=False, converters=app.url_map.converters)

    @app.before_request
    def nowhere() -> Response | None:
        if not _under_api(request.path) or (request.url_rule is not None and _under_api(request.url_rule.rule)):
            return None
        allowed = sorted(real().bind("").allowed_methods(request.path))
        if not allowed or request.method in allowed:  # a rule may fit and its id be none: one of 99 digits
            raise NotFound(f"There is nothing at {request.path}.")
        if request.method == "OPTIONS":
            return Response(status=204, headers={"Allow": ", ".join([*allowed, "OPTIONS"])})
        raise MethodNotAllowed(allowed, f"{request.method} is not possible here, only {', '.join(allowed)}.")


def _under_api(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")
