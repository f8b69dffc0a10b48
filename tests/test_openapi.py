"""The OpenAPI document: whole, well-formed, and drawn from the same declarations as the routes."""

import inspect
import json
import pkgutil
import re
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from documented import document
from flask import Flask
from http_api import Api, assert_problem
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core
from msgspec import Struct
from werkzeug.datastructures import MultiDict

import api as http
from api import schemas
from api.parameters import names_of
from api.window import moment_of
from app import create_app
from services import Services

METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """The document."""
    return document()


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, operation) for path, methods in described["paths"].items() for method, operation in methods.items()]


def referred_to(schema: Any) -> set[str]:
    """The shapes that a schema names."""
    return set(re.findall(r'"\$ref": "#/components/schemas/([^"]*)"', json.dumps(schema)))


def test_every_route_is_described(services: Services, described: dict[str, Any]) -> None:
    rules = create_app(services).server.url_map.iter_rules()
    ours = [rule for rule in rules if rule.rule.startswith(("/api", "/health", "/ready", "/metrics"))]
    served = {(re.sub(r"<(?:[^:>]*:)?([^>]*)>", r"{\1}", rule.rule), method.lower()) for rule in ours for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert len(served) > 20
    assert served == {(path, method) for path, method, _ in operations(described)}


def test_every_operation_says_what_it_is(described: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in described["tags"]}
    for path, method, operation in operations(described):
        where = f"{method} {path}"
        assert operation["summary"].endswith("."), where
        assert set(operation["tags"]) <= tags, where
        assert len(operation["tags"]) == 1, where
        assert any(status.startswith("2") for status in operation["responses"]), where
        assert "500" in operation["responses"], where
        assert all(answer["description"] for answer in operation["responses"].values()), where
        assert all(parameter["description"] for parameter in operation["parameters"]), where
        assert all("example" in body for body in operation.get("requestBody", {}).get("content", {}).values()), where
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(set(ids)) == len(ids)


def test_errors_are_problems(described: dict[str, Any]) -> None:
    for path, method, operation in operations(described):
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and (path, status) != ("/ready", "503"):
                assert list(answer["content"]) == ["application/problem+json"], f"{method} {path}: {status}"


def test_every_field_is_explained(described: dict[str, Any]) -> None:
    for name, shape in described["components"]["schemas"].items():
        for field, schema in shape.get("properties", {}).items():
            explained = {"description", "const", "enum", "$ref"} & set(schema) or "enum" in json.dumps(schema)
            assert explained, f"{name}.{field}"


def test_references_lead_somewhere(described: dict[str, Any]) -> None:
    assert referred_to(described) <= set(described["components"]["schemas"])


def test_answers_have_no_other_fields(described: dict[str, Any]) -> None:
    """Or an answer with an undescribed field would conform to its description."""
    shapes = described["components"]["schemas"]
    answered: set[str] = set()
    found = {name for _, _, operation in operations(described) for name in referred_to(operation["responses"])}
    while found:
        answered |= found
        found = {name for shape in found for name in referred_to(shapes[shape])} - answered
    assert len(answered) > 20
    # The document itself is described by the standard.
    for name in sorted(answered - {"Document"}):
        assert "properties" not in shapes[name] or shapes[name]["additionalProperties"] is False, name


def test_names_of_shapes_differ() -> None:
    modules = [import_module(f"api.schemas.{module.name}") for module in pkgutil.iter_modules(schemas.__path__)]
    shapes = [shape for module in modules for _, shape in inspect.getmembers(module, inspect.isclass) if issubclass(shape, Struct) and shape is not Struct]
    by_name: dict[str, type] = {}
    for shape in shapes:
        assert by_name.setdefault(shape.__name__, shape) is shape


def test_parameters_are_those_that_the_routes_take(services: Services) -> None:
    """Each parameter of the document is taken, and no other; what may be given several times is a list there."""
    app = Flask("factory")
    http.register(app, services)
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        query = getattr(app.view_functions[rule.endpoint], "described", None) and app.view_functions[rule.endpoint].described.query
        if query is None:
            assert not rule.rule.startswith("/api"), f"{rule.rule} does not say which parameters it takes"
            continue
        known, lists = names_of(query)
        path = re.sub(r"<[^>]*>", "1", rule.rule)
        (method,) = rule.methods - {"HEAD", "OPTIONS"}
        assert_problem(client.open(path, method=method, query_string={"sight_id": "x"}), 422, "sight_id: is not a parameter")
        for name in known:
            twice = client.open(path, method=method, query_string={name: ["1", "2"]})
            once = client.open(path, method=method, query_string={name: "1"})
            assert (twice.is_json and "may be given only once" in twice.json.get("detail", "")) == (name not in lists), f"{method} {rule.rule}: {name}"
            assert_problem(client.open(path, method=method, query_string={name: ""}), 422, f"{name}: is empty")
            assert "is not a parameter" not in once.get_data(as_text=True), f"{method} {rule.rule}: {name}"


@core(200)
@given(st.data())
def test_every_time_that_fits_its_description_is_read(data: st.DataObject) -> None:
    (described,) = [parameter for parameter in document()["paths"]["/api/metrics/factory"]["get"]["parameters"] if parameter["name"] == "from"]
    text = data.draw(st.from_regex(described["schema"]["pattern"], fullmatch=True).filter(is_in_the_calendar))
    assert moment_of(MultiDict({"from": text}), "from", "Europe/Berlin") is not None


def is_in_the_calendar(text: str) -> bool:
    """Not 31 April; and not so early or so late that a time zone leads out of the years that are taken."""
    if text[:10] in ("2000-01-01", "2099-12-31"):
        return False
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def test_two_apps_have_a_document_each(services: Services) -> None:
    small, large = Flask("small"), Flask("large")
    http.register(small, services)
    http.register(large, services)
    first, second = (app.test_client().get("/api/openapi.json") for app in (small, large))
    assert first.status_code == second.status_code == 200
    assert first.json == second.json
    assert "openapi" in small.extensions
    assert small.extensions["openapi"] is not large.extensions["openapi"]


def test_the_page_needs_no_other_host(services: Services) -> None:
    client = create_app(services).server.test_client()
    page = client.get("/api/docs")
    assert page.content_type == "text/html; charset=utf-8"
    text = page.get_data(as_text=True)
    assert "//" not in re.sub(r"<!--.*?-->", "", text).replace("<!doctype", "")
    # Nothing stands in the page that a content security policy would have to allow.
    assert not re.search(r"<script(?![^>]*src=)|<style|style=| on[a-z]+=", text)
    for address in re.findall(r'(?:src|href)="\.\.(/[^"]*)"', text):
        assert client.get(address).status_code == 200, address


def test_the_dashboard_does_not_load_the_page(services: Services) -> None:
    assert "api-docs" not in create_app(services).server.test_client().get("/").get_data(as_text=True)


def test_the_document_over_http(api: Api, described: dict[str, Any]) -> None:
    answer = api.get("/api/openapi.json")
    assert answer.content_type == "application/json"
    assert answer.json == json.loads(json.dumps(described))
    assert answer.json["openapi"].startswith("3.")
