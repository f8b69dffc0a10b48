"""Workers at a real broker: they refresh in the servers' place, one at a site, and what one leaves half done another does."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from http_api import event
from migrated import empty_database
from on_servers import broker_url, redis_url
from server_process import the_only_one, until
from worker_process import kill, worker

from data_layer.catching_up import refreshing
from data_layer.horizons import Retention
from data_layer.query import MetricsQuery
from data_layer.refresher import Refresher
from data_layer.retention.runs import latest_run
from data_layer.sites import load_site
from data_layer.standing import standings
from ingest.parse import parse_batch
from jobs.queue import Queue
from services import Clock, Services, start_services
from settings import Settings

pytestmark = pytest.mark.at_a_server

PLACES = ["refresher: invalidations taken", "refresher: changes computed", "refresher: a table changed", "refresher: about to commit", "refresher: committed"]
WORKED = [event(), event("2026-01-15T09:00:00Z", "product_count", count=7), event("2026-01-15T10:00:00Z", "idle")]


@pytest.fixture(params=["rabbitmq", pytest.param("redis", marks=pytest.mark.at_postgresql)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    broker = broker_url() if request.param == "rabbitmq" else redis_url()
    return Settings(database_url=empty_database(tmp_path / "factory.db"), redis_url=redis_url(), broker_url=broker)


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """A server that leaves refreshing to workers, whatever becomes of them."""
    monkeypatch.setattr(Refresher, "notify", lambda *_: None)
    started = start_services(settings)
    yield started
    started.close()


def post(at: Services, events: Sequence[dict[str, object]]) -> None:
    parsed = parse_batch(json.dumps(events).encode(), at.sites.known, Clock().micros())
    assert at.writer.submit(parsed).new == len(events)


def behind(at: Services, site_id: str = "main") -> bool:
    with at.database.read() as connection:
        return bool(standings(connection)[site_id].newest)


def figures(at: Services) -> tuple[object, object]:
    found = at.metrics.read(MetricsQuery(site_id="main", start=None))
    assert not found.stale
    return found.factory["total_production_count"], found.factory["total_productive_time_hours"]


def test_a_worker_refreshes_in_the_servers_place(server: Services, settings: Settings) -> None:
    post(server, WORKED)
    assert behind(server)
    with worker(settings):
        assert server.refresher.wait("main", 60)
        assert figures(server) == (7, 2.0)
        post(server, [event("2026-01-15T11:00:00Z", "product_count", count=2)])
        assert server.refresher.wait("main", 60)
        assert figures(server) == (9, 2.0)


@pytest.mark.parametrize("place", PLACES)
def test_what_a_worker_was_at_when_it_died_another_does(server: Services, settings: Settings, tmp_path: Path, place: str) -> None:
    touched = tmp_path / "touched"
    post(server, WORKED)
    with worker(settings, "tests/stopping_worker.py", place, str(touched), "hangs") as victim:
        until(touched.exists)
        kill(victim)
    with worker(settings):
        until(lambda: not behind(server))
    assert server.refresher.wait("main", 60)
    assert figures(server) == (7, 2.0)


@pytest.fixture
def asked_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """A server that asks nobody; of a refresh that is wanted nothing is known but one message."""
    monkeypatch.setattr(Refresher, "notify", lambda *_: None)
    started = start_services(replace(settings, broker_url=""))
    post(started, WORKED)
    Queue(settings.broker_url, started.database.installation).ask_to_refresh("main")
    yield started
    started.close()


def test_a_task_whose_process_died_is_given_to_the_next(asked_once: Services, settings: Settings, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    with worker(settings, "tests/stopping_worker.py", "refresher: about to commit", str(touched), "dies") as one:
        until(lambda: not behind(asked_once))
        assert touched.exists()
        assert one.poll() is None
    assert figures(asked_once) == (7, 2.0)


@pytest.mark.parametrize("settings", ["rabbitmq"], indirect=True)
def test_a_task_whose_worker_died_is_given_to_another(asked_once: Services, settings: Settings, tmp_path: Path) -> None:
    """Redis gives it out again only after hours; servers ask again after seconds."""
    touched = tmp_path / "touched"
    with worker(settings, "tests/stopping_worker.py", "refresher: about to commit", str(touched), "hangs") as victim:
        until(touched.exists)
        kill(victim)
    with worker(settings):
        until(lambda: not behind(asked_once))
    assert figures(asked_once) == (7, 2.0)


def test_a_site_is_refreshed_by_one_at_a_time(server: Services, settings: Settings) -> None:
    with the_only_one(server.database, refreshing("main")):
        post(server, WORKED)
        server.sites.put("north", {"name": "North"}, datetime.now(UTC))
        with worker(settings, concurrency=2):
            # Whoever is asked for a site that another is at leaves it, and is free for the next.
            until(lambda: not behind(server, "north"))
            assert behind(server)


def test_workers_keep_what_is_to_be_kept(server: Services, settings: Settings) -> None:
    now = datetime.now(UTC)
    post(server, [event((now - timedelta(days=days)).isoformat(), "working", f"W{days}") for days in (60, 50)])
    with worker(settings):
        server.sites.put("main", {"retention": Retention(30)}, now)
        server.keeper.look()
        until(lambda: (run := latest_run(server.database, "main")) is not None and run.finished is not None)
    found = latest_run(server.database, "main")
    assert found is not None
    assert found.problem is None
    with server.database.read() as connection:
        assert load_site(connection, "main").horizons.sealed_before > 0


def test_without_workers_a_server_does_it_by_itself(settings: Settings) -> None:
    started = start_services(settings)
    try:
        post(started, WORKED)
        assert started.refresher.wait("main", 60)
        assert figures(started) == (7, 2.0)
    finally:
        started.close()
