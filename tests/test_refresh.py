"""The stored path against the rules: whatever happens and in whatever order, reading gives what the set of events says, to the last bit."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from unittest.mock import patch

import pytest
import reference
from golden_cases import assert_matches, load_cases
from histories import Limits, Step, Story, disorders, stories
from hypothesis import given, note
from hypothesis import strategies as st
from hypothesis_profiles import core
from metrics_harness import SiteUnderTest, evaluated, parsed, site_under_test, temporary_database
from strategies import cases

from data_layer import catching_up, plan
from data_layer.engine import Database
from metrics.units import HOUR

_numbers = count()

SHIFT = {"start": "08:00", "end": "17:00", "days": [0, 1, 2, 3, 4, 5, 6]}
EIGHT_TO_NINE = [
    {"timestamp": f"2026-01-15T0{hour}:00:00Z", "worker_id": "W1", "workstation_id": "S1", "event_type": kind} for hour, kind in ((8, "working"), (9, "idle"))
]


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
            (catching_up, "_TAKEN_AT_ONCE", limits.taken_at_once),
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

    def interrupted_write(**given):
        if waiting:
            happen(site, waiting.pop())
        return write(**given)

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


def test_settings_amid_the_first_of_two_passes(live, fresh):
    """Found by chance: the first pass was not written, and the second one took away what called for both."""
    change = {"valid_from": "2026-10-25"}
    far = [event | {"timestamp": event["timestamp"].replace("2026-01", "2026-06")} for event in EIGHT_TO_NINE]
    under_test = new_site(live, {"timezone": "UTC"})
    under_test.catch_up()
    under_test.post(EIGHT_TO_NINE + far)
    happen(under_test, Step("refresh", amid=Step("put", settings=change)))
    assert under_test.derived() == built_from_scratch(fresh, {"timezone": "UTC", "later": [change]}, EIGHT_TO_NINE + far).derived()


def test_settings_amid_the_first_stretch_of_a_recomputation(live, fresh):
    changes = [{"valid_from": "2026-01-01", "signal_timeout_seconds": 600}, {"valid_from": "2026-10-25"}]
    far = [event | {"timestamp": event["timestamp"].replace("2026-01", "2026-06")} for event in EIGHT_TO_NINE]
    under_test = new_site(live, {"timezone": "UTC"})
    under_test.post(EIGHT_TO_NINE + far)
    under_test.catch_up()
    under_test.put(changes[0])
    with limited(Limits(events_a_pass=2)):
        happen(under_test, Step("refresh", amid=Step("put", settings=changes[1])))
    assert under_test.derived() == built_from_scratch(fresh, {"timezone": "UTC", "later": changes}, EIGHT_TO_NINE + far).derived()


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
@pytest.mark.parametrize("size", [7, 10_000])
def test_golden_case(case, size):
    with site_under_test(case.site) as site:
        site.post(case.events[::2], [size])
        site.catch_up()
        site.post(case.events[1::2], [size])
        assert_matches(case.expected, site.read(case.query), beside=True)


@core(60)
@given(story=disorders())
def test_late_events_and_deletions_reach_as_far_as_they_matter(live, fresh, story):
    note(str(story))
    assert told(story, live).derived() == built_from_scratch(fresh, story.site, story.events).derived()


@core(30)
@given(story=stories(asked=0))
def test_derived_rows_are_those_of_a_rebuild(live, fresh, story):
    note(str(story))
    assert told(story, live).derived() == built_from_scratch(fresh, story.site, story.events).derived()


@core(30)
@given(story=stories(asked=6))
def test_reading_gives_what_the_events_say(live, story):
    note(str(story))
    site = told(story, live)
    known = parsed(story.registered)
    for query in story.queries:
        note(str(query))
        got = site.read(query)
        assert_same_bits(evaluated(story.site, story.events, query, registered=known), got)
        if not story.forgets_an_id:
            assert_matches(reference.metrics(story.site, story.events, query), got, beside=True)


@core(20)
@given(case=cases(), size=st.sampled_from([1, 3, 50]))
def test_repeats_change_nothing_and_a_second_look_finds_nothing(live, case, size):
    site, events, _ = case
    under_test = new_site(live, site)
    under_test.post(events, [size])
    before, revision = under_test.derived(), under_test.revision()
    under_test.post(events, [size])
    under_test.catch_up()
    assert under_test.revision() == revision
    under_test.touch_everything()
    assert under_test.derived() == before


def test_an_hour_shared_with_an_attended_shift_keeps_its_signal(live, fresh):
    """The hour of a handover is summed anew for the late shift; what the early one has of it counts as before."""
    shifts = [SHIFT | {"start": "06:00", "end": "14:30"}, SHIFT | {"start": "14:30", "end": "22:30"}]
    site = {"timezone": "UTC", "shifts": shifts}
    events = [EIGHT_TO_NINE[0] | {"timestamp": f"2026-01-15T{at}:00Z"} for at in ("12:00", "14:00", "14:40", "16:00", "14:50")]
    under_test = new_site(live, site)
    for part in (events[:4], events[4:]):
        under_test.post(part)
        under_test.catch_up()
    assert under_test.derived() == built_from_scratch(fresh, site, events).derived()


def test_who_loses_first_and_last_event_at_once_leaves_the_station_nothing(live, fresh):
    """The two are refreshed one after the other, and what the first pass takes away reaches into the hours of the second."""
    counts = [{**EIGHT_TO_NINE[0], "timestamp": f"2026-01-15T{8 + number // 2:02}:{number % 2 * 3}1:00Z", "event_type": "product_count"} for number in range(7)]
    steps = [Step("post", [EIGHT_TO_NINE[0], *counts], [100]), Step("refresh"), Step("delete", places=[0, 7]), Step("refresh")]
    site = {"timezone": "UTC", "signal_timeout_seconds": 12 * 3_600}
    story = Story(site, steps, Limits(near_hours=0), site, counts[:-1], [], [])
    assert told(story, live).derived() == built_from_scratch(fresh, site, story.events).derived()


def test_a_late_absence_takes_a_station_s_hours_back(live, fresh):
    """What was working until noon ends at half past eight: the hours after that only lose."""
    site = {"timezone": "UTC"}
    early, noon = EIGHT_TO_NINE[0], EIGHT_TO_NINE[1] | {"timestamp": "2026-01-15T12:00:00Z"}
    late = early | {"timestamp": "2026-01-15T08:30:00Z", "event_type": "absent"}
    under_test = new_site(live, site)
    for event in (early, noon, late):
        under_test.post([event])
        under_test.catch_up()
    assert under_test.derived() == built_from_scratch(fresh, site, [early, noon, late]).derived()


def test_a_worker_registered_between_two_passes(live, fresh):
    """Passes call workers by the rank of their id, which whoever comes first in the alphabet moves."""
    site = {"timezone": "UTC"}
    far = [event | {"timestamp": event["timestamp"].replace("2026-01", "2026-06")} for event in EIGHT_TO_NINE]
    first = [event | {"worker_id": "A first"} for event in EIGHT_TO_NINE]
    under_test = new_site(live, site)
    under_test.post(EIGHT_TO_NINE + far)
    happen(under_test, Step("refresh", amid=Step("post", first, [100])))
    assert under_test.derived() == built_from_scratch(fresh, site, EIGHT_TO_NINE + far + first).derived()


def test_settings_that_change_no_row_change_the_revision(live):
    """A longer shift lowers a station's utilization even where nothing happened in the time that it adds."""
    shift = {"start": "08:00", "end": "17:00"}
    site = new_site(live, {"timezone": "UTC", "shifts": [shift]})
    site.post(EIGHT_TO_NINE)
    before, revision = site.derived(), site.revision()
    site.put({"shifts": [shift | {"end": "18:00"}]})
    assert site.derived() == before
    assert site.revision() > revision


def test_settings_from_a_later_day_come_before_events_of_earlier_ones(live, fresh):
    """Found by chance: recomputing wrote the hours of events that were not refreshed yet, but not their days."""
    events = [EIGHT_TO_NINE[0], EIGHT_TO_NINE[1] | {"event_type": "product_count"}]
    site = new_site(live, {"timezone": "UTC"})
    site.catch_up()
    site.post(events)
    site.put({"valid_from": "2026-10-25"})
    assert site.derived() == built_from_scratch(fresh, {"timezone": "UTC", "later": [{"valid_from": "2026-10-25"}]}, events).derived()


def test_settings_from_a_later_day_leave_earlier_days_alone(live):
    """Found by chance: no hour lies after the day, and all days were taken away."""
    site = new_site(live, {"timezone": "UTC"})
    site.post(EIGHT_TO_NINE)
    before = site.derived()
    assert before["output_weeks"]
    site.put({"valid_from": "2026-10-25"})
    assert site.derived() == before


def test_a_first_shift_from_a_day_on_changes_all_history(live, fresh):
    """Once a site has a schedule, only an hour of what lies outside it counts, before that day too."""
    events = [EIGHT_TO_NINE[0], EIGHT_TO_NINE[1] | {"timestamp": "2026-01-15T12:00:00Z"}]
    change = {"valid_from": "2026-06-01", "shifts": [SHIFT]}
    site = new_site(live, {"timezone": "UTC"})
    site.post(events)
    before = site.derived()
    site.put(change)
    assert site.derived() != before
    assert site.derived() == built_from_scratch(fresh, {"timezone": "UTC", "later": [change]}, events).derived()


def test_a_time_zone_from_a_day_on_holds_for_all_history(live, fresh):
    site = new_site(live, {"timezone": "UTC"})
    site.post(EIGHT_TO_NINE)
    site.catch_up()
    site.put({"timezone": "Asia/Kathmandu", "valid_from": "2026-06-01"})
    outcome = {"timezone": "Asia/Kathmandu", "later": [{"valid_from": "2026-06-01"}]}
    assert site.derived() == built_from_scratch(fresh, outcome, EIGHT_TO_NINE).derived()


def test_days_follow_the_time_zone_where_no_hour_moves(live, fresh):
    """Found by chance: a step of a recomputation that changed no hour left the days of the old time zone."""
    site = new_site(live, {"timezone": "UTC"})
    events = EIGHT_TO_NINE + [event | {"timestamp": event["timestamp"].replace("-15T", "-17T")} for event in EIGHT_TO_NINE]
    site.post(events)
    site.catch_up()
    site.put({"timezone": "Asia/Tokyo"})
    with limited(Limits(events_a_pass=1)):
        site.catch_up()
    assert site.derived() == built_from_scratch(fresh, {"timezone": "Asia/Tokyo"}, events).derived()


@pytest.mark.parametrize(
    "bounds", [{"from": "2024-12-01"}, {"from": "2024-12-01", "to": "2024-12-24"}, {"to": "2024-12-24"}, {"from": "2025-12-01", "to": "2027-01-01"}]
)
@pytest.mark.parametrize("more", [{}, {"as_of": "2026-03-01"}, {"as_of": "2025-01-01"}, {"shift": "day"}], ids=str)
def test_windows_that_reach_far_around_the_events(live, bounds, more):
    """Scheduled time counts from the start of the window on, not from the first event on."""
    settings = {"timezone": "UTC", "shifts": [{"name": "day", "days": list(range(7)), "start": "08:00", "end": "17:00"}]}
    site = new_site(live, settings)
    site.post(EIGHT_TO_NINE)
    query = {name: f"{value}T00:00:00Z" if name != "shift" else value for name, value in (bounds | more).items()}
    assert_same_bits(evaluated(settings, EIGHT_TO_NINE, query), site.read(query))
    assert_matches(reference.metrics(settings, EIGHT_TO_NINE, query), site.read(query), beside=True)


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("the shift moves to where nothing happens", {"shifts": [SHIFT | {"start": "20:00", "end": "23:00"}], "valid_from": "2026-01-14"}),
        ("no shift near the last step: attendance of earlier days stays", {"shifts": [], "valid_from": "2026-01-20"}),
        ("no shift near the first steps: attendance of the old shifts goes", {"shifts": [SHIFT], "valid_from": "2026-01-24"}),
    ],
)
def test_attendance_of_days_that_lose_their_shifts(live, fresh, why, change):
    """Found by chance: a step took the shifts that there are now for the days that it has to look at."""
    site = {"timezone": "UTC", "shifts": [SHIFT | {"start": "07:00"}]}
    events = [event | {"timestamp": event["timestamp"].replace("-15T", f"-{day}T")} for event in EIGHT_TO_NINE for day in range(14, 27)]
    under_test = new_site(live, site)
    under_test.post(events)
    under_test.catch_up()
    put = [{"shifts": []}, change] if change["valid_from"] > "2026-01-20" else [change]
    with limited(Limits(events_a_pass=1)):
        for settings in put:
            under_test.put(settings)
        under_test.catch_up()
    outcome = {**site, "later": [change]} if len(put) == 1 else {"timezone": "UTC", "shifts": [], "later": [change]}
    assert under_test.derived() == built_from_scratch(fresh, outcome, events).derived(), why
