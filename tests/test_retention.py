"""What leaves a site leaves the figures as they are: with raw events archived and deleted every answer is that of a site that kept them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import hypothesis
import pytest
from golden_cases import assert_matches, load_cases
from histories import in_utc
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core
from metrics_harness import SiteUnderTest, site_under_test, temporary_database
from retaining import retain, seal_at
from sqlalchemy import func, select
from strategies import event_sets, queries, sites
from test_explanation import assert_adds_up, every_figure

from data_layer import tables
from data_layer.horizons import Horizons, Retention, accepted_behind
from data_layer.query import NotKept
from data_layer.rebuild import rebuild
from data_layer.retention.restore import restore
from data_layer.sites import Site, load_site
from data_layer.statements import CELL
from metrics.local_time import day_number, local_clock
from metrics.units import to_datetime, to_micros

MOMENT = datetime.fromisoformat


def stored_events(site: SiteUnderTest) -> int:
    with site.database.read() as connection:
        return connection.scalar(select(func.count()).where(tables.events.c.site_id == site.site_id)) or 0


def instants_of(site: SiteUnderTest) -> list[int]:
    with site.database.read() as connection:
        return [to_micros(at) for at in connection.scalars(select(tables.events.c.timestamp).where(tables.events.c.site_id == site.site_id))]


def loaded(site: SiteUnderTest) -> Site:
    with site.database.read() as connection:
        return load_site(connection, site.site_id)


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_golden_answers_stand_when_all_raw_events_have_left(case):
    with site_under_test(case.site) as site:
        site.post(case.events)
        before = stored_events(site)
        retain(site, "2029-12-01T12:00:00Z", Retention(raw_event_days=30))
        people = {event.get("worker_id") for event in case.events}
        assert stored_events(site) < before or before <= 2 * len(people)
        if any(to_micros(bound) % CELL for bound in (site.asked(case.query)[name] for name in ("start", "end")) if bound is not None):
            with pytest.raises(NotKept, match="five minutes"):
                site.read(case.query)
        else:
            assert_matches(case.expected, site.read(case.query), beside=True)


def on_whole_cells(query: dict) -> dict:
    """A query whose bounds are known of sealed history too."""
    bounds = {name: query[name] for name in ("from", "to") if query.get(name)}
    return query | {name: to_datetime(to_micros(MOMENT(text)) // CELL * CELL).isoformat() for name, text in bounds.items()}


@contextmanager
def two_sites(settings: dict) -> Iterator[tuple[SiteUnderTest, SiteUnderTest]]:
    """One that keeps its raw events, and one that doesn't."""
    with temporary_database() as one, temporary_database() as other:
        both = SiteUnderTest(one), SiteUnderTest(other)
        for site in both:
            site.configure(settings)
        yield both


def assert_alike(kept: SiteUnderTest, thinned: SiteUnderTest, query: dict) -> None:
    try:
        found = thinned.read(query)
    except NotKept:
        # A shift may begin or end amid five minutes.
        hypothesis.event("not kept")
        return
    hypothesis.event("compared")
    assert found == kept.read(query)
    for explanation, value in every_figure(thinned, query, 0):
        assert explanation.value == value
        assert_adds_up(explanation)


@core(60)
@given(st.data())
def test_figures_are_those_of_a_site_that_kept_its_raw_events(data):
    """Sealed once or twice, with events in random order before and after, late ones among them, and worked out anew in between."""
    settings = data.draw(sites())
    events = in_utc(data.draw(event_sets(settings, max_runs=4)), settings["timezone"])
    days = sorted({MOMENT(event["timestamp"]).date().isoformat() for event in events})
    query = on_whole_cells(data.draw(queries(settings, events)))
    with two_sites(settings) as (kept, thinned):
        kept.post(events)
        waiting = events
        for day in sorted(set(data.draw(st.lists(st.sampled_from(days), max_size=2)))) if days else []:
            open_from = accepted_behind(local_clock(settings["timezone"]), local_clock(settings["timezone"]).day_start(day_number(date.fromisoformat(day))))
            late = [event for event in waiting if to_micros(MOMENT(event["timestamp"])) >= open_from and data.draw(st.booleans())]
            thinned.post([event for event in waiting if event not in late])
            assert seal_at(thinned, day).accepted_from == open_from
            waiting = late
        thinned.post(waiting)
        if data.draw(st.booleans()):
            thinned.touch_everything()
        assert_alike(kept, thinned, query)


def test_a_rebuild_spares_what_is_sealed(tmp_path):
    [case] = [case for case in load_cases() if case.name == "13_machining_week"]
    with site_under_test(case.site) as site:
        site.post(case.events)
        seal_at(site, instants_of(site) and to_datetime(sorted(instants_of(site))[len(case.events) // 2]).date().isoformat())
        before = site.read(case.query)
        assert [(row.table, row.differing) for row in rebuild(site.database) if row.differing] == []
        assert site.read(case.query) == before


def test_restoring_brings_back_every_event_and_the_same_figures():
    [case] = [case for case in load_cases() if case.name == "13_machining_week"]
    with site_under_test(case.site) as site:
        site.post(case.events)
        before, derived = all_events(site), site.derived()
        retain(site, "2029-12-01T12:00:00Z", Retention(raw_event_days=30, interval_days=40, rollup_days=60))
        left = stored_events(site)
        assert left <= 2 * (1 + len(site.derived()["worker_tails"])) < len(before)
        assert all(not site.rows(table) for table in (tables.worker_times.weeks, tables.intervals, tables.output_cells, tables.attendance))
        came = restore(site.database, site.site_id)
        assert came.events == len(before) - left
        assert all_events(site) == before
        assert site.derived() == derived
        assert loaded(site).horizons == Horizons()
        assert not loaded(site).retention.limited
        assert_matches(case.expected, site.read(case.query), beside=True)


def all_events(site: SiteUnderTest) -> list[tuple[object, ...]]:
    return site.rows(tables.events)
