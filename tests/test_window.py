"""From the range that an address names to windows of time, and the sentence about them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callbacks.context import Context
from callbacks.filters import Filters
from callbacks.sentence import sentence
from callbacks.window import ShiftRun, Window, windows
from data_layer.horizons import Horizons
from data_layer.privacy import UNCHOSEN
from metrics.schedule import Break, SettingsVersion, Shift, SiteRules
from metrics.units import to_micros

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 1, 15, 13, 52, 10, tzinfo=UTC)  # Thursday, 14:52:10 in Berlin
WEEKDAYS = frozenset(range(5))


def rules(*shifts):
    return SiteRules("Europe/Berlin", (SettingsVersion(shifts=shifts),))


DAY = rules(Shift(8 * 60, 17 * 60, WEEKDAYS, "day", (Break(12 * 60, 13 * 60),)))
ROUND = rules(Shift(6 * 60, 14 * 60, WEEKDAYS, "early"), Shift(14 * 60, 22 * 60, WEEKDAYS, "late"), Shift(22 * 60, 6 * 60, WEEKDAYS, "night"))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(found):
    """Start and end of a window on the clock in Berlin."""
    return None if found is None else tuple(f"{moment.astimezone(BERLIN):%d %H:%M}" for moment in (found.start, found.end))


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
        (Filters(range="custom", first=date(2026, 2, 1), last=date(2026, 2, 1)), Window(utc("2026-01-31T23:00"), utc("2026-02-01T23:00"), False), None),
    ],
)
def test_days(filters, window, previous):
    found = windows(filters, DAY, BERLIN, NOW)
    assert (found.window, found.previous) == (window, previous)


def test_days_are_local_when_the_clock_changes():
    spring = utc("2026-03-29T10:00")  # 12:00 in Berlin; the night was an hour short
    found = windows(Filters(), DAY, BERLIN, spring)
    assert found.window == Window(utc("2026-03-28T23:00"), spring, True)
    assert found.previous == Window(utc("2026-03-27T23:00"), utc("2026-03-28T11:00"), False)


@pytest.mark.parametrize(
    ("why", "site", "at", "wanted", "window", "previous", "name", "no_shift"),
    [
        ("under way, breaks included", DAY, "2026-01-15T13:52", "shift", ("15 08:00", "15 14:52"), ("14 08:00", "14 14:52"), "day", None),
        ("the one before it", DAY, "2026-01-15T13:52", "last-shift", ("14 08:00", "14 17:00"), ("13 08:00", "13 17:00"), "day", None),
        ("over: the last one stands in", DAY, "2026-01-15T19:00", "shift", ("15 08:00", "15 17:00"), ("14 08:00", "14 17:00"), "day", "over"),
        ("the last one is today's", DAY, "2026-01-15T19:00", "last-shift", ("15 08:00", "15 17:00"), ("14 08:00", "14 17:00"), "day", None),
        ("over the weekend", DAY, "2026-01-12T09:00", "last-shift", ("09 08:00", "09 17:00"), ("08 08:00", "08 17:00"), "day", None),
        ("the minute it begins", DAY, "2026-01-15T07:00", "shift", ("15 08:00", "15 08:00"), ("14 08:00", "14 08:00"), "day", None),
        ("the minute it ends", DAY, "2026-01-15T16:00", "shift", ("15 08:00", "15 17:00"), ("14 08:00", "14 17:00"), "day", "over"),
        ("compared with its own kind", ROUND, "2026-01-15T14:00", "shift", ("15 14:00", "15 15:00"), ("14 14:00", "14 15:00"), "late", None),
        ("the shift before is another", ROUND, "2026-01-15T14:00", "last-shift", ("15 06:00", "15 14:00"), ("14 06:00", "14 14:00"), "early", None),
        ("over midnight", ROUND, "2026-01-15T23:30", "shift", ("15 22:00", "16 00:30"), ("14 22:00", "15 00:30"), "night", None),
    ],
)
def test_shifts(why, site, at, wanted, window, previous, name, no_shift):
    found = windows(Filters(range=wanted), site, BERLIN, utc(at))
    assert (span(found.window), span(found.previous), found.no_shift) == (window, previous, no_shift), why
    assert found.window.shift.name == name


@pytest.mark.parametrize(("site", "why"), [(SiteRules("Europe/Berlin"), "unscheduled"), (rules(Shift(480, 1020, frozenset(), "never")), "none")])
def test_without_a_shift_it_is_today(site, why):
    found = windows(Filters(range="shift"), site, BERLIN, NOW)
    assert (found.window, found.no_shift) == (Window(utc("2026-01-14T23:00"), NOW, True), why)


def test_the_first_shift_of_all_has_none_to_compare_with():
    versions = (SettingsVersion(), SettingsVersion(date(2026, 1, 15), (Shift(480, 1020, WEEKDAYS, "day"),)))
    found = windows(Filters(range="shift"), SiteRules("Europe/Berlin", versions), BERLIN, NOW)
    assert found.window.shift == ShiftRun("day", utc("2026-01-15T07:00"), utc("2026-01-15T16:00"))
    assert found.previous is None


class Registered:
    """Services of a site with some stations and workers."""

    def __init__(self, site_rules):
        stations = [
            {"station_id": f"S{number}", "name": name, "type": kind} for number, (name, kind) in enumerate([("Saw", "cut"), ("Press", "form"), (None, None)], 1)
        ]
        workers = [{"worker_id": f"W{number}", "name": f"Worker {number}", "home_station_id": None} for number in range(1, 6)]
        by_table = {"workers": workers, "workstations": stations}
        self.screens = self
        self.once = lambda key, _ask: by_table[key[0]]
        self.site_id, self.timezone, self.rules, self.horizons = "main", "Europe/Berlin", site_rules, Horizons()
        self.privacy = UNCHOSEN


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Today, Thu 15 Jan, 00:00 until now (14:52), all stations. Compared with the same part of yesterday."),
        ("?range=yesterday&station=S1", "Yesterday, Wed 14 Jan, station Saw. Compared with the day before."),
        (
            "?range=7d&station=S1&station=S2",
            "The last 7 days, Fri 9 Jan, 00:00 until now (14:52), 2 stations (Saw, Press). Compared with the same part of the 7 days before.",
        ),
        ("?range=all", "Everything so far, until now (Thu 15 Jan, 14:52), all stations."),
        ("?range=custom&from=2025-12-30&to=2026-01-02", "Tue 30 Dec 2025 to Fri 2 Jan, all stations. Compared with the 4 days before."),
        (
            "?range=shift&type=cut",
            "Day shift, Thu 15 Jan, 08:00 until now (14:52), stations of type cut. Compared with the same part of the day shift of Wed 14 Jan.",
        ),
        ("?worker=W1", "Today, Thu 15 Jan, 00:00 until now (14:52), all stations, Worker 1 alone. Compared with the same part of yesterday."),
        (
            "?range=last-shift&worker=W1&worker=W2&worker=W3&worker=W4&worker=W99",
            "Day shift, Wed 14 Jan, 08:00 until 17:00, all stations, 4 workers (Worker 1, Worker 2, Worker 3 and 1 more). "
            "Compared with the day shift of Tue 13 Jan.",
        ),
        ("?station=S3&type=nothing", "Today, Thu 15 Jan, 00:00 until now (14:52), station S3. Compared with the same part of yesterday."),
    ],
)
def test_sentence(query, words):
    services = Registered(DAY)
    context = Context(services, services, Filters.from_query(query), NOW)
    assert "".join(sentence(context, compared=True)) == words + " Times in Europe/Berlin."


@pytest.mark.parametrize(("query", "sealed"), [("?range=yesterday", ""), ("?range=7d", " What lies before Wed 14 Jan is sealed: its raw events are archived.")])
def test_the_sentence_says_what_is_sealed(query, sealed):
    services = Registered(DAY)
    services.horizons = Horizons(sealed_before=to_micros(datetime(2026, 1, 13, 23, tzinfo=UTC)))
    context = Context(services, services, Filters.from_query(query), NOW)
    assert "".join(sentence(context, compared=False)).endswith(f", all stations.{sealed} Times in Europe/Berlin.")


def test_the_sentence_says_when_there_is_no_shift():
    for site, at, words in (
        (DAY, "2026-01-15T19:00", "No shift is on now; the last one was the day shift, Thu 15 Jan, 08:00 until 17:00, all stations."),
        (
            SiteRules("Europe/Berlin"),
            "2026-01-15T19:00",
            "This site has no shifts (see Settings): this is today instead, Thu 15 Jan, 00:00 until now (20:00), all stations.",
        ),
    ):
        services = Registered(site)
        context = Context(services, services, Filters(range="shift"), utc(at))
        assert "".join(sentence(context, compared=False)) == words + " Times in Europe/Berlin."
