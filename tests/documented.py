"""The API as its document describes it, and data behind it that gives every answer something to say."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask
from http_api import DAY_SHIFT, NOW, WORKED_EXAMPLE, SettableClock, event

import api as http
from api.openapi import document_of
from services import Services, start_services
from settings import Settings

Wsgi = Callable[..., Iterable[bytes]]


@cache
def document() -> dict[str, Any]:
    """The document, of an app that nobody can ask anything else: routes need services only when they are called."""
    app = Flask("described")
    http.register(app, SimpleNamespace(settings=Settings(), metering=None, entry=None))  # type: ignore[arg-type]
    return document_of(app)


@dataclass
class Served:
    """A WSGI app whose database the test in progress has put behind it."""

    app: Wsgi = field(init=False)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        # Schemathesis asks for compression, and over WSGI undoes none; nor does it say from where it asks.
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        environ.setdefault("REMOTE_ADDR", "127.0.0.1")
        return self.app(environ, start_response)


def fill(folder: Path) -> None:
    """A database with something of everything that the examples of the document ask for.

    Demo data, and on 2026-01-15 the worked example, at a site with shifts; a site with two versions of its settings; a camera;
    in the quarantine an event that can be taken up again (entry 1), one that can't, and a body.
    """
    services = services_on(folder)
    try:
        app = Flask("filling")
        http.register(app, services)
        client = app.test_client()
        calls = [
            client.post("/api/seed"),
            client.put("/api/sites/main", json={"shifts": [DAY_SHIFT], "min_confidence": 0.1}),
            client.post("/api/events/batch", json=[{**one, "camera_id": "CAM-1"} for one in WORKED_EXAMPLE]),
            client.put("/api/sites/north", json={"timezone": "Europe/Berlin", "shifts": [DAY_SHIFT], "exceptions": [{"date": "2026-12-25", "shifts": []}]}),
            client.put("/api/sites/north", json={"valid_from": "2026-07-01", "shifts": [DAY_SHIFT], "signal_timeout_seconds": None}),
            client.put("/api/cameras/CAM-1", json={"name": "Hall 1, north"}),
            client.post("/api/events/batch", json=[event(site_id="south"), event(kind="sleeping"), event(site_id="north", camera_id="CAM-1", sequence=7)]),
            client.post("/api/events", data=b"{", content_type="application/json"),
            client.put("/api/sites/south", json={}),
        ]
        assert [call.status_code for call in calls] == [200, 200, 200, 201, 200, 200, 207, 400, 201]
        assert all(services.refresher.wait(site, 60) for site in ("main", "north"))
    finally:
        services.close()


def services_on(folder: Path) -> Services:
    """Services on the database in a folder, with the clock of the tests."""
    return start_services(Settings(database_url=f"sqlite:///{folder / 'factory.db'}"), SettableClock(NOW))


def copied(folder: Path, to: Path) -> Path:
    """A copy of a database that nobody has open."""
    shutil.copytree(folder, to, dirs_exist_ok=True)
    return to
