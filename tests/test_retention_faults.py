"""Whatever goes wrong between two steps of retention: no event is in neither the archive nor the tables, and all figures stay (T3)."""

from collections.abc import Iterator

import pytest
from faults import places
from metrics_harness import SiteUnderTest, site_under_test
from retaining import Died, archived, die_at, seal_at
from sqlalchemy import select

from data_layer import tables
from data_layer.faultpoint import arm
from data_layer.horizons import Retention
from data_layer.retention.restore import restore

SITE = {"timezone": "Europe/Berlin", "shifts": [{"start": "08:00", "end": "17:00"}], "signal_timeout_seconds": 7200}
KINDS = ("working", "product_count", "idle", "absent")
EVENTS = [
    {"timestamp": f"2026-01-{day:02}T{8 + number:02}:{number * 7:02}:00Z", "worker_id": f"W{number % 3}", "workstation_id": f"S{number % 2}"}
    | {"event_type": KINDS[(number + day) % 4], "count": 3}
    for day in range(1, 29)
    for number in range(8)
]
LEAVES = Retention(raw_event_days=1, interval_days=12, rollup_days=14)
QUERIES = [{"from": "2026-01-12"}, {"from": "2026-01-23T09:15:00", "to": "2026-01-27T10:05:00"}, {"from": "2026-01-18", "to": "2026-01-21"}]


@pytest.fixture
def site() -> Iterator[SiteUnderTest]:
    with site_under_test(SITE) as found:
        found.post(EVENTS)
        found.catch_up()
        yield found


def contents(site: SiteUnderTest) -> dict[str, object]:
    """What is left when all is done."""
    with site.database.read() as connection:
        events = connection.execute(select(tables.events.c.event_id).order_by(tables.events.c.event_id)).scalars().all()
    return {**site.derived(), "events": events, "cells": site.rows(tables.output_cells)}


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, object]:
    with site_under_test(SITE) as found:
        found.post(EVENTS)
        found.catch_up()
        seal_at(found, "2026-01-25", LEAVES)
        return contents(found)


def everything_is_somewhere(site: SiteUnderTest) -> bool:
    with site.database.read() as connection:
        stored = set(connection.execute(select(tables.events.c.event_id)).scalars())
    return stored | archived(site) == set(range(1, len(EVENTS) + 1))


@pytest.mark.parametrize("time", [1, 3])
@pytest.mark.parametrize("place", places("retention"))
def test_death_amid_retention_costs_nothing(place, time, site, undisturbed):
    before = [site.read(query) for query in QUERIES]
    die_at(place, time)
    died = False
    try:
        seal_at(site, "2026-01-25", LEAVES)
    except Died:
        died = True
    arm(None)
    assert died or time > 1
    assert everything_is_somewhere(site)
    assert [site.read(query) for query in QUERIES] == before
    seal_at(site, "2026-01-25", LEAVES)
    assert everything_is_somewhere(site)
    assert [site.read(query) for query in QUERIES] == before
    assert contents(site) == undisturbed
    restore(site.database, site.site_id)
    with site.database.read() as connection:
        assert sorted(connection.execute(select(tables.events.c.event_id)).scalars()) == list(range(1, len(EVENTS) + 1))
