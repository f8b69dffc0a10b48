"""The HTTP interface: one blueprint a resource, errors as problem+json."""

from flask import Flask
from flask_compress import Compress
from flask_cors import CORS

from access.web import gate
from api import (
    cameras,
    demo,
    documentation,
    events,
    every_request,
    health,
    metering,
    metrics,
    models,
    nowhere,
    people,
    privacy,
    problems,
    quarantine,
    raw_events,
    registered,
    site_sums,
    sites,
)
from api.body import BYTES_READ
from api.identifiers import IdConverter
from services import Services

_UNDER_API = (events, raw_events, metrics, registered, cameras, models, sites, site_sums, privacy, people, quarantine, demo, documentation)


def register(app: Flask, services: Services) -> None:
    """Put the API on a Flask app."""
    app.extensions["services"] = services
    # What is read is bounded before it is read.
    app.config["MAX_CONTENT_LENGTH"] = BYTES_READ
    app.url_map.converters["id"] = IdConverter
    Compress(app)
    every_request.register(app, services.metering)
    gate.register(app, services.entry, services.settings.cors_origins)
    problems.register(app)
    for module in _UNDER_API:
        app.register_blueprint(module.bp, url_prefix="/api")
    app.register_blueprint(health.bp)
    app.register_blueprint(metering.bp)
    nowhere.register(app)
    if services.settings.cors_origins:
        CORS(
            app,
            resources={"/api/*": {"origins": list(services.settings.cors_origins)}},
            expose_headers=["Data-Revision", "Data-Sealed-Before", "Data-Stale", "ETag", "Link", "Retry-After", "X-Request-ID"],
        )
