"""What every answer tells browsers to refuse."""

import base64
import hashlib
import re
from collections.abc import Iterator

import pytest
from admission import Admission, admission
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from access.web import headers

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    """The whole app, with people at its door."""
    with admission(tmp_path_factory.mktemp("headers")) as made:
        yield made


@pytest.fixture
def chief(app: Admission) -> FlaskClient:
    return app.signed_in("chief")


def rules(answer: TestResponse) -> dict[str, list[str]]:
    """The directives of an answer's policy."""
    [text] = answer.headers.getlist(headers.CSP)
    return {name: sources.split() for name, _, sources in (rule.partition(" ") for rule in text.split("; "))}


def check(answer: TestResponse, where: str) -> None:
    wanted = ALWAYS | ({"Referrer-Policy": "strict-origin"} if "/set-up/" in where else {})
    assert {name: answer.headers.getlist(name) for name in wanted} == {name: [value] for name, value in wanted.items()}, where
    assert [len(answer.headers.getlist(name)) for name in ("Permissions-Policy", "Cache-Control")] == [1, 1], where
    found = rules(answer)
    assert (found["default-src"], found["frame-ancestors"], found["base-uri"]) == (["'none'"], ["'none'"], ["'none'"]), where
    sources = {source for some in found.values() for source in some}
    # No other host, nothing made from texts at run time, no script in the page but those that are known.
    assert {source for source in sources if not source.startswith("'sha256-")} <= {"'none'", "'self'", "'unsafe-inline'", "data:"}, where
    assert "'unsafe-inline'" not in found.get("script-src", []), where


def test_every_route_has_them(app: Admission) -> None:
    asked = 0
    for rule in app.server.url_map.iter_rules():
        path = re.sub(r"<(?:[^<>]*:)?(\w+)>", "1", rule.rule)
        if path.startswith("/live/"):
            continue  # never ends; see below
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "OPTIONS"}):
            if (method, path) == ("POST", "/sign-out"):
                continue
            for client in (app.signed_in("chief"), app.server.test_client()):
                check(client.open(path, method=method), f"{method} {path}")
                asked += 1
    assert asked > 150


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing.txt", 303), ("GET", "/api/nothing", 401), ("PATCH", "/api/events", 401), ("POST", "/api/events", 401)]
)
def test_refusals_have_them(app: Admission, method: str, path: str, status: int) -> None:
    answer = app.server.test_client().open(path, method=method)
    assert answer.status_code == status
    check(answer, path)


def test_a_stream_has_them(chief: FlaskClient) -> None:
    answer = chief.get("/live/north", buffered=False)
    check(answer, "/live")
    answer.close()


def test_the_scripts_in_the_dashboard_are_the_known_ones(app: Admission, chief: FlaskClient) -> None:
    page = chief.get("/")
    inline = re.findall(r'<script(?![^>]*\bsrc=)(?![^>]*type="application/json")[^>]*>(.*?)</script>', page.text, re.DOTALL)
    assert inline
    known = rules(page)["script-src"]
    for script in inline:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in known
    assert "'unsafe-inline'" in rules(page)["style-src"]


@pytest.mark.parametrize("path", ["/sign-in", "/account", "/users", "/keys", "/privacy", "/audit"])
def test_plain_pages_have_neither_scripts_nor_styles_of_their_own(app: Admission, chief: FlaskClient, path: str) -> None:
    answer = (app.server.test_client() if path == "/sign-in" else chief).get(path)
    assert rules(answer)["style-src"] == rules(answer)["script-src"] == ["'self'"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=\"/)", answer.text)
    assert set(re.findall(r'(?:src|href|action)="(\w+:)?//', answer.text)) == set()


def test_data_is_no_page(chief: FlaskClient) -> None:
    for path in ("/api/sites", "/api/nothing", "/health", "/assets/90-app.css"):
        assert rules(chief.get(path)) == {name: ["'none'"] for name in ("default-src", "frame-ancestors", "base-uri", "form-action")}


def test_answers_are_kept_by_nobody_unless_they_say_so(chief: FlaskClient) -> None:
    assert chief.get("/api/sites").headers["Cache-Control"] == "no-store"
    assert chief.get("/api/metrics/factory?site_id=north").headers["Cache-Control"] == "private, no-cache"
    assert chief.get("/").headers["Cache-Control"] == "no-store"
    suite = re.search(r"/_dash-component-suites/[^\"?]+\.v[^\"?]+", chief.get("/").text)
    assert suite is not None
    assert "max-age=" in chief.get(suite[0]).headers["Cache-Control"]


def test_only_tls_is_asked_for_again(app: Admission, chief: FlaskClient, tmp_path) -> None:
    assert "Strict-Transport-Security" not in chief.get("/health").headers
    assert "max-age" in chief.get("/health", base_url="https://localhost").headers["Strict-Transport-Security"]
    assert chief.get("/health", base_url="https://localhost").headers["Cross-Origin-Opener-Policy"] == "same-origin"
    with admission(tmp_path, public_url="https://factory.example") as behind:
        assert "max-age" in behind.server.test_client().get("/health").headers["Strict-Transport-Security"]


def test_a_secret_address_is_not_told_on(app: Admission) -> None:
    assert app.server.test_client().get("/set-up/xyz").headers["Referrer-Policy"] == "strict-origin"
