"""What a site shows of its people at each level: by every way that leads to figures."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from admission import Admission, admission
from crowds import ROLES, WINDOW, choose, fill
from http_api import event


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    """An app with a morning of many people."""
    with admission(tmp_path_factory.mktemp("levels")) as made:
        fill(made)
        yield made


@pytest.fixture(params=["viewer", "supervisor", "local"])
def client(app: Admission, request: pytest.FixtureRequest):
    """Somebody of each role at the site."""
    return app.signed_in(request.param)


ABOUT_PEOPLE = [
    f"/api/metrics/workers?{WINDOW}",
    f"/api/metrics/workers/W1?{WINDOW}",
    f"/api/metrics/workers/nobody?{WINDOW}",
    f"/api/metrics/factory?{WINDOW}&worker_id=W1",
    f"/api/metrics/factory?{WINDOW}&worker_id=nobody",
    f"/api/metrics/workstations?{WINDOW}&worker_id=W1",
    f"/api/metrics/workstations/S1?{WINDOW}&worker_id=W1",
    f"/api/metrics/series?{WINDOW}&by=worker",
    f"/api/metrics/series?{WINDOW}&worker_id=W1",
    f"/api/timeline?{WINDOW}",
    f"/api/timeline?{WINDOW}&by=workstation&worker_id=W1",
    "/api/events?site_id=north&worker_id=W1",
    "/export/workers.csv?site=north&range=all",
    "/export/events.csv?site=north&range=all&worker=W1",
]
SHORT = [
    f"/api/metrics/series?{WINDOW}&bucket=15m",
    f"/api/timeline?{WINDOW}&by=workstation",
    "/api/events?site_id=north",
    "/export/events.csv?site=north&range=all",
]
SUMS = [
    f"/api/metrics/factory?{WINDOW}",
    f"/api/metrics/factory?{WINDOW}&station_id=S1",
    f"/api/metrics/workstations?{WINDOW}",
    f"/api/metrics/workstations/S3?{WINDOW}",
    f"/api/metrics/series?{WINDOW}",
    f"/api/metrics/series?{WINDOW}&by=workstation",
    "/export/workstations.csv?site=north&range=all",
]


def names_anybody(text: str) -> bool:
    return re.search(r"\bW\d+\b|Person", text) is not None


@pytest.mark.parametrize("level", ["team", "station"])
@pytest.mark.parametrize("path", ABOUT_PEOPLE)
def test_single_people_are_not_shown(app: Admission, client, level: str, path: str) -> None:
    choose(app, level)
    answer = client.get(path)
    assert answer.status_code == 403, answer.text
    assert answer.json["detail"].startswith("Site north shows ")
    assert not names_anybody(answer.text)


@pytest.mark.parametrize("path", SHORT)
def test_moments_are_stations_alone(app: Admission, client, path: str) -> None:
    choose(app, "team")
    assert client.get(path).status_code == 403
    choose(app, "station")
    answer = client.get(path)
    assert answer.status_code == 200
    assert not names_anybody(answer.text)


@pytest.mark.parametrize("level", ["team", "station"])
@pytest.mark.parametrize("path", SUMS)
def test_sums_name_nobody(app: Admission, client, level: str, path: str) -> None:
    choose(app, level)
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert not names_anybody(answer.text)


@pytest.mark.parametrize("path", [*ABOUT_PEOPLE, *SHORT, *SUMS])
def test_everything_is_shown_of_individuals(app: Admission, client, path: str) -> None:
    choose(app, "individual", purpose="training")
    assert client.get(path).status_code == (404 if "nobody" in path else 200)


def test_who_is_registered_is_for_administrators(app: Admission) -> None:
    for level, statuses in {"team": [403, 403, 200], "station": [403, 403, 200], "individual": [200, 200, 200]}.items():
        choose(app, level)
        assert [app.signed_in(login).get("/api/workers?site_id=north").status_code for login in ROLES] == statuses


# Team


def factory(app: Admission, more: str = "", window: str = WINDOW) -> dict:
    return app.signed_in("viewer").get(f"/api/metrics/factory?{window}{more}").json


def test_a_team_is_summed_in_the_hours_of_enough_people(app: Admission) -> None:
    choose(app, "individual")
    # Without the morning's last hour, of three people alone.
    whole = factory(app, window=WINDOW.replace("12:00", "10:00"))
    choose(app, "team")
    told = factory(app)
    assert told["total_productive_time_hours"] == whole["total_productive_time_hours"] == 28.0
    assert told["total_production_count"] == whole["total_production_count"] == sum(range(1, 15))
    assert told["average_utilization_percentage"] is None
    assert told["privacy"] == {"level": "team", "smallest_group": 5, "hours_left_out": 2}


def test_a_team_of_too_few_is_no_zero(app: Admission) -> None:
    choose(app, "team")
    late = factory(app, window=WINDOW.replace("08:00", "10:00"))
    figures = {name: value for name, value in late.items() if name not in ("site_id", "worker_count", "station_count", "privacy")}
    assert set(figures.values()) == {None}
    choose(app, "team", smallest_group=3)
    assert factory(app, window=WINDOW.replace("08:00", "10:00"))["total_productive_time_hours"] == 3.0


@pytest.mark.parametrize(
    ("stations", "hours"),
    [
        ("S1", 14.0),
        ("S2", None),
        ("S3", None),
        ("S2&station_id=S3", 14.0),
        ("S1&station_id=S2", None),
        ("S1&station_id=S2&station_id=S3", 28.0),
    ],
)
def test_the_rest_of_a_team_cannot_be_subtracted(app: Admission, stations: str, hours: float | None) -> None:
    choose(app, "team")
    assert factory(app, f"&station_id={stations}")["total_productive_time_hours"] == hours


def test_stations_are_shown_where_they_are_a_group(app: Admission) -> None:
    choose(app, "team")
    rows = app.signed_in("viewer").get(f"/api/metrics/workstations?{WINDOW}").json
    # S1 is a group in two hours of four, and has too few in one.
    assert [(row["station_id"], row["occupancy_time_hours"], row["total_units_produced"]) for row in rows] == [
        ("S1", 2.0, 28),
        ("S2", None, None),
        ("S3", None, None),
    ]
    assert app.signed_in("viewer").get(f"/api/metrics/workstations/S1?{WINDOW}").json == rows[0]


def test_a_series_has_the_same_hours(app: Admission) -> None:
    choose(app, "team")
    [block] = app.signed_in("viewer").get(f"/api/metrics/series?{WINDOW}&metric=total_productive_time_hours&metric=total_production_count").json["sites"]
    assert block["rows"][0]["values"] == {"total_productive_time_hours": [14.0, 14.0, None, None], "total_production_count": [0, 105, None, None]}
    [block] = app.signed_in("viewer").get(f"/api/metrics/series?{WINDOW}&by=workstation&metric=occupancy_time_hours").json["sites"]
    assert [row["values"]["occupancy_time_hours"] for row in block["rows"]] == [[1.0, 1.0, None, 0.0], [None, None, 0.0, 0.0], [None, None, 0.0, 0.0]]


def test_later_moments_tell_no_more(tmp_path: Path) -> None:
    """What one person's open state adds by and by is that person's."""
    with admission(tmp_path) as own:
        fill(own)
        assert own.signed_in("chief").post("/api/events", json=event("2026-01-15T09:50:00Z", worker="W20", site_id="north")).status_code == 201
        assert own.services.refresher.wait("north", 30)
        moments = ["", *(f"&as_of=2026-01-15T{hour}:00:00Z" for hour in (11, 12, 15))]
        assert len({str(factory(own, moment)) for moment in moments}) > 1
        choose(own, "team", smallest_group=3)
        assert len({str(factory(own, moment)) for moment in moments}) == 1


# Station


def test_stations_are_shown_without_people(app: Admission) -> None:
    choose(app, "individual")
    rows = app.signed_in("viewer").get(f"/api/metrics/workstations?{WINDOW}").json
    choose(app, "station")
    assert app.signed_in("viewer").get(f"/api/metrics/workstations?{WINDOW}").json == rows
    told = factory(app)
    assert (told["total_production_count"], told["station_count"], told["total_productive_time_hours"]) == (sum(range(1, 15)), 3, None)
    assert told["privacy"] == {"level": "station", "smallest_group": None, "hours_left_out": None}


def test_a_lane_does_not_tell_who_comes_and_goes(app: Admission) -> None:
    choose(app, "station")
    lanes = app.signed_in("viewer").get(f"/api/timeline?{WINDOW}&by=workstation").json["lanes"]
    seen = [[(one["state"], one["start"][11:16], one["worker_ids"]) for one in lane["intervals"] if one["state"] != "no_signal"] for lane in lanes]
    assert seen == [[("working", "08:00", [])], [("working", "08:00", [])], [("working", "08:00", [])]]


def test_events_are_nobodys(app: Admission) -> None:
    choose(app, "station")
    rows = app.signed_in("local").get("/api/events?site_id=north&limit=100").json["events"]
    assert len(rows) == 45
    assert {(row["worker_id"], row["client_event_id"]) for row in rows} == {(None, None)}


# Several sites


def test_sites_of_several_levels_are_summed_as_far_as_each_shows(app: Admission) -> None:
    choose(app, "team")
    chief = app.signed_in("chief")
    both = chief.get(f"/api/metrics/factory?{WINDOW}&site_id=south").json
    assert both["total_productive_time_hours"] == 28.0
    assert [one.get("privacy", {}).get("level") for one in both["sites"]] == ["team", None]
    assert chief.get(f"/api/metrics/workers?{WINDOW}&site_id=south").status_code == 403


# Choosing


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "level"),
        ({"level": "nobody"}, "level"),
        ({"level": "team", "smallest_group": 1}, "smallest_group"),
        ({"level": "team", "smallest_group": 2.5}, "smallest_group"),
        ({"level": "team", "smallest_group": True}, "smallest_group"),
        ({"level": "team", "names_for": "camera"}, "names_for"),
        ({"level": "team", "purpose": "x" * 501}, "purpose"),
        ({"level": "team", "purpose": 3}, "purpose"),
        ({"level": "team", "secret": "x"}, "secret"),
    ],
)
def test_what_cannot_be_chosen(app: Admission, change: dict, field: str) -> None:
    answer = app.signed_in("local").put("/api/privacy/north", json=change)
    assert answer.status_code == 422
    assert field in answer.json["detail"]


def test_only_administrators_choose_and_it_is_noted(app: Admission) -> None:
    choose(app, "station", purpose="because of Person Number 3")
    for login in ("viewer", "supervisor"):
        assert app.signed_in(login).put("/api/privacy/north", json={"level": "individual"}).status_code == 403
    assert app.signed_in("local").put("/api/privacy/south", json={"level": "individual"}).status_code == 404
    shown = app.signed_in("viewer").get("/api/privacy/north").json
    assert shown == {
        "site_id": "north",
        "level": "station",
        "smallest_group": 5,
        "names_for": "viewer",
        "purpose": "because of Person Number 3",
        "chosen": True,
    }
    trail = app.signed_in("chief").get("/audit.csv").text
    assert '""level"":""station""' in trail
    assert "Person" not in trail


def test_the_other_site_has_not_chosen(app: Admission) -> None:
    assert app.signed_in("chief").get("/api/privacy/south").json["chosen"] is False


# The quarantine


def test_what_was_refused_names_nobody(app: Admission) -> None:
    choose(app, "individual")
    refused = app.signed_in("chief").post("/api/events", json={"site_id": "north", "worker_id": "W13", "event_type": "sleeping"})
    assert refused.status_code == 422
    for level, logins in {"individual": {"supervisor": True, "local": True}, "team": {"supervisor": False, "local": True}}.items():
        choose(app, level)
        for login, is_told in logins.items():
            [entry] = app.signed_in(login).get("/api/quarantine?site_id=north").json
            assert ("W13" in entry["payload"], bool(entry["reason"])) == (is_told, True)
    choose(app, "individual", names_for="administrator")
    assert "W13" not in app.signed_in("supervisor").get("/api/quarantine?site_id=north").text
