"""The stored path against the rules: whatever happens and in whatever order, reading gives what the set of events says, to the last bit."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from unittest.mock import patch

import pytest
import reference
from golden_cases import assert_matches, load_cases
from histories import Limits, Step, Story, stories
from hypothesis import given, note
from hypothesis import strategies as st
from hypothesis_profiles import core
from metrics_harness import SiteUnderTest, evaluated, parsed, site_under_test, temporary_database
from strategies import cases

from data_layer import plan, refresher
from data_layer.engine import Database
from metrics.units import HOUR

_numbers = count()


@pytest.fixture(scope="module")
def live() -> Iterator[Database]:
    """Where stories happen, each at a site of its own."""
    with temporary_database() as database:
        yield database


@pytest.fixture(scope="module")
def fresh() -> Iterator[Database]:
    """Where their outcome is built from scratch."""
    with temporary_database() as database:
        yield database


def new_site(database: Database, site: dict) -> SiteUnderTest:
    under_test = SiteUnderTest(database, f"site {next(_numbers)}")
    under_test.configure(site)
    return under_test


def built_from_scratch(database: Database, site: dict, events: list[dict]) -> SiteUnderTest:
    """All settings first, then all events in one transaction, in another order, and one refresh."""
    rebuilt = new_site(database, site)
    rebuilt.post(sorted(events, key=lambda event: (event["timestamp"], str(event)), reverse=True))
    rebuilt.catch_up()
    return rebuilt


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    with ExitStack() as patches:
        for module, name, value in [
            (plan, "_EVENTS_A_PASS", limits.events_a_pass),
            (plan, "_LONGEST_PASS", limits.longest_pass_hours * HOUR),
            (plan, "_NEAR", limits.near_hours * HOUR),
            (refresher, "_TAKEN_AT_ONCE", limits.taken_at_once),
        ]:
            patches.enter_context(patch.object(module, name, value))
        yield


def happen(site: SiteUnderTest, step: Step) -> None:
    if step.do == "post":
        site.post(step.events, step.sizes)
    elif step.do == "put":
        site.put(step.settings)
    elif step.do == "delete":
        ids = site.event_ids()
        site.delete([ids[place] for place in sorted({place % len(ids) for place in step.places})] if ids else [])
    elif step.amid is None:
        site.catch_up()
    else:
        _catch_up_amid(site, step.amid)


def _catch_up_amid(site: SiteUnderTest, amid: Step) -> None:
    """Refresh; before the first time that it writes, something else is committed."""
    write = site.database.write
    waiting = [amid]

    def interrupted_write():
        if waiting:
            happen(site, waiting.pop())
        return write()

    with patch.object(site.database, "write", interrupted_write):
        site.catch_up()
    for step in waiting:
        happen(site, step)


def told(story: Story, database: Database) -> SiteUnderTest:
    """The site at the end of a story, refreshed."""
    site = new_site(database, story.begins)
    with limited(story.limits):
        for step in story.steps:
            happen(site, step)
        site.catch_up()
    assert len(site.event_ids()) == len(story.events)
    return site


def assert_same_bits(expected: dict, got: dict) -> None:
    """Every expected figure is the one that was got, to the last bit; got may hold further fields."""
    assert {kind: set(rows) for kind, rows in expected.items() if kind != "factory"} == {kind: set(got[kind]) for kind in ("workers", "workstations")}
    assert expected["factory"] == {name: got["factory"][name] for name in expected["factory"]}
    for kind in ("workers", "workstations"):
        for id_, row in expected[kind].items():
            assert (id_, row) == (id_, {name: got[kind][id_][name] for name in row})


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
@pytest.mark.parametrize("size", [1, 97, 10_000])
def test_golden_case(case, size):
    if len(case.events) > 1_000 and size < 97:
        pytest.skip("A transaction for each of some thousand events takes too long.")
    with site_under_test(case.site) as site:
        site.post(case.events[::2], [size])
        site.catch_up()
        site.post(case.events[1::2], [size])
        assert_matches(case.expected, site.read(case.query), beside=True)


@core(120)
@given(story=stories())
def test_derived_rows_are_those_of_a_rebuild(live, fresh, story):
    note(str(story))
    assert told(story, live).derived() == built_from_scratch(fresh, story.site, list(story.events)).derived()


@core(120)
@given(story=stories(deletes=True))
def test_derived_rows_are_those_of_a_rebuild_after_deletions(live, fresh, story):
    note(str(story))
    assert told(story, live).derived() == built_from_scratch(fresh, story.site, list(story.events)).derived()


@core(120)
@given(story=stories(deletes=True, asked=6))
def test_reading_gives_what_the_events_say(live, story):
    note(str(story))
    site = told(story, live)
    known = parsed(story.registered)
    for query in story.queries:
        note(str(query))
        got = site.read(query)
        assert_same_bits(evaluated(story.site, story.events, query, registered=known), got)
        if not story.forgets_an_id:
            assert_matches(reference.metrics(story.site, list(story.events), query), got, beside=True)


@core(40)
@given(case=cases(), size=st.sampled_from([1, 3, 50]))
def test_a_second_refresh_finds_nothing_to_do(live, case, size):
    site, events, _ = case
    under_test = new_site(live, site)
    under_test.post(events, [size])
    before = under_test.derived()
    revision = under_test.revision()
    under_test.post(events, [size])
    under_test.touch_everything()
    assert under_test.derived() == before
    assert under_test.revision() == revision
