"""The HTTP interface: one blueprint a resource, errors as problem+json."""

from flask import Flask
from flask_cors import CORS

from api import demo, events, health, metrics, nowhere, problems, quarantine, registered, sites
from api.body import BYTES_READ
from services import Services

_UNDER_API = (events, metrics, registered, sites, quarantine, demo)


def register(app: Flask, services: Services) -> None:
    """Put the API on a Flask app."""
    app.extensions["services"] = services
    # What is read is bounded before it is read.
    app.config["MAX_CONTENT_LENGTH"] = BYTES_READ
    problems.register(app)
    for module in _UNDER_API:
        app.register_blueprint(module.bp, url_prefix="/api")
    app.register_blueprint(health.bp)
    nowhere.register(app)
    if services.settings.cors_origins:
        CORS(app, resources={"/api/*": {"origins": list(services.settings.cors_origins)}}, expose_headers=["Data-Revision", "Data-Stale", "Retry-After"])
