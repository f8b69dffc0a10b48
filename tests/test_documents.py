"""What the documents say of settings, routes and requests is so."""

import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
from migrated import empty_database

from app import create_app
from data_layer.settings_json import version_from_json
from data_layer.sites import Site
from ingest.parse import parse_batch, parse_one
from metrics.units import to_micros
from services import start_services
from settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = README + "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))
AFTER_THE_EXAMPLES = to_micros(datetime(2027, 1, 15, tzinfo=UTC))
MAIN = Site("main", "", "UTC", True, False, 0, ((None, "{}"),))
SKIPPED = {".git", ".venv", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__", "data", "fonts"}
SECRET_NEIGHBOUR = "../" + "shared"

REQUEST = re.compile(r"curl -X (\w+) http://127\.0\.0\.1:5000(\S+) [^']*'Content-Type: application/json'[^']*-d '(.*?)'\n", re.DOTALL)
ANSWER = re.compile(r"```json\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")


def requests_to(path):
    """Bodies of the README's curl lines to a path, from top to bottom."""
    return [body for _, address, body in REQUEST.findall(README) if address.startswith(path)]


def test_every_setting_stands_in_the_table_with_its_default():
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", README, re.MULTILINE))
    assert set(rows) == {setting.name.upper() for setting in fields(Settings)}
    usual = Settings()
    plain = {name: rows[name].strip("`") for name in ("HOST", "PORT", "KEY_RATE", "THREADS", "LOG_LEVEL", "LOG_FORMAT")}
    assert plain == {name: str(getattr(usual, name.lower())) for name in plain}
    assert usual.database_url.endswith(rows["DATABASE_URL"].strip("`").partition("<project>")[2])
    assert (rows["CORS_ORIGINS"], usual.cors_origins) == ("none", ())
    assert (rows["FORWARD_SITES"], usual.forward_sites) == ("`main`", (("main", "main"),))
    assert (rows["FORWARD_EVENTS"], usual.forward_events) == ("`no`", False)


@pytest.fixture
def routes(tmp_path):
    """Method and address of every route outside the pages."""
    services = start_services(Settings(database_url=empty_database(tmp_path / "factory.db")))
    try:
        rules = list(create_app(services).server.url_map.iter_rules())
    finally:
        services.close()
    ours = [rule for rule in rules if rule.rule.startswith(("/api/", "/health", "/ready", "/metrics")) and rule.endpoint.partition(".")[0] != "nowhere"]
    return {f"{method} {rule.rule}" for rule in ours for method in rule.methods - {"HEAD", "OPTIONS"}}


def test_every_route_is_named(routes):
    named = {re.sub(r"<[^>]*>", "<>", line) for line in re.findall(r"(?:GET|POST|PUT|DELETE) /[^\s`]*", DOCUMENTS)}
    named |= {"POST /api/events", "POST /api/events/batch"} & {f"{method} {path}" for method, path, _ in REQUEST.findall(README)}
    assert len(routes) > 20
    assert sorted(route for route in routes if re.sub(r"<[^>]*>", "<>", route) not in named) == []
    assert sorted(name for name in named if name not in {re.sub(r"<[^>]*>", "<>", route) for route in routes} and name != "GET /api/sites/main") == []


def test_the_first_event_is_taken():
    (body,) = [body for body in requests_to("/api/events") if body.startswith("{")]
    parsed = parse_one(body.encode(), {"main": MAIN}, AFTER_THE_EXAMPLES)
    assert (len(parsed.events), parsed.rejected) == (1, [])


def test_of_the_batch_only_what_is_said_to_be_refused_is():
    (body,) = requests_to("/api/events/batch")
    parsed = parse_batch(body.encode(), {"main": MAIN}, AFTER_THE_EXAMPLES)
    answer = next(answer for answer in map(json.loads, ANSWER.findall(README)) if "errors" in answer)
    assert (len(parsed.events), parsed.total) == (answer["success_count"], answer["total_count"])
    assert [{"index": one.index, "detail": one.detail} for one in parsed.rejected] == answer["errors"]


def test_the_settings_of_sites_are_settings():
    bodies = [json.loads(body) for body in requests_to("/api/sites/")]
    assert len(bodies) == 2
    assert all(version_from_json(body).shifts for body in bodies)
    # One that is left out goes back to its default, so the example leaves none out.
    assert {"shifts", "exceptions", "signal_timeout_seconds", "min_confidence"} <= set.intersection(*map(set, bodies))


def test_links_lead_somewhere():
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        missing = [link for link in LINK.findall(path.read_text(encoding="utf-8")) if not (path.parent / link).exists()]
        assert missing == [], path.name


def test_nothing_needs_what_lies_beside_the_project():
    texts = (path for path in ROOT.rglob("*") if path.is_file() and not SKIPPED & set(path.relative_to(ROOT).parts[:-1]))
    assert [str(path) for path in texts if SECRET_NEIGHBOUR.encode() in path.read_bytes()] == []
