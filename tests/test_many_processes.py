"""Processes that share a database: each knows soon what the others have done, and none believes what it alone has seen."""

import json
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
from http_api import DAY_SHIFT, NOW, SettableClock, event
from migrated import empty_database
from on_servers import beside
from server_process import the_only_one, until
from sqlalchemy import select

from data_layer.catching_up import refreshing
from data_layer.engine import Database
from data_layer.query import MetricsQuery
from data_layer.refreshing import Standing
from data_layer.sites import next_revision
from data_layer.standing import note_recomputed
from data_layer.tables import events
from data_layer.watch import Watch
from ingest.parse import parse_batch
from metrics.units import to_micros
from services import Services, start_services
from settings import Settings

pytestmark = pytest.mark.at_a_server


@pytest.fixture
def address(tmp_path: Path) -> str:
    return empty_database(tmp_path / "factory.db")


def process(address: str) -> Services:
    return start_services(Settings(database_url=address, **beside()), SettableClock(NOW))


@pytest.fixture
def here(address: str) -> Iterator[Services]:
    started = process(address)
    yield started
    started.close()


@pytest.fixture
def there(here: Services, address: str) -> Iterator[Services]:
    started = process(address)
    yield started
    started.close()


def post(at: Services, *posted: dict[str, object]) -> None:
    parsed = parse_batch(json.dumps(posted).encode(), at.sites.known, to_micros(NOW))
    assert at.writer.submit(parsed).new == len(posted)


def units(at: Services) -> object:
    found = at.metrics.read(MetricsQuery(site_id="main", start=None))
    assert not found.stale
    return found.factory["total_production_count"]


PRODUCED = event("2026-01-15T08:10:00Z", "product_count", count=7)


def test_what_one_stores_the_other_answers_with(here: Services, there: Services) -> None:
    post(here, event(), PRODUCED)
    assert there.refresher.wait("main", 20)
    assert units(there) == 7


def test_what_is_not_refreshed_yet_is_told_to_be_missing(here: Services, there: Services) -> None:
    with the_only_one(Database(here.settings.database_url), refreshing("main")):
        post(here, PRODUCED)
        assert there.metrics.read(MetricsQuery(site_id="main", start=None)).stale
        assert here.metrics.read(MetricsQuery(site_id="main", start=None)).stale
        until(lambda: there.refresher.lags()["main"] > 0)
    # Whoever had the lock is gone without having done anything: it is found out without a word.
    assert there.refresher.wait("main", 20)
    until(lambda: there.refresher.lags()["main"] == 0)
    assert units(there) == 7


def test_screens_are_told_of_what_another_process_has_stored(here: Services, there: Services) -> None:
    stream = there.hub.open("main")
    assert stream is not None
    assert next(stream).startswith("retry")
    first = int(next(stream).removeprefix("data: "))
    post(here, PRODUCED)
    assert int(next(stream).removeprefix("data: ")) > first
    stream.close()


def test_a_screen_that_knows_more_than_the_process_it_asks(here: Services, there: Services) -> None:
    there.refresher.stop()
    post(here, PRODUCED)
    assert here.refresher.wait("main", 20)
    told = here.metrics.revision(["main"]).number
    # It is not shown the moment of a screen that was told before.
    assert there.hub.moment("main", None).revision < told
    assert there.hub.moment("main", told).revision == told
    assert there.hub.moment("main", 10**9).revision == told


def test_settings_of_another_process_hold_here(here: Services, there: Services) -> None:
    here.sites.put("main", {"timezone": "Asia/Tokyo", "shifts": [DAY_SHIFT]}, NOW)
    here.sites.put("north", {"name": "North"}, NOW)
    until(lambda: there.sites.known["main"].timezone == "Asia/Tokyo" and "north" in there.sites.known)
    post(there, event("2026-01-15T09:00:00"))
    with there.database.read() as connection:
        assert connection.scalar(select(events.c.timestamp)) == datetime(2026, 1, 15, tzinfo=UTC)


def test_how_far_a_recomputation_is(here: Services, there: Services) -> None:
    with the_only_one(here.database, refreshing("main")):
        note_recomputed(here.database, "main", (3, 9))
        until(lambda: there.progress("main") == (3, 9))
        note_recomputed(here.database, "main", None)
        until(lambda: there.progress("main") is None)


def test_only_one_has_a_lock_until_it_lets_go(address: str) -> None:
    one, other = Database(address), Database(address)
    holding, free = threading.Event(), threading.Event()

    def hold() -> None:
        with one.only_one("something") as mine:
            assert mine
            holding.set()
            free.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(20)
    with other.only_one("something") as mine, other.only_one("something else") as also:
        assert (mine, also) == (False, True)
    free.set()
    thread.join()
    with other.only_one("something") as mine:
        assert mine
    one.close()
    other.close()


class _Idle:
    """Hands that do nothing."""

    alive = True

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def notify(self, behind: object) -> None: ...

    def hurried(self) -> nullcontext[None]:
        return nullcontext()


def test_a_database_that_is_away_for_a_while_is_asked_again(here: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    told, broken = [], threading.Event()
    watch = Watch(here.database, _Idle(), told.append)
    read = Database.read

    def failing(database: Database) -> object:
        if broken.is_set() and threading.current_thread().name == "watch":
            raise ConnectionError("gone")
        return read(database)

    monkeypatch.setattr(Database, "read", failing)
    broken.set()
    watch.start()
    try:
        until(lambda: "gone" in caplog.text)
        broken.clear()
        before = len(told)
        post(here, PRODUCED)
        until(lambda: len(told) > before)
        assert watch.alive
    finally:
        watch.stop()
    assert sum("gone" in record.message for record in caplog.records if record.threadName == "watch") >= 1


def test_what_could_not_be_told_is_told_at_the_next_look(here: Services) -> None:
    assert here.refresher.wait("main", 20)
    tried: list[dict[str, int]] = []

    def told(revisions: dict[str, int]) -> None:
        tried.append(revisions)
        if len(tried) == 2:
            raise ConnectionError("gone")

    watch = Watch(here.database, _Idle(), told)
    watch.start()
    try:
        with here.database.write() as connection:
            next_revision(connection, "main")
        until(lambda: len(tried) > 2)
    finally:
        watch.stop()
    assert tried[0] != tried[1] == tried[2]


@pytest.mark.parametrize(
    ("standing", "number", "lacks"),
    [(Standing(1), 5, False), (Standing(1, 3, 9), 2, False), (Standing(1, 3, 9), 3, True), (Standing(1, 3, 9), 9, True), (Standing(1, 10, 12), 9, False)],
)
def test_what_is_lacking(standing: Standing, number: int, lacks: bool) -> None:
    assert standing.lacks(number) is lacks
