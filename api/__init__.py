"""The HTTP interface: one blueprint a resource, errors as problem+json."""

from flask import Blueprint, Flask, request
from flask_cors import CORS
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from api import demo, events, health, metrics, problems, quarantine, registered, sites
from services import Services

_UNDER_API = (events, metrics, registered, sites, quarantine, demo)


def register(app: Flask, services: Services) -> None:
    """Put the API on a Flask app."""
    app.extensions["services"] = services
    # What is read is bounded before it is read.
    app.config["MAX_CONTENT_LENGTH"] = events.MOST_BYTES
    problems.register(app)
    for module in _UNDER_API:
        app.register_blueprint(module.bp, url_prefix="/api")
    app.register_blueprint(health.bp)
    app.register_blueprint(_nowhere(app), url_prefix="/api")
    if services.settings.cors_origins:
        CORS(app, resources={"/api/*": {"origins": list(services.settings.cors_origins)}}, expose_headers=["Data-Revision", "Data-Stale", "Retry-After"])


def _nowhere(app: Flask) -> Blueprint:
    """Unknown addresses under /api, which Dash would answer with its page, and known ones with another method."""
    bp = Blueprint("nowhere", __name__)
    real = Map([Rule(rule.rule, methods=rule.methods, endpoint=rule.endpoint) for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")])

    def nowhere(path: str = "") -> None:
        allowed = real.bind("").allowed_methods(request.path)
        if allowed:
            raise MethodNotAllowed(allowed, f"{request.method} is not possible here.")
        raise NotFound(f"There is nothing at /api/{path}.")

    for rule in ("/", "/<path:path>"):
        bp.add_url_rule(rule, "nowhere", nowhere, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    return bp
