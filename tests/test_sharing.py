"""What servers share in Redis, and what each does by itself while it is away."""

import pickle
import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from http_api import DAY_SHIFT, NOW, Api, SettableClock, event
from migrated import empty_database
from on_servers import redis_url
from server_process import free_port, the_only_one, until
from sqlalchemy import update

import api as http
from access.rates import Rates
from data_layer.catching_up import refreshing
from data_layer.reader import MetricsReader
from data_layer.tables import sites
from services import start_services
from settings import Settings
from sharing.kept import Kept
from sharing.nudges import Nudges, tell
from sharing.store import Store

pytestmark = pytest.mark.at_postgresql


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store(redis_url(), uuid.uuid4().hex)
    yield made
    made.close()


@pytest.fixture
def nowhere() -> Iterator[Store]:
    """A Redis that isn't there."""
    made = Store(f"redis://127.0.0.1:{free_port()}/0", "nowhere")
    yield made
    made.close()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Api, Api]]:
    """Two servers on one database and one Redis."""
    address = empty_database(tmp_path / "factory.db")
    made = []
    for _ in range(2):
        services, server = start_services(Settings(database_url=address, redis_url=redis_url()), SettableClock(NOW)), Flask("factory")
        http.register(server, services)
        made.append(Api(server.test_client(), services))
    yield made[0], made[1]
    for one in made:
        one.services.close()


@dataclass
class Asked:
    """How often figures were worked out."""

    times: int = 0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    counted, real = Asked(), MetricsReader._answers

    def answers(self: MetricsReader, *arguments: Any, **more: Any) -> Any:
        counted.times += 1
        return real(self, *arguments, **more)

    monkeypatch.setattr(MetricsReader, "_answers", answers)
    return counted


def test_what_one_server_has_worked_out_the_other_answers_with(two: tuple[Api, Api], asked: Asked) -> None:
    here, there = two
    here.post_batch([event(), event("2026-01-15T09:00:00Z", "product_count", count=5)])
    one = here.metrics("workers")
    assert there.services.refresher.wait("main", 20)
    before = asked.times
    other = there.get("/api/metrics/workers")
    assert asked.times == before
    assert other.data == one.data
    assert (other.headers["ETag"], other.headers["Data-Revision"]) == (one.headers["ETag"], one.headers["Data-Revision"])
    assert other.content_type == one.content_type
    # A tag of one holds at the other.
    assert there.client.get("/api/metrics/workers", headers={"If-None-Match": one.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("change", ["an event", "settings", "a name", "what is shown"])
def test_what_has_changed_is_worked_out_anew(two: tuple[Api, Api], change: str) -> None:
    here, there = two
    here.post_batch([event(), event("2026-01-15T09:00:00Z", "product_count", count=5)])
    assert here.metrics("workers").json[0]["total_units_produced"] == 5
    made = {
        "an event": lambda: here.post(event("2026-01-15T09:10:00Z", "product_count", count=2)),
        "settings": lambda: here.put("/api/sites/main", {"shifts": [DAY_SHIFT]}),
        "a name": lambda: here.put("/api/workers/W1", {"name": "Ana"}),
        "what is shown": lambda: here.put("/api/privacy/main", {"level": "station", "purpose": "a test"}),
    }
    answer = made[change]()
    assert answer.status_code < 300, answer.json
    assert there.services.refresher.wait("main", 20)
    answer = there.get("/api/metrics/workers")
    told = {"an event": lambda: answer.json[0]["total_units_produced"] == 7, "settings": lambda: answer.json[0]["tracked_time_hours"] is not None}
    told |= {"a name": lambda: answer.json[0]["name"] == "Ana", "what is shown": lambda: answer.status_code == 403}
    assert told[change](), answer.json


def test_what_is_not_complete_is_not_kept(two: tuple[Api, Api], asked: Asked) -> None:
    here, there = two
    with the_only_one(here.services.database, refreshing("main")):
        here.post(event("2026-01-15T09:00:00Z", "product_count", count=5))
        assert here.get("/api/metrics/factory").headers["Data-Stale"] == "true"
        before = asked.times
        there.get("/api/metrics/factory")
        assert asked.times == before + 1
    assert there.metrics("factory").json["total_production_count"] == 5


def test_a_restored_database_is_not_answered_for_by_what_it_was(two: tuple[Api, Api]) -> None:
    """It has the same revisions again, of other figures."""
    here, there = two
    here.post(event("2026-01-15T09:00:00Z", "product_count", count=5))
    tag = here.metrics("factory").headers["ETag"]
    with here.services.database.write() as connection:
        connection.execute(update(sites).values(mark=sites.c.mark + 1))
    answer = there.client.get("/api/metrics/factory", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != tag


def test_answers_are_bytes_and_never_run(store: Store) -> None:
    kept = Kept(store)
    kept.put("question", b'{"a":1}')
    assert kept.get("question") == b'{"a":1}'
    evil = pickle.dumps(print)
    store.client.set(f"{store.prefix}:answer:question", evil)
    assert kept.get("question") == evil
    assert kept.get("another") is None


def test_answers_do_not_stay_for_ever_and_long_ones_not_at_all(store: Store) -> None:
    kept = Kept(store)
    kept.put("short", b"x")
    kept.put("long", b"x" * 1_000_001)
    assert 0 < store.client.ttl(f"{store.prefix}:answer:short") <= 600
    assert kept.get("long") is None


def test_a_server_alone_keeps_answers_for_itself(nowhere: Store) -> None:
    kept = Kept(nowhere)
    kept.put("question", b"answer")
    assert kept.get("question") == b"answer"
    assert nowhere.is_away


def test_servers_count_a_keys_requests_together(store: Store) -> None:
    one, other = Rates("3 per hour", store), Rates("3 per hour", store)
    assert [rates.wait_for("key 1") == 0 for rates in (one, other, one, other, one)] == [True, True, True, False, False]
    assert 0 < other.wait_for("key 1") <= 3_600
    assert one.wait_for("key 2") == 0


def test_a_server_alone_counts_by_itself(nowhere: Store) -> None:
    rates = Rates("2 per hour", nowhere)
    assert [rates.wait_for("key 1") == 0 for _ in range(4)] == [True, True, False, False]


def test_what_hangs_is_not_asked_again_and_again(caplog: pytest.LogCaptureFixture) -> None:
    """Something takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = Store(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", "silent")
        questions = 0

        def question() -> str:
            nonlocal questions
            questions += 1
            return str(store.client.ping())

        assert [store.ask(question, lambda: "by itself") for _ in range(50)] == ["by itself"] * 50
        assert questions == 1
        store.close()
    assert sum("Redis does not answer" in record.message for record in caplog.records) == 1


def test_it_is_asked_again_after_a_while(store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    real = store.client.connection_pool
    store.client.connection_pool = Store(f"redis://127.0.0.1:{free_port()}/0", "nowhere").client.connection_pool
    assert store.ask(lambda: str(store.client.ping()), lambda: "by itself") == "by itself"
    store.client.connection_pool = real
    later = time.monotonic() + 6
    monkeypatch.setattr("watching.absence.time.monotonic", lambda: later)
    assert store.ask(lambda: str(store.client.ping()), lambda: "by itself") == "True"
    assert not store.is_away
    assert "Redis answers again." in caplog.text


def test_a_nudge_reaches_all_who_listen(store: Store) -> None:
    heard: list[str] = []
    listening = [Nudges(store, lambda name=name: heard.append(name)) for name in ("one", "other")]
    for each in listening:
        each.start()
    # Each looks once when it begins to listen: something may have been told before.
    until(lambda: sorted(heard) == ["one", "other"])
    tell(store)
    until(lambda: sorted(heard) == ["one", "one", "other", "other"])
    for each in listening:
        each.stop()


def test_who_listens_comes_back_when_redis_does(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sharing.nudges.REST_SECONDS", 0.02)
    heard: list[int] = []
    nudges = Nudges(store, lambda: heard.append(1))
    nudges.start()
    until(lambda: len(heard) == 1)
    store.client.client_kill_filter(_type="pubsub")
    # It listens again, and looks for what it may have missed.
    until(lambda: len(heard) >= 2)
    nudges.stop()


def test_servers_without_redis_and_workers_answer_all_the_same_and_say_so(tmp_path: Path) -> None:
    """Both may go away at any time: nothing but speed goes with them."""
    away = {"redis_url": f"redis://127.0.0.1:{free_port()}/0", "broker_url": f"amqp://factory:x@127.0.0.1:{free_port()}//"}
    services, server = start_services(Settings(database_url=empty_database(tmp_path / "factory.db"), **away), SettableClock(NOW)), Flask("factory")
    try:
        http.register(server, services)
        alone = Api(server.test_client(), services)
        alone.post_batch([event(), event("2026-01-15T09:00:00Z", "product_count", count=5)])
        assert alone.metrics("factory").json["total_production_count"] == 5
        wanted = ["The message broker does not answer", "Redis does not answer"]
        until(lambda: [warning.partition(":")[0] for warning in alone.get("/ready").json["warnings"]] == wanted)
        assert alone.get("/ready").status_code == 200
    finally:
        services.close()
