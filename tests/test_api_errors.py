"""Errors under /api: problem+json with one readable sentence, whatever goes wrong; and who may call from a browser."""

import dataclasses
import io
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from http_api import Api, assert_problem, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

import api as http
from app import create_app
from ingest.writer import Unavailable, Writer
from services import Services

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"]
ROUTES = {
    "/api/events": {"GET", "HEAD", "POST"},
    "/api/events/batch": {"POST"},
    "/api/seed": {"POST", "DELETE"},
    "/api/workers": {"GET", "HEAD"},
    "/api/workers/W1": {"DELETE", "PUT"},
    "/api/workstations/S1": {"PUT"},
    "/api/cameras/C1": {"PUT"},
    "/api/metrics/factory": {"GET", "HEAD"},
    "/api/metrics/workers/W1": {"GET", "HEAD"},
    "/api/quarantine": {"GET", "HEAD"},
    "/api/quarantine/1/replay": {"POST"},
    "/api/sites": {"GET", "HEAD"},
    "/api/sites/main": {"GET", "HEAD", "PUT"},
}
OTHER_BODIES = [("text/plain", {}), ("", {}), ("application/xml", {}), ("application/json", {"Content-Encoding": "br"})]


@pytest.fixture
def pages(services: Services) -> FlaskClient:
    """The API beside the pages, which answer every address that nobody else does."""
    return create_app(services).server.test_client()


def allowed(answer) -> set[str]:
    return {method.strip() for method in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nothing", "/api/workers/W1/", "/api/metrics", "/api/events/", "/api/sites/main/", "/api//sites", "/api/sites//"]
)
def test_unknown_addresses(api: Api, path: str) -> None:
    for method in METHODS:
        assert_problem(api.client.open(path, method=method), 404, "nothing at", path)
    assert api.client.options(path).status_code == 404
    assert api.client.head(path).status_code == 404


@pytest.mark.parametrize(("path", "methods"), ROUTES.items())
def test_other_methods(api: Api, path: str, methods: set[str]) -> None:
    for method in set(METHODS) - methods:
        answer = api.client.open(path, method=method)
        assert_problem(answer, 405, method)
        assert allowed(answer) == methods
    options = api.client.options(path)
    assert options.status_code == 204
    assert allowed(options) == methods | {"OPTIONS"}


def test_beside_the_pages(pages: FlaskClient) -> None:
    assert pages.get("/").content_type.startswith("text/html")
    assert_problem(pages.get("/api/nothing"), 404, "/api/nothing")
    assert_problem(pages.post("/api/nothing"), 404, "/api/nothing")
    assert_problem(pages.get("/api/events/batch"), 405)
    for path in ("/api", "/api//sites", "/api/", "/api/sites/"):
        assert_problem(pages.get(path), 404, path)
    assert pages.get("/api/sites").status_code == 200
    # Dash's own, which its scripts ask.
    assert_problem(pages.post("/_dash-update-component", data=b"{", content_type="application/json"), 403)


@pytest.mark.parametrize("path", ["/api/events", "/api/events/batch"])
@pytest.mark.parametrize("body", [b"", b"{", b"hello", b"\xff\xfe", b"[" * 100_000])
def test_400(api: Api, path: str, body: bytes) -> None:
    assert_problem(api.client.post(path, data=body, content_type="application/json"), 400, "body")


@pytest.mark.parametrize(("content_type", "headers"), OTHER_BODIES)
@pytest.mark.parametrize(("method", "path"), [("POST", "/api/events"), ("POST", "/api/events/batch"), ("PUT", "/api/sites/main"), ("PUT", "/api/workers/W1")])
def test_415(api: Api, method: str, path: str, content_type: str, headers: dict[str, str]) -> None:
    assert_problem(api.client.open(path, method=method, data=b"{}", content_type=content_type, headers=headers), 415, "end")
    assert api.quarantined() == []


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_content_types_by_their_meaning(api: Api, content_type: str) -> None:
    assert api.client.post("/api/events", data=json.dumps(event()), content_type=content_type).status_code == 201


class Endless(io.RawIOBase):
    """A body without an end."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self.taken += len(buffer)
        buffer[:] = b" " * len(buffer)
        return len(buffer)


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/events"), ("POST", "/api/events/batch"), ("PUT", "/api/sites/main"), ("PUT", "/api/workers/W1")])
def test_413_by_content_length(api: Api, method: str, path: str) -> None:
    body = Endless()
    environment = {"wsgi.input": body, "CONTENT_LENGTH": str(8 * 1024 * 1024 + 2)}
    assert_problem(api.client.open(path, method=method, content_type="application/json", environ_overrides=environment), 413, "8,388,608 bytes")
    assert body.taken == 0
    assert api.quarantined() == []


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/events"), ("POST", "/api/events/batch"), ("PUT", "/api/sites/main")])
def test_413_while_reading_chunks(api: Api, method: str, path: str) -> None:
    body = Endless()
    environment = {"wsgi.input": body, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    assert_problem(api.client.open(path, method=method, content_type="application/json", environ_overrides=environment), 413, "8,388,608 bytes")
    assert body.taken < 9 * 1024 * 1024


@pytest.mark.parametrize(("size", "status"), [(8 * 1024 * 1024, 200), (8 * 1024 * 1024 + 1, 413)])
def test_the_limit_to_the_byte(api: Api, size: int, status: int) -> None:
    body = b"[" + b" " * (size - 2) + b"]"
    assert api.client.post("/api/events/batch", data=body, content_type="application/json").status_code == status


def test_500_tells_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret: SELECT * FROM passwords in /home/me/app.py")

    monkeypatch.setattr(type(api.services.metrics), "read", fail)
    answer = api.get("/api/metrics/factory")
    assert_problem(answer, 500, "went wrong")
    assert "secret" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/api/events", "/api/events/batch"])
def test_503_from_the_writer(api: Api, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Unavailable("More events are waiting than can be taken in now.", retry_after=3)

    monkeypatch.setattr(Writer, "submit", refuse)
    answer = api.client.post(path, json=[event()] if path.endswith("batch") else event())
    assert_problem(answer, 503, "waiting")
    assert answer.headers["Retry-After"] == "3"


@pytest.mark.parametrize("error", [OperationalError("SELECT secret FROM events", {}, Exception("database is locked")), PoolTimeout("QueuePool limit reached")])
def test_503_from_the_database(api: Api, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(type(api.services.metrics), "read", fail)
    answer = api.get("/api/metrics/factory")
    assert_problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0


def test_503_when_the_disk_is_full(api: Api) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    api.services.writer.store.store = fail
    answer = api.post(event())
    assert_problem(answer, 503, "cannot store")
    assert int(answer.headers["Retry-After"]) > 0
    del api.services.writer.store.store
    assert api.post(event()).status_code == 201


def test_503_when_stopping(api: Api) -> None:
    api.services.writer.stop()
    answer = api.post(event())
    assert_problem(answer, 503, "stopping")
    assert "Retry-After" in answer.headers
    ready = api.get("/ready")
    assert (ready.status_code, ready.json["writer"], ready.json["database"]) == (503, "the writer's thread has ended", "ready")
    assert api.get("/health").json == {"status": "healthy"}


def test_health_and_ready(api: Api) -> None:
    assert api.get("/health").json == {"status": "healthy"}
    assert api.get("/ready").json["status"] == "ready"
    assert_problem(api.client.post("/health"), 405)


def test_other_origins_are_off_by_default(api: Api) -> None:
    answer = api.client.get("/api/sites", headers={"Origin": "https://floor.example.com"})
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_listed_origins_may_call(services: Services) -> None:
    server = Flask("factory")
    settings = dataclasses.replace(services.settings, cors_origins=("https://floor.example.com",))
    http.register(server, dataclasses.replace(services, settings=settings))
    client = server.test_client()
    origin = {"Origin": "https://floor.example.com"}
    answer = client.get("/api/metrics/factory", headers=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://floor.example.com"
    assert "Data-Revision" in answer.headers["Access-Control-Expose-Headers"]
    asked = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    preflight = client.options("/api/events", headers=asked)
    assert preflight.status_code in (200, 204)
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://floor.example.com"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Headers"] == "content-type"
    # Problems can be read from there too.
    assert client.get("/api/nothing", headers=origin).headers["Access-Control-Allow-Origin"] == "https://floor.example.com"
    for other in ("https://evil.example.com", "https://floor.example.com.evil.com", "null", "http://floor.example.com"):
        assert "Access-Control-Allow-Origin" not in client.get("/api/sites", headers={"Origin": other}).headers
