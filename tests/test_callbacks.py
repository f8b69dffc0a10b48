"""Callbacks as plain functions, on services that answer from memory."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import dash
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

import callbacks
from callbacks import demo
from callbacks.figures import floor_tiles, kpi_view, overview_view
from callbacks.filters import Filters, Window
from callbacks.overview import OUTPUTS, refresh
from callbacks.sentence import sentence
from callbacks.snapshot import take_snapshot
from components import ids, shell
from data_layer.query import CurrentState
from tests.fakes import NOW, FakeServices

BERLIN = ZoneInfo("Europe/Berlin")
SHOWN = {"tiles": [], "site_options": [], "station_options": [], "stamp": None}


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("search", "filters"),
    [
        (None, Filters()),
        ("", Filters()),
        ("?site=north&range=7d", Filters("north", "7d")),
        ("?range=custom&from=2026-01-05&to=2026-01-07", Filters(range="custom", first=date(2026, 1, 5), last=date(2026, 1, 7))),
        ("?range=custom&from=2026-01-07&to=2026-01-05", Filters(range="custom", first=date(2026, 1, 5), last=date(2026, 1, 7))),
        ("?range=custom&from=2026-13-99&to=2026-01-05", Filters()),
        ("?range=custom", Filters()),
        ("?range=custom&from=0001-01-01&to=9999-12-31", Filters()),
        ("?range=today&from=2026-01-05&to=2026-01-07", Filters()),
        ("?range=nonsense&colour=red", Filters()),
        ("?station=S2&station=S1&station=S2", Filters(station_ids=("S2", "S1"))),
        ("?site=", Filters()),
        ("?station=a%26b%20c", Filters(station_ids=("a&b c",))),
    ],
)
def test_filters_from_query(search, filters):
    assert Filters.from_query(search) == filters


@pytest.mark.parametrize(
    ("filters", "window", "previous"),
    [
        (Filters(), Window(utc("2026-01-14T23:00"), NOW, True), Window(utc("2026-01-13T23:00"), NOW - timedelta(days=1), False)),
        (
            Filters(range="yesterday"),
            Window(utc("2026-01-13T23:00"), utc("2026-01-14T23:00"), False),
            Window(utc("2026-01-12T23:00"), utc("2026-01-13T23:00"), False),
        ),
        (Filters(range="7d"), Window(utc("2026-01-08T23:00"), NOW, True), Window(utc("2026-01-01T23:00"), NOW - timedelta(days=7), False)),
        (Filters(range="all"), Window(None, None, True), None),
        (
            Filters(range="custom", first=date(2026, 1, 5), last=date(2026, 1, 7)),
            Window(utc("2026-01-04T23:00"), utc("2026-01-07T23:00"), False),
            Window(utc("2026-01-01T23:00"), utc("2026-01-04T23:00"), False),
        ),
        (
            Filters(range="custom", first=date(2026, 1, 14), last=date(2026, 1, 20)),
            Window(utc("2026-01-13T23:00"), NOW, True),
            Window(utc("2026-01-06T23:00"), NOW - timedelta(days=7), False),
        ),
        (Filters(range="custom", first=date(2026, 2, 1), last=date(2026, 2, 1)), Window(utc("2026-01-31T23:00"), utc("2026-02-01T23:00"), False), None),
    ],
)
def test_windows(filters, window, previous):
    assert filters.window(NOW, BERLIN) == window
    assert filters.previous(NOW, BERLIN) == previous


def test_days_are_local_when_the_clock_changes():
    spring = utc("2026-03-29T10:00")  # 12:00 in Berlin; the night was an hour short
    assert Filters().window(spring, BERLIN) == Window(utc("2026-03-28T23:00"), spring, True)
    assert Filters().previous(spring, BERLIN) == Window(utc("2026-03-27T23:00"), utc("2026-03-28T11:00"), False)


@pytest.mark.parametrize(
    ("filters", "stations", "compared", "words"),
    [
        (
            Filters(),
            [],
            True,
            "Today, Thu 15 Jan, 00:00 until now (14:52), all stations. Compared with the same part of yesterday. Times in Europe/Berlin.",
        ),
        (Filters(range="yesterday"), ["Saw"], True, "Yesterday, Wed 14 Jan, station Saw. Compared with the day before. Times in Europe/Berlin."),
        (
            Filters(range="7d"),
            ["Saw", "Press"],
            False,
            "The last 7 days, Fri 9 Jan, 00:00 until now (14:52), stations Saw, Press. "
            "Nothing to compare with: the same part of the 7 days before had no events. Times in Europe/Berlin.",
        ),
        (Filters(range="all"), [], False, "Everything so far, until now (Thu 15 Jan, 14:52), all stations. Times in Europe/Berlin."),
        (
            Filters(range="custom", first=date(2025, 12, 30), last=date(2026, 1, 2)),
            [],
            True,
            "Tue 30 Dec 2025 to Fri 2 Jan, all stations. Compared with the 4 days before. Times in Europe/Berlin.",
        ),
    ],
)
def test_sentence(filters, stations, compared, words):
    assert "".join(sentence(filters, NOW, BERLIN, stations=stations, compared=compared)) == words


def test_a_snapshot_asks_for_today_until_now_and_the_same_part_of_yesterday():
    services = FakeServices()
    snapshot = take_snapshot(services, Filters.from_query("?station=S2&station=S99"))
    today, yesterday = services.metrics.asked
    assert (today.start, today.end, today.as_of, today.station_ids) == (utc("2026-01-14T23:00"), NOW, NOW, ("S2",))
    assert (yesterday.start, yesterday.end, yesterday.as_of, yesterday.station_ids) == (utc("2026-01-13T23:00"), NOW - timedelta(days=1), NOW, ("S2",))
    assert [station.station_id for station in snapshot.stations] == ["S2"]
    assert not snapshot.empty


def test_a_window_without_events_before_compares_with_nothing():
    services = FakeServices()
    services.metrics.before["total_events"] = 0
    view = overview_view(take_snapshot(services, Filters()))
    assert "Nothing to compare with" in view["rest"]
    assert {kpi["change"] for key, kpi in view["kpis"].items() if key != "at-work"} == {""}


def test_cards_compare_and_count_who_is_at_work():
    view = kpi_view(take_snapshot(FakeServices(), Filters()))
    assert [(key, leaves["value"], leaves["unit"], leaves["change"]) for key, leaves in view.items()] == [
        ("productive", "31.4", "h", "+2.1 h"),
        ("units", "412", "", "+38"),
        ("rate", "13.1", "/h", "−0.4"),
        ("utilization", "81.6", "%", "+3.2 pt"),
        ("coverage", "96.2", "%", "−1.1 pt"),
        ("at-work", "4", "of 6", "1 absent · 1 no signal"),
    ]


@pytest.mark.parametrize(
    ("scheduled", "search", "hint"),
    [(False, "", "needs a shift schedule"), (True, "?station=S1", "for all stations only"), (True, "", "no shift attended yet")],
)
def test_missing_coverage_says_why(scheduled, search, hint):
    services = FakeServices()
    services.sites.sites[0] = replace(services.sites.sites[0], has_schedule=scheduled)
    services.metrics.factory["coverage_percentage"] = None
    coverage = kpi_view(take_snapshot(services, Filters.from_query(search)))["coverage"]
    assert (coverage["value"], coverage["change"]) == ("—", hint)


def test_a_station_filter_counts_those_at_the_chosen_stations():
    card = kpi_view(take_snapshot(FakeServices(), Filters(station_ids=("S1", "S2", "S5"))))["at-work"]
    assert (card["value"], card["unit"], card["change"]) == ("2", "of 6", "at the chosen stations")


def test_a_tile_shows_the_busiest_and_names_the_others():
    services = FakeServices()
    services.metrics.states = [
        CurrentState("W3", "idle", "S1", NOW - timedelta(minutes=50)),
        CurrentState("W1", "working", "S1", NOW + timedelta(minutes=2)),
        CurrentState("W2", "no_signal", "S1", None),
    ]
    tile = floor_tiles(take_snapshot(services, Filters()))[0]
    assert (tile.state, tile.who, tile.since, tile.units) == ("working", "Alice Johnson, Carol Diaz and 1 more", "now", "124 units")


def test_units_of_another_range_are_not_shown_as_of_now():
    assert {tile.units for tile in floor_tiles(take_snapshot(FakeServices(), Filters(range="7d")))} == {""}


def test_nobody_is_lost_from_sight():
    assert overview_view(take_snapshot(FakeServices(), Filters()))["elsewhere"] == "At no station: Frank Müller (absent)"


def test_many_without_a_signal_are_counted_not_named():
    services = FakeServices()
    services.metrics.states = [CurrentState(f"W{number}", "no_signal" if number < 6 else "absent", None, None) for number in range(1, 7)]
    assert overview_view(take_snapshot(services, Filters()))["elsewhere"] == "At no station: Frank Müller (absent) and 5 with no signal"


def test_under_a_station_filter_only_who_was_there_has_a_row():
    services = FakeServices()
    services.metrics.workers[1:] = [
        row | {name: 0 for name in row if name.startswith("total_") or name == "event_count"} for row in services.metrics.workers[1:]
    ]
    everyone, few = (overview_view(take_snapshot(services, Filters(station_ids=chosen))) for chosen in ((), ("S1",)))
    assert [row["id"] for row in few["worker_rows"]] == ["W1"]
    assert few["worker_note"] == "1 of 6 workers, their time at the chosen stations"
    assert (len(everyone["worker_rows"]), everyone["worker_note"]) == (6, "6 workers")


def test_nothing_is_asked_before_the_address_is_known():
    with pytest.raises(PreventUpdate):
        refresh(FakeServices(), None, SHOWN)


def shape(outputs):
    return {name: shape(part) if isinstance(part, dict) else None for name, part in outputs.items()}


def test_refresh_fills_every_output_and_only_leaves_the_second_time():
    services = FakeServices()
    first = refresh(services, "", SHOWN)
    assert set(first) == set(OUTPUTS)
    assert shape({"kpis": first["kpis"]}) == shape({"kpis": OUTPUTS["kpis"]})
    assert len(first["tiles"]) == 6
    shown = {
        "tiles": [ids.tile(f"S{number}", "box") for number in range(1, 7)],
        "site_options": first["site_options"],
        "station_options": first["station_options"],
        "stamp": first["stamp"],
    }
    second = refresh(services, "", shown)
    assert (second["tiles"], second["site_options"], second["station_options"]) == (no_update, no_update, no_update)
    assert second["floor"]["S2"]["word"] == "Idle"
    assert second["stamp"]["answer"] != first["stamp"]["answer"]


def test_the_stamp_says_stale_and_recomputing():
    services = FakeServices()
    services.metrics.stale, services.working_on = True, (12, 28)
    stamp = refresh(services, "", SHOWN)["stamp"]
    assert (stamp["stale"], stamp["progress"], stamp["today"], stamp["clock"]) == (True, [12, 28], "2026-01-15", "14:52:10")


def test_an_unknown_site_is_told_and_hides_the_figures_of_another():
    answer = refresh(FakeServices(), "?site=nowhere", SHOWN | {"stamp": {"search": "", "clock": "14:52:05"}})
    assert answer["notice"] == "There is no site “nowhere”. Choose another one above."
    assert answer["page"] == shell.FAILED
    assert [option["value"] for option in answer["site_options"]] == ["nowhere", "main", "south"]
    assert answer["worker_rows"] is no_update


@pytest.mark.parametrize(("search_shown", "page", "words"), [("", no_update, "What you see is from 14:52:05."), ("?range=7d", shell.FAILED, "Trying again")])
def test_a_failure_keeps_only_figures_that_answer_the_question(search_shown, page, words):
    services = FakeServices()
    services.metrics.failure = RuntimeError("SELECT secret")
    answer = refresh(services, "", SHOWN | {"stamp": {"search": search_shown, "clock": "14:52:05"}})
    assert answer["page"] == page
    assert words in answer["notice"]
    assert "SELECT" not in answer["notice"]
    assert answer["kpis"]["units"]["value"] is no_update


def test_a_site_without_any_event_is_welcomed():
    answer = refresh(FakeServices.empty(), "", SHOWN)
    assert answer["page"] == shell.WELCOME
    assert answer["welcome"].startswith("Plant North has no events yet")


def test_demo_answers_in_words():
    assert demo.loaded({"success_count": 1180, "duplicate_count": 0}) == "Demo data loaded: 1,180 new events."
    assert demo.loaded({"success_count": 1180, "duplicate_count": 1170}) == "Demo data loaded: 10 new events. 1,170 events had been there before."
    assert demo.loaded({"success_count": 9, "duplicate_count": 9}) == "The demo data is up to date: there was nothing to add."
    assert demo.removed({"removed_count": 1}) == "Demo data removed: 1 event."


def test_demo_failures_are_told_without_their_insides():
    def broken():
        raise RuntimeError("disk /dev/x is full")

    text, look, nudge = demo.outcome(broken, "remove")
    assert text == "The demo data could not be removed; the server's log says why. Nothing else was touched."
    assert (look, nudge) == (shell.result_class(False), no_update)
    assert demo.outcome(broken, "load")[0].startswith("The demo data could not be loaded;")


def test_two_apps_live_in_one_process():
    for name in ("one", "two"):
        app = dash.Dash(name, use_async=False, enable_mcp=False)
        app.layout = shell.layout()
        callbacks.register_all(app, FakeServices())
        app._setup_server()
        assert len(app.callback_map) >= 10
