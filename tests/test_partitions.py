"""Events by month in PostgreSQL: partitions are made in time, take up what lies among the rest, and leave whole with all figures as they were."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from http_api import NOW, Api, SettableClock
from metrics_harness import SiteUnderTest, site_under_test
from migrated import empty_file
from on_servers import WANTED, empty_server_database
from retaining import Died, archived, die_at, seal_at
from server_process import until
from sqlalchemy import delete, func, select
from test_interleavings import beside, once_at, until_somebody_waits

from data_layer import partitions, tables
from data_layer.copying import copy
from data_layer.engine import Database
from data_layer.faultpoint import arm
from data_layer.horizons import Retention
from data_layer.partitions import InUse, keep_up, months
from data_layer.retention import deleting
from data_layer.retention.restore import restore
from data_layer.retention.steps import NotNow
from data_layer.server_tables import event_keys
from data_layer.sites import create_main

SITE = {"timezone": "Europe/Berlin", "shifts": [{"start": "08:00", "end": "17:00"}], "signal_timeout_seconds": 7200}
JANUARY, FEBRUARY, MARCH = (datetime(2024, month, 1, tzinfo=UTC) for month in (1, 2, 3))
KINDS = ("working", "product_count", "idle", "absent")
#: W4 is seen in January alone; some have an id of their sender's.
EVENTS = [
    {"timestamp": f"2024-{month:02}-{day:02}T{7 + number:02}:{number * 7:02}:00Z", "worker_id": f"W{number % (5 if month == 1 else 4)}"}
    | {"workstation_id": f"S{number % 2}", "event_type": KINDS[(number + day) % 4], "count": 3}
    | ({"camera_id": "C1", "event_id": f"{month}-{day}-{number}"} if number % 2 or number == 4 else {})
    for month in (1, 2, 3)
    for day in range(1, 29, 3)
    for number in range(9)
]
QUERIES = [
    {},
    {"from": "2024-02-01"},
    {"from": "2024-02-26T09:15:00", "to": "2024-03-02T10:05:00"},
    {"to": "2024-02-01"},
    {"from": "2024-01-10", "to": "2024-03-05"},
]
LEAVES = Retention(raw_event_days=1)


@pytest.fixture(autouse=True)
def few_are_worth_it(monkeypatch) -> None:
    monkeypatch.setattr(partitions, "WORTH_A_PARTITION", 20)


@pytest.fixture
def site() -> Iterator[SiteUnderTest]:
    with site_under_test(SITE) as found:
        found.post(EVENTS)
        found.catch_up()
        yield found


def there(site: SiteUnderTest) -> set[datetime]:
    """The months of 2024 that have a partition."""
    with site.database.read() as connection:
        return {month for month in months(connection) if month.year == 2024}


def place_of(site: SiteUnderTest) -> dict[str, int]:
    """How many events lie in which partition."""
    with site.database.read() as connection:
        return dict(connection.exec_driver_sql("SELECT tableoid::regclass::text, count(*) FROM events GROUP BY 1").all())


def contents(site: SiteUnderTest) -> dict[str, Any]:
    """Events, their senders' ids and what is derived from them."""
    with site.database.read() as connection:
        events = connection.execute(select(tables.events).order_by(tables.events.c.event_id)).all()
        keys = connection.execute(select(event_keys).order_by(event_keys.c.event_id)).all()
    return {**site.derived(), "events": events, "keys": keys, "cells": site.rows(tables.output_cells)}


def answers(site: SiteUnderTest) -> list[dict[str, Any]]:
    return [site.read(query) for query in QUERIES]


# Making


@pytest.mark.at_postgresql
def test_months_are_made_ahead_once(site):
    for _ in range(2):
        keep_up(site.database, datetime(2023, 11, 30, 23, 59, tzinfo=UTC))
        with site.database.read() as connection:
            assert [f"{month:%Y-%m}" for month in months(connection)][:4] == ["2023-11", "2023-12", "2024-01", "2024-02"]


@pytest.mark.at_postgresql
def test_a_month_of_the_rest_gets_a_partition_where_it_is_worth_it(site):
    site.post([{**EVENTS[0], "timestamp": f"2023-12-{day:02}T08:00:00Z"} for day in range(1, 20)])
    before = contents(site)
    assert place_of(site) == {"events_rest": len(EVENTS) + 19}
    keep_up(site.database, NOW)
    assert place_of(site) == {"events_2024_01": 90, "events_2024_02": 90, "events_2024_03": 90, "events_rest": 19}
    assert contents(site) == before
    site.post([{**EVENTS[0], "timestamp": "2023-12-31T08:00:00Z"}, EVENTS[1], EVENTS[-1]])
    assert place_of(site)["events_rest"] == 20
    keep_up(site.database, NOW)
    assert "events_rest" not in place_of(site)


@pytest.mark.at_postgresql
def test_a_month_that_comes_late_is_stored_where_it_belongs_all_the_same(site):
    keep_up(site.database, NOW)
    late = {**EVENTS[0], "timestamp": "2024-02-11T12:00:00Z", "event_id": "late", "camera_id": "C1"}
    site.post([late, late])
    assert place_of(site)["events_2024_02"] == 91


@pytest.mark.at_postgresql
def test_two_processes_make_a_month_once(site):
    with closing(Database(site.database.url.render_as_string(hide_password=False))) as other:
        waiting: list[Any] = []

        def meanwhile() -> None:
            waiting.append(beside(lambda: keep_up(other, NOW)))
            until_somebody_waits(site)

        once_at("partitions: a month about to be made", meanwhile)
        keep_up(site.database, NOW)
        waiting[0].result(20)
    assert place_of(site) == {"events_2024_01": 90, "events_2024_02": 90, "events_2024_03": 90}


@pytest.mark.at_postgresql
def test_death_while_a_month_is_made_costs_nothing(site):
    before = contents(site)
    die_at("partitions: a month about to be made", 2)
    with pytest.raises(Died):
        keep_up(site.database, NOW)
    arm(None)
    assert len(there(site)) == 1
    assert contents(site) == before
    keep_up(site.database, NOW)
    assert there(site) == {JANUARY, FEBRUARY, MARCH}
    assert contents(site) == before


@pytest.mark.at_postgresql
def test_nobody_waits_for_long_behind_a_long_reader(site, monkeypatch):
    monkeypatch.setattr(partitions, "_LOCKED_WITHIN", "300ms")
    with site.database.read() as reading:
        assert reading.scalar(select(func.count()).select_from(tables.events)) == len(EVENTS)
        making = beside(lambda: keep_up(site.database, NOW))
        until_somebody_waits(site)
        # It queues behind who waits for the lock, and gets in between two tries.
        assert len(site.event_ids()) == len(EVENTS)
        assert isinstance(making.exception(20), InUse)
        assert there(site) == set()
        assert place_of(site) == {"events_rest": len(EVENTS)}
    keep_up(site.database, NOW)
    assert there(site) == {JANUARY, FEBRUARY, MARCH}


@pytest.mark.at_postgresql
def test_the_server_makes_them(api: Api, clock: SettableClock):
    def made() -> bool:
        with api.services.database.read() as connection:
            return datetime(2031, 3, 1, tzinfo=UTC) in months(connection)

    clock.moment = datetime(2031, 1, 15, tzinfo=UTC)
    api.services.keeper.look()
    until(made)


@pytest.mark.at_postgresql
def test_a_copy_has_them_from_the_beginning(site, tmp_path):
    with closing(Database(empty_file(tmp_path / "factory.db"))) as database, closing(Database(empty_server_database())) as target:
        source = SiteUnderTest(database)
        with database.write() as connection:
            create_main(connection, NOW)
        source.post([*EVENTS, {**EVENTS[0], "timestamp": "2023-12-01T08:00:00Z"}])
        assert copy(database, target).rows["events"] == len(EVENTS) + 1
        assert place_of(SiteUnderTest(target)) == {"events_2024_01": 90, "events_2024_02": 90, "events_2024_03": 90, "events_rest": 1}


@pytest.mark.at_a_server
def test_what_has_no_partitions_needs_none(site):
    keep_up(site.database, NOW)
    assert WANTED == "postgresql" or there(site) == set()
    assert len(site.event_ids()) == len(EVENTS)


# Leaving


@pytest.fixture(scope="module")
def row_by_row() -> list[Any]:
    """What is left of the same site, and what is answered, where all events lie among the rest."""
    with site_under_test(SITE) as found:
        found.post(EVENTS)
        found.catch_up()
        seal_at(found, "2024-03-14", LEAVES)
        assert there(found) == set()
        return [contents(found), answers(found), archived(found)]


@pytest.mark.at_postgresql
def test_whole_months_leave_with_all_figures_as_they_were(site, row_by_row):
    keep_up(site.database, NOW)
    before, everything = answers(site), contents(site)
    seal_at(site, "2024-03-14", LEAVES)
    assert there(site) == {MARCH}
    assert [contents(site), answers(site), archived(site)] == row_by_row
    assert answers(site) == before
    # W4 was seen in January alone: what it did last stays, among the rest.
    assert place_of(site).keys() == {"events_2024_03", "events_rest"}
    assert place_of(site)["events_rest"] == len([row for row in site.rows(tables.events) if row[1] == "W4"])
    restore(site.database, site.site_id)
    assert contents(site) == everything
    assert answers(site) == before
    assert there(site) == {JANUARY, FEBRUARY, MARCH}


@pytest.mark.at_postgresql
def test_a_month_stays_while_another_site_needs_it(site):
    other = SiteUnderTest(site.database, "other")
    other.put(SITE)
    other.post([event for event in EVENTS if event["timestamp"] < "2024-02-12"])
    other.catch_up()
    keep_up(site.database, NOW)
    before = [answers(site), answers(other)]
    seal_at(site, "2024-03-14", LEAVES)
    assert there(site) == {JANUARY, FEBRUARY, MARCH}
    assert len(other.event_ids()) == 126
    seal_at(other, "2024-02-20", LEAVES)
    assert there(site) == {FEBRUARY, MARCH}
    seal_at(other, "2024-03-14", LEAVES)
    assert there(site) == {MARCH}
    assert [answers(site), answers(other)] == before
    for each in (other, site):
        restore(each.database, each.site_id)
    assert len(other.event_ids()) + len(site.event_ids()) == 126 + len(EVENTS)
    assert [answers(site), answers(other)] == before


@pytest.mark.at_postgresql
def test_what_is_in_no_archive_stays(site):
    """A worker's whom nobody knows by now: such events are not archived."""
    keep_up(site.database, NOW)
    with site.database.write() as connection:
        connection.execute(delete(tables.workers).where(tables.workers.c.worker_id == "W4"))
    seal_at(site, "2024-03-14", LEAVES)
    assert there(site) == {JANUARY, MARCH}


@pytest.mark.at_postgresql
@pytest.mark.parametrize("time", [1, 2])
@pytest.mark.parametrize("place", ["partitions: ids forgotten", "partitions: a month about to leave", "partitions: a month has left"])
def test_death_while_months_leave_costs_nothing(place, time, site, row_by_row, monkeypatch):
    monkeypatch.setattr(deleting, "_IDS_AT_ONCE", 15)
    keep_up(site.database, NOW)
    before, ids = answers(site), set(site.event_ids())
    die_at(place, time)
    with pytest.raises(Died):
        seal_at(site, "2024-03-14", LEAVES)
    arm(None)
    assert answers(site) == before
    assert set(site.event_ids()) | archived(site) == ids
    seal_at(site, "2024-03-14", LEAVES)
    assert [contents(site), answers(site), archived(site)] == row_by_row
    restore(site.database, site.site_id)
    assert set(site.event_ids()) == ids


@pytest.mark.at_postgresql
def test_a_month_that_somebody_reads_leaves_later(site, row_by_row, monkeypatch):
    monkeypatch.setattr(partitions, "_LOCKED_WITHIN", "200ms")
    keep_up(site.database, NOW)
    with site.database.read() as reading:
        assert reading.scalar(select(func.count()).select_from(tables.events)) == len(EVENTS)
        with pytest.raises(NotNow, match="somebody reads"):
            seal_at(site, "2024-03-14", LEAVES)
        assert len(site.event_ids()) == len(EVENTS)
    seal_at(site, "2024-03-14", LEAVES)
    assert [contents(site), answers(site), archived(site)] == row_by_row


@pytest.mark.at_postgresql
def test_an_import_of_another_site_amid_it_keeps_the_month(site):
    """What came after the month was looked at, by who knows nothing of it."""
    other = SiteUnderTest(site.database, "other")
    other.put(SITE)
    keep_up(site.database, NOW)
    once_at("partitions: ids forgotten", lambda: other.post(EVENTS[:1]))
    seal_at(site, "2024-03-14", LEAVES)
    assert there(site) == {JANUARY, MARCH}
    assert len(other.event_ids()) == 1
