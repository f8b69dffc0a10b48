"""What Prometheus is told: counts that follow what happened, gauges that say how things stand, labels that stay few."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from exposed import families, labels_of, samples, value
from flask import Flask
from flask.testing import FlaskClient
from http_api import Api, event
from migrated import empty_database
from server_process import until
from sqlalchemy.exc import OperationalError

import api as http
from app import create_app
from services import Services, start_services
from settings import ROOT, Settings
from watching.metering import reason_of

COUNTED = {
    "stored": "factory_events_stored_total",
    "repeated": "factory_events_repeated_total",
    "rejected": "factory_events_rejected_total",
    "unreadable": "factory_bodies_unreadable_total",
    "commits": "factory_commit_duration_seconds_count",
    "failures": "factory_commit_failures_total",
}
REQUESTS = "factory_http_request_duration_seconds_count"


def counted(services: Services) -> dict[str, float]:
    """The counts so far, rejections by the field that was wrong; without those that are zero."""
    found: dict[str, float] = {}
    for (name, labels), number in samples(services).items():
        for short, long in COUNTED.items():
            if name == long and number:
                found[" ".join([short, *(label for _, label in labels)])] = number
    return found


def requests(services: Services) -> dict[tuple[str, str, str], float]:
    """Requests so far, by method, route and status."""
    return {(labels["method"], labels["route"], labels["status"]): value(services, REQUESTS, **labels) for labels in labels_of(services, REQUESTS)}


@contextmanager
def held_up(services: Services, monkeypatch: pytest.MonkeyPatch, at: str) -> Iterator[None]:
    """A step of the refresher that doesn't end before the block does; what went before is done."""
    assert services.refresher.wait("main", 60)
    begun, enough = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        begun.set()
        assert enough.wait(60)

    monkeypatch.setattr(at, hang)
    try:
        services.refresher.notify({"main"})
        assert begun.wait(60)
        yield
    finally:
        monkeypatch.undo()
        enough.set()
        assert services.refresher.wait("main", 60)


# Events


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([[event()]], {"stored": 1, "commits": 1}),
        ([[event()], [event()]], {"stored": 1, "repeated": 1, "commits": 2}),
        ([[event(), event(), event("2026-01-15T09:00:00Z")]], {"stored": 2, "repeated": 1, "commits": 1}),
        ([[event(kind="dancing"), event()]], {"stored": 1, "rejected event_type": 1, "commits": 1}),
        ([[event(confidence=7), event(confidence=8), event(worker=None)]], {"rejected confidence": 2, "rejected worker_id": 1, "commits": 1}),
        ([["no event"]], {"rejected event": 1, "commits": 1}),
        ([[event(event_id=1)], [event(event_id=1, station="S2")]], {"stored": 1, "rejected event_id": 1, "commits": 2}),
        ([[]], {"commits": 1}),
        (["not a batch"], {"unreadable": 1, "commits": 1}),
    ],
)
def test_events_are_counted_by_what_became_of_them(api: Api, sent: list[list[object]], expected: dict[str, int]) -> None:
    for batch in sent:
        api.post_batch(batch)
    assert counted(api.services) == expected


def test_events_a_commit(api: Api) -> None:
    api.post_batch([event(), event(), event("2026-01-15T09:00:00Z"), event(kind="dancing")])
    assert value(api.services, "factory_commit_events_sum") == 3
    assert value(api.services, "factory_commit_events_bucket", le="2.0") == 0
    assert value(api.services, "factory_commit_events_bucket", le="5.0") == 1
    assert value(api.services, "factory_commit_duration_seconds_sum") > 0


def test_a_failed_transaction_is_one_and_stores_nothing(api: Api) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    api.services.writer.store.store = fail
    api.post(event())
    assert counted(api.services) == {"failures": 1}
    del api.services.writer.store.store
    api.post(event())
    assert counted(api.services) == {"failures": 1, "stored": 1, "commits": 1}


def test_what_is_refused_again_is_not_counted_again(api: Api) -> None:
    api.post_batch([event(event_id=1)])
    api.post_batch([event(event_id=1, station="S2")])
    (entry,) = api.quarantined()
    assert api.client.post(f"/api/quarantine/{entry['quarantine_id']}/replay").status_code == 422
    assert counted(api.services) == {"stored": 1, "rejected event_id": 1, "commits": 3}


def test_a_dry_run_counts_nothing(api: Api) -> None:
    assert api.post_batch([event(), event(kind="dancing")], dry_run="true").status_code == 207
    assert counted(api.services) == {}


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        ("timestamp: is missing.", "timestamp"),
        ("event: must be a JSON object, not a string.", "event"),
        ("data_base64: is not taken.", "data_base64"),
        ("worker 7: is no field of ours.", "other"),
        ("Anything else.", "other"),
        ("", "other"),
    ],
)
def test_reasons_are_fields_of_ours(detail: str, reason: str) -> None:
    assert reason_of(detail) == reason


# How things stand


def test_the_queue(api: Api) -> None:
    services = api.services
    assert value(services, "factory_events_waiting_limit") == 100_000
    with ThreadPoolExecutor(2) as pool:
        with services.database.write():
            first = pool.submit(services.writer.quarantine, "it holds up", "the writer")
            until(lambda: services.writer.busy_seconds > 0)
            second = pool.submit(api.post_batch, [event(), event("2026-01-15T09:00:00Z")])
            until(lambda: value(services, "factory_events_waiting") == 2)
            assert value(services, "factory_commit_underway_seconds") > 0
        first.result()
        assert second.result().status_code == 200
    assert value(services, "factory_events_waiting") == 0
    until(lambda: value(services, "factory_commit_underway_seconds") == 0)


def test_asking_waits_for_no_transaction(api: Api) -> None:
    with api.services.database.write():
        answer = api.get("/metrics")
    assert answer.status_code == 200


def test_the_lag_begins_with_the_oldest_commit_and_ends_with_the_round(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def lag() -> float:
        return value(api.services, "factory_refresh_lag_seconds", site="main")

    with held_up(api.services, monkeypatch, "data_layer.catching_up.catch_up"):
        first = lag()
        assert first > 0
        api.post(event())
        assert lag() > first
    assert lag() == 0


def test_what_comes_later_makes_what_waits_no_younger(api: Api) -> None:
    refresher = api.services.refresher
    assert refresher.wait("main", 60)
    refresher.stop()
    api.post(event())
    until(lambda: refresher.lags()["main"] > 0.1)
    api.post(event("2026-01-15T09:00:00Z"))
    assert refresher.lags()["main"] > 0.1


def test_a_failed_round_does_not_hide_the_lag(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    assert services.refresher.wait("main", 60)
    failed, again = threading.Event(), threading.Event()
    lags: list[float] = []

    def fail(*_: object) -> None:
        lags.append(services.refresher.lags()["main"])
        if len(lags) == 1:
            raise OperationalError("SELECT", {}, Exception("disk I/O error"))
        failed.set()
        assert again.wait(60)

    monkeypatch.setattr("data_layer.refresher._PAUSE_AFTER_ERROR_SECONDS", 0)
    monkeypatch.setattr("data_layer.catching_up.catch_up", fail)
    services.refresher.notify({"main"})
    assert failed.wait(60)
    assert 0 < lags[0] < lags[1]
    again.set()
    assert services.refresher.wait("main", 60)
    assert services.refresher.lags() == {"main": 0.0}


def test_revisions_follow_the_figures_of_each_site(api: Api) -> None:
    def revision(site: str) -> float:
        assert api.services.refresher.wait(site, 60)
        return value(api.services, "factory_data_revision", site=site)

    api.put("/api/sites/north", {})
    before, north = revision("main"), revision("north")
    api.post(event())
    answer = api.metrics("factory")
    assert revision("main") > before
    assert revision("main") == int(answer.headers["Data-Revision"])
    assert revision("north") == north
    assert value(api.services, "factory_refresh_duration_seconds_count") >= 3


def test_a_question_about_no_site_makes_no_series(api: Api) -> None:
    api.services.refresher.wait("nowhere", 0)
    api.get("/api/metrics/factory", site_id="nowhere")
    assert labels_of(api.services, "factory_refresh_lag_seconds") == [{"site": "main"}]


def test_a_site_may_be_called_anything(api: Api) -> None:
    name = 'a "b"\\c\nd'
    api.services.sites.put(name, {}, api.services.clock.now())
    assert api.services.refresher.wait(name, 60)
    assert {"site": name} in labels_of(api.services, "factory_data_revision")


@pytest.mark.one_file
def test_threads_files_and_release(api: Api) -> None:
    services = api.services
    assert {thread: value(services, "factory_thread_alive", thread=thread) for thread in ("writer", "refresher", "keeper")} == {
        "writer": 1,
        "refresher": 1,
        "keeper": 1,
    }
    services.writer.stop()
    assert value(services, "factory_thread_alive", thread="writer") == 0
    path = Path(services.database.url.database)
    assert value(services, "factory_database_size_bytes", file="database") == path.stat().st_size
    assert value(services, "factory_database_disk_free_bytes") > 0
    assert value(services, "process_resident_memory_bytes") > 1e6
    (build,) = labels_of(services, "factory_build_info")
    assert set(build) == {"version", "python", "database"}
    assert all(build.values())


# Requests


def test_requests_are_timed_by_method_route_and_status(api: Api) -> None:
    api.post(event())
    api.post(event())
    for worker in ("W1", "W2", "W3"):
        api.get(f"/api/metrics/workers/{worker}")
    api.get("/health")
    timed = {known: number for known, number in requests(api.services).items() if known[0] == "GET" or known[1] == "/api/events"}
    of_a_worker = [(status, number) for (_, route, status), number in timed.items() if route.startswith("/api/metrics/workers/<")]
    assert sorted(of_a_worker) == [("200", 1), ("404", 2)]
    assert timed["POST", "/api/events", "201"] == timed["POST", "/api/events", "200"] == timed["GET", "/health", "200"] == 1
    assert value(api.services, "factory_http_request_duration_seconds_sum", method="GET", route="/health", status="200") > 0


@pytest.mark.parametrize(
    ("method", "path", "series"),
    [
        ("GET", "/api/nothing/{}", ("GET", "other", "404")),
        ("GET", "/nothing/{}", ("GET", "other", "404")),
        ("DELETE", "/api/events", ("DELETE", "other", "405")),
        ("BREW{}", "/api/events", ("other", "other", "405")),
    ],
)
def test_no_client_can_make_up_series(api: Api, method: str, path: str, series: tuple[str, str, str]) -> None:
    for number in range(5):
        api.client.open(path.format(number), method=method.format(number))
    assert requests(api.services) == {series: 5}


def test_the_pages_own_requests_are_timed(services: Services) -> None:
    client: FlaskClient = create_app(services).server.test_client()
    client.get("/")
    client.get("/any/page/at/all")
    client.post("/_dash-update-component", data=b"{", content_type="application/json")
    timed = requests(services)
    assert timed["GET", "/", "200"] == timed["GET", "/<path:path>", "200"] == 1
    assert [number for (_, route, _), number in timed.items() if route == "/_dash-update-component"] == [1]


def test_a_failing_application_is_a_500(services: Services) -> None:
    server = Flask("factory")
    server.testing = True  # errors that nobody handles reach the server
    http.every_request.register(server, services.metering)
    server.add_url_rule("/broken", view_func=lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        server.test_client().get("/broken")
    assert requests(services) == {("GET", "other", "500"): 1}


# The page that Prometheus reads


def test_the_format(api: Api) -> None:
    answer = api.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    ours = [family for family in families(api.services) if family.name.startswith("factory_")]
    assert len(ours) > 15
    for family in ours:
        assert family.documentation.endswith("."), family.name
        assert family.type in ("counter", "gauge", "histogram")
    assert not [name for name, _ in samples(api.services) if name.endswith("_created")]
    assert api.client.post("/metrics").content_type == "application/problem+json"


def test_what_the_documents_name_is_there(services: Services) -> None:
    documents = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    named = set(re.findall(r"`(factory_\w+)`", documents))
    there = {family.name for family in families(services)} | {name for name, _ in samples(services)}
    assert named
    assert named - there == set()


def test_two_apps_in_a_process_count_apart(api: Api, tmp_path: Path) -> None:
    other = start_services(Settings(database_url=empty_database(tmp_path / "other.db")))
    try:
        api.post(event())
        assert (value(api.services, COUNTED["stored"]), value(other, COUNTED["stored"])) == (1, 0)
        assert requests(other) == {}
    finally:
        other.close()


def test_the_number_of_series_depends_on_no_client(api: Api) -> None:
    def stir(number: int) -> None:
        api.post_batch([event(worker=f"W{number}", station=f"S{number}"), event(kind=f"dancing {number}"), {f"field {number}": number}])
        api.get(f"/api/metrics/workers/W{number}")
        api.get(f"/api/nothing/{number}")

    stir(0)
    before = len(samples(api.services))
    for number in range(1, 5):
        stir(number)
    assert len(samples(api.services)) == before
