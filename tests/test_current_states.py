"""What each worker does now: the state after the last event if it runs to the clock, else no signal (rule 5)."""

from collections.abc import Iterator
from itertools import count
from zoneinfo import ZoneInfo

import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core
from metrics_harness import SiteUnderTest, SynchronousRefresher, temporary_database
from reference.events import Event
from reference.history import History, recount
from reference.moments import parse
from reference.segments import contains
from strategies import cases

from data_layer.engine import Database
from data_layer.reader import MetricsReader
from metrics.units import HOUR, MINUTE, to_datetime

_numbers = count()
SHIFT = {"start": "08:00", "end": "17:00", "breaks": [{"start": "12:00", "end": "13:00"}]}


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with temporary_database() as made:
        yield made


def states(database: Database, site: dict, events: list[dict], now: int) -> dict[str, tuple[str, str | None]]:
    """By worker: state and station now."""
    under_test = SiteUnderTest(database, f"site {next(_numbers)}")
    under_test.configure(site)
    under_test.post(events)
    found = MetricsReader(database, SynchronousRefresher(database)).current_states(under_test.site_id, to_datetime(now))
    assert all(state.since is not None or state.state == "no_signal" for state in found)
    return {state.worker_id: (state.state, state.station_id) for state in found}


def last_state(events: list[Event]) -> tuple[str | None, str | None]:
    """State and station after a worker's last event."""
    state, station = None, None
    for event in sorted(events, key=Event.order):
        if event.type != "product_count":
            state, station = event.type, event.station
        elif state == "absent":
            state, station = None, None
    return state, station


def expected(site: dict, events: list[dict], now: int) -> dict[str, tuple[str, str | None]]:
    asked = {"as_of": to_datetime(now).isoformat()}
    history = recount(site, events, asked)
    rows = reference.intervals(site, events, asked)
    return {worker: _now(history, rows, worker) for worker in history.workers}


def _now(history: History, rows: list[dict], worker: str) -> tuple[str, str | None]:
    own = [event for event in history.events if event.worker == worker]
    state, station = last_state(own)
    at_the_clock = own and max(event.instant for event in own) == history.clock
    if at_the_clock:
        runs = state != "absent" or not history.has_schedule or contains(history.scheduled, history.clock)
    else:
        runs = any(row["worker"] == worker and row["end"] == history.clock for row in rows)
    return (state, station) if state and runs else ("no_signal", None)


@core(60)
@given(case=cases(), ago=st.sampled_from([0, 1, -1, 5 * MINUTE, HOUR, 5 * HOUR, -HOUR]))
def test_states_are_those_of_the_rules(database, case, ago):
    site, events, _ = case
    instants = [event.instant for event in recount(site, events, {}).events]
    now = max(instants, default=1_774_771_200_000_000) + ago
    assert states(database, site, events, now) == expected(site, events, now)


@pytest.mark.parametrize(
    ("why", "events", "now", "state"),
    [
        ("seen this very moment", "08:00 working", "08:00", "working"),
        ("a camera's clock is ahead", "08:00 working, 08:04 idle", "08:01", "idle"),
        ("a while ago", "08:00 working", "09:00", "working"),
        ("too long ago", "08:00 working", "09:01", "no_signal"),
        ("during the break", "11:50 working", "12:20", "no_signal"),
        ("after the break", "11:59 working", "12:59:30", "no_signal"),
        ("a count renews", "08:00 working, 08:50 product_count", "09:45", "working"),
        ("a count ends absent", "08:00 absent, 08:50 product_count", "08:51", "no_signal"),
        ("overtime", "17:10 working", "18:00", "working"),
        ("absent at night is nothing", "17:10 absent", "17:10", "no_signal"),
        ("absent, an hour attended", "08:00 working, 09:00 working, 09:10 absent", "16:00", "absent"),
        ("absent, nothing attended", "09:10 absent", "16:00", "no_signal"),
    ],
)
def test_states_at_a_site_with_a_shift(database, why, events, now, state):
    entries = [entry.split(" ") for entry in events.split(", ")]
    posted = [{"timestamp": f"2026-01-15T{at}:00Z", "worker_id": "W1", "workstation_id": "S1", "event_type": kind} for at, kind in entries]
    moment = parse(f"2026-01-15T{now}{'' if now.count(':') == 2 else ':00'}Z", ZoneInfo("UTC"))
    site = {"timezone": "UTC", "shifts": [SHIFT], "signal_timeout_seconds": 3_600}
    assert states(database, site, posted, moment)["W1"][0] == state, why
