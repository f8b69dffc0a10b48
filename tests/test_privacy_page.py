"""The page on which administrators choose what a site shows of its people, and see to what a worker asks for."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from admission import PASSWORD, Admission, admission
from crowds import fill
from flask.testing import FlaskClient

from data_layer.privacy import Level, Privacy


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Admission]:
    """An app with a morning of many people."""
    with admission(tmp_path) as made:
        fill(made)
        yield made


@pytest.fixture
def local(app: Admission) -> FlaskClient:
    """The administrator of the site north."""
    return app.signed_in("local")


def rule(app: Admission, site_id: str = "north") -> Privacy:
    return app.services.sites.get(site_id).privacy


def told(text: str) -> str:
    """What a page says is wrong."""
    found = re.search(r'role="alert">(?:<i[^>]*></i>)?([^<]*)', text)
    return found[1] if found else ""


def test_only_administrators_see_the_sites_that_are_theirs(app: Admission, local: FlaskClient) -> None:
    assert [app.signed_in(login).get("/privacy").status_code for login in ("viewer", "supervisor")] == [403, 403]
    assert ("North" in local.get("/privacy").text, "South" in local.get("/privacy").text) == (True, False)
    assert "Nobody has chosen yet" in local.get("/privacy").text
    for path in ("/privacy/choice/south", "/privacy/forget/south"):
        assert local.post(path, data={"level": "station", "worker_id": "W1", "again": "W1"}).status_code == 404
    assert local.get("/privacy/held/south?worker_id=W1").status_code == 404
    assert not rule(app, "south").chosen


def test_a_choice_holds_and_is_shown(app: Admission, local: FlaskClient) -> None:
    answer = local.post("/privacy/choice/north", data={"level": "team", "smallest_group": "7", "names_for": "supervisor", "purpose": ""})
    assert (answer.status_code, answer.location) == (303, "/privacy?done=privacy")
    assert (rule(app).level, rule(app).smallest_group, rule(app).names_for.name) == (Level.TEAM, 7, "SUPERVISOR")
    text = local.get("/privacy").text
    assert re.search(r'value="team" required checked', text)
    assert 'value="7"' in text
    assert "Nobody has chosen yet" not in text


WRONG = [
    ({}, "What is shown of people: must be chosen."),
    ({"level": "everything"}, "What is shown of people: must be chosen."),
    ({"level": "individual", "purpose": "  "}, "Purpose: say what"),
    ({"level": "team", "smallest_group": "1"}, "Privacy.smallest_group: must be"),
    ({"level": "team", "smallest_group": "many"}, "Privacy.smallest_group: must be"),
    ({"level": "team", "smallest_group": "٥"}, "Privacy.smallest_group: must be"),
    ({"level": "team", "names_for": "camera"}, "Privacy.names_for: must be"),
    ({"level": "individual", "purpose": "x" * 501}, "Privacy.purpose: must be"),
]


def test_what_is_wrong_is_said_and_stays_typed(app: Admission, local: FlaskClient) -> None:
    for form, sentence in WRONG:
        answer = local.post("/privacy/choice/north", data=form)
        assert answer.status_code == 422, form
        assert told(answer.text).startswith(sentence), form
        if form.get("level") == "team":
            assert re.search(r'value="team" required checked', answer.text)
    assert not rule(app).chosen


def test_a_worker_is_handed_what_is_held(local: FlaskClient) -> None:
    answer = local.get("/privacy/held/north?worker_id=W3")
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=worker_W3_")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as zipped:
        assert b"Person Number 3" in zipped.read("worker.csv")
    unknown = local.get("/privacy/held/north?worker_id=nobody")
    assert (unknown.status_code, told(unknown.text)) == (404, "No worker nobody at site north.")


def test_a_worker_is_forgotten_once_the_id_is_typed_twice(app: Admission, local: FlaskClient) -> None:
    for again in ("", "w3", "W4"):
        assert local.post("/privacy/forget/north", data={"worker_id": "W3", "again": again}).status_code == 422
    assert local.get("/privacy/held/north?worker_id=W3").status_code == 200
    answer = local.post("/privacy/forget/north", data={"worker_id": "W3", "again": "W3"})
    assert answer.status_code == 200
    assert "W3 is forgotten" in answer.text
    assert "erased-" in answer.text
    assert local.get("/privacy/held/north?worker_id=W3").status_code == 404
    assert "Person Number 3" not in app.signed_in("chief").get("/api/workers?site_id=north").text


def test_names_and_purposes_are_text(app: Admission, local: FlaskClient) -> None:
    evil = "</textarea><script>alert(1)</script>"
    app.services.sites.put("north", {"name": evil}, app.clock.now())
    local.post("/privacy/choice/north", data={"level": "individual", "purpose": evil})
    text = local.get("/privacy").text
    assert text.count("&lt;script&gt;") == 2
    assert "<script>alert" not in text


def test_the_first_administrator_chooses_for_all_sites(tmp_path: Path) -> None:
    with admission(tmp_path, everybody=False, host="0.0.0.0") as app:
        token = app.services.entry.set_up.token()
        page = app.client().get(f"/set-up/{token}").text
        assert all(f'value="{level}"' in page for level in Level)
        assert "checked" not in page
        form = {"login": "first", "password": PASSWORD, "again": PASSWORD}
        answer = app.client().post(f"/set-up/{token}", data=form | {"purpose": "kept"})
        assert (answer.status_code, told(answer.text)) == (422, "What is shown of people must be chosen.")
        assert "kept" in answer.text
        assert app.client().post(f"/set-up/{token}", data=form | {"level": "team"}).status_code == 303
        assert {site.site_id: site.privacy.level for site in app.services.sites.list()} == dict.fromkeys(("main", "north", "south"), Level.TEAM)
        browser = app.client("first")
        assert browser.get("/audit.csv").text.count(",privacy,") == 3
