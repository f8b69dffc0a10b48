"""Who is told no names knows workers by pseudonyms, in every answer and as filters; nothing leads from one to the other."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from admission import Admission, admission
from crowds import WINDOW, choose, fill

from data_layer.privacy import load_privacy, pseudonym, store_privacy

DAY = "site=north&range=custom&from=2026-01-15&to=2026-01-15"
PATHS = [
    "/api/workers?site_id=north",
    f"/api/metrics/workers?{WINDOW}",
    f"/api/metrics/series?{WINDOW}&by=worker&metric=total_units_produced",
    f"/api/timeline?{WINDOW}",
    f"/api/timeline?{WINDOW}&by=workstation",
    "/api/events?site_id=north&limit=100",
    f"/export/workers.csv?{DAY}",
    f"/export/events.csv?{DAY}",
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    """An app with a morning of many people, whose names are for supervisors."""
    with admission(tmp_path_factory.mktemp("pseudonyms")) as made:
        fill(made)
        choose(made, "individual", names_for="supervisor", purpose="training")
        yield made


def called(app: Admission) -> list[str]:
    """What the viewer knows the workers by."""
    return [row["worker_id"] for row in app.signed_in("viewer").get("/api/workers?site_id=north").json]


@pytest.mark.parametrize("path", PATHS)
def test_viewers_are_told_no_names(app: Admission, path: str) -> None:
    answer = app.signed_in("viewer").get(path)
    assert answer.status_code == 200, answer.text
    assert not re.search(r"\bW\d+\b|Person", answer.text)
    assert set(re.findall(r"P-[A-Z2-7]{10}", answer.text)) <= {*called(app)}
    assert re.search(r"P-[A-Z2-7]{10}", answer.text)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("login", ["supervisor", "local", "chief"])
def test_supervisors_are(app: Admission, path: str, login: str) -> None:
    answer = app.signed_in(login).get(path)
    assert answer.status_code == 200
    assert "P-" not in answer.text
    assert "W13" in answer.text


def test_a_read_key_is_a_viewer(app: Admission) -> None:
    answer = app.server.test_client().get(f"/api/metrics/workers?{WINDOW}", **app.with_key(app.key("read")))
    assert answer.status_code == 200
    assert "P-" in answer.text
    assert "W13" not in answer.text


def test_the_order_says_nothing(app: Admission) -> None:
    rows = app.signed_in("viewer").get(f"/api/metrics/workers?{WINDOW}").json
    units = [row["total_units_produced"] for row in rows]
    assert [row["worker_id"] for row in rows] == sorted(called(app))
    assert units != sorted(units)
    assert sorted(units) == list(range(1, 15))


def test_pseudonyms_are_filters_and_ids_are_not(app: Admission) -> None:
    viewer = app.signed_in("viewer")
    for one in called(app):
        [row] = [row for row in viewer.get(f"/api/metrics/workers?{WINDOW}").json if row["worker_id"] == one]
        assert viewer.get(f"/api/metrics/workers/{one}?{WINDOW}").json == row
        events = viewer.get(f"/api/events?site_id=north&worker_id={one}&event_type=product_count").json["events"]
        assert [(event["worker_id"], event["count"]) for event in events] == [(one, row["total_units_produced"])]
    paths = [f"/api/metrics/workers/W1?{WINDOW}", f"/api/metrics/factory?{WINDOW}&worker_id=W1", "/api/events?site_id=north&worker_id=W1"]
    assert [viewer.get(path).status_code for path in paths] == [404, 404, 404]


def test_a_file_of_one_has_the_events_of_one(app: Admission) -> None:
    one = called(app)[0]
    text = app.signed_in("viewer").get(f"/export/events.csv?{DAY}&worker={one}").text
    assert {row["worker_id"] for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))} == {one}


def test_the_same_figures_stand_behind_both(app: Admission) -> None:
    def amounts(login: str) -> list[tuple]:
        rows = app.signed_in(login).get(f"/api/metrics/workers?{WINDOW}").json
        return sorted((row["total_units_produced"], row["total_active_time_hours"], row["event_count"]) for row in rows)

    assert amounts("viewer") == amounts("chief")


def test_the_trail_knows_whose_figures_were_looked_at(app: Admission) -> None:
    one = called(app)[3]
    shown = app.signed_in("viewer").get(f"/api/metrics/workers/{one}?{WINDOW}").json
    assert app.signed_in("viewer").get(f"/api/metrics/workers/W2?{WINDOW}").status_code == 404
    whose = f"W{shown['total_units_produced']}"
    rows = [*csv.DictReader(io.StringIO(app.signed_in("chief").get("/audit.csv").text.lstrip("\ufeff")))]
    looked = {row["subject"] for row in rows if row["action"] == "looked at" and row["actor"] == f"user:{app.ids['viewer']}"}
    assert whose in looked
    assert not any(subject.startswith("P-") for subject in looked)


def test_the_stations_csv_has_no_people(app: Admission) -> None:
    text = app.signed_in("viewer").get(f"/export/workstations.csv?{DAY}").text
    assert [row["station_id"] for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))] == ["S1", "S2", "S3"]


def test_who_is_told_no_names_gives_none(app: Admission) -> None:
    choose(app, "individual", names_for="administrator", purpose="training")
    try:
        for worker in ("W1", called(app)[0], "W99"):
            answer = app.signed_in("supervisor").put(f"/api/workers/{worker}?site_id=north", json={"name": "X"})
            assert answer.status_code == 403
            assert "Person" not in answer.text
    finally:
        choose(app, "individual", names_for="supervisor", purpose="training")
    assert [row["name"] for row in app.signed_in("chief").get("/api/workers?site_id=north").json if row["worker_id"] == "W1"] == ["Person Number 1"]


def test_an_answer_kept_by_a_browser_is_for_its_rights_alone(app: Admission) -> None:
    path = f"/api/metrics/workers?{WINDOW}"
    tags = [app.signed_in(login).get(path).headers["ETag"] for login in ("viewer", "supervisor")]
    assert tags[0] != tags[1]
    assert app.signed_in("viewer").get(path, headers={"If-None-Match": tags[1]}).status_code == 200
    assert app.signed_in("viewer").get(path, headers={"If-None-Match": tags[0]}).status_code == 304


def test_pseudonyms_differ_by_site(app: Admission) -> None:
    with app.services.database.read() as connection:
        north = load_privacy(connection, "north")
    with app.services.database.write() as connection:
        store_privacy(connection, "south", north)
        south = load_privacy(connection, "south")
    assert pseudonym("north", north, "W1") != pseudonym("south", south, "W1")
    assert north.secret not in repr(north)
