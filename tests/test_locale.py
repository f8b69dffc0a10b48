"""Numbers and dates as the reader's browser writes them."""

import json
from datetime import date, datetime
from urllib.parse import quote

import pytest

from components import locale, wording
from components.locale import ENGLISH, Locale

GERMAN = Locale(
    decimal=",",
    group=".",
    weekdays=("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    months=("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    day="{weekday}, {day}. {month}",
    day_year="{weekday}, {day}. {month} {year}",
)
AMERICAN = Locale(
    day="{weekday}, {month} {day}", clock="{hour}:{minute} {dayPeriod}", clock_seconds="{hour}:{minute}:{second} {dayPeriod}", halves=("AM", "PM")
)


@pytest.fixture(autouse=True)
def english_again():
    yield
    locale.use(ENGLISH)


@pytest.mark.parametrize(
    ("reader", "numbers", "day", "clock"),
    [
        (ENGLISH, ["1,234.5", "−0.5", "0.0", "+1,000", "1,200 units"], "Thu 15 Jan", "14:52"),
        (GERMAN, ["1.234,5", "−0,5", "0,0", "+1.000", "1.200 units"], "Do, 15. Jan.", "14:52"),
        (AMERICAN, ["1,234.5", "−0.5", "0.0", "+1,000", "1,200 units"], "Thu, Jan 15", "2:52 PM"),
    ],
)
def test_words_follow_the_reader(reader, numbers, day, clock):
    locale.use(reader)
    found = [wording.number(1234.51, 1), wording.number(-0.5, 1), wording.number(-0.04, 1), wording.signed(1000), wording.count(1200, "unit")]
    assert found == numbers
    assert wording.day(date(2026, 1, 15), date(2026, 11, 1)) == day
    assert wording.clock(datetime(2026, 1, 15, 14, 52)) == clock


@pytest.mark.parametrize(("hour", "shown"), [(0, "12:05 AM"), (9, "9:05 AM"), (12, "12:05 PM"), (23, "11:05 PM")])
def test_halves_of_a_day(hour, shown):
    locale.use(AMERICAN)
    assert wording.clock(datetime(2026, 1, 15, hour, 5)) == shown


def test_another_year_is_named():
    assert wording.day(date(2025, 12, 30), date(2026, 1, 1)) == "Tue 30 Dec 2025"
    assert wording.day_clock(datetime(2026, 1, 1, 9, 5), date(2026, 1, 1)) == "09:05"
    assert wording.day_clock(datetime(2025, 12, 31, 9, 5), date(2026, 1, 1)) == "Wed 31 Dec 2025, 09:05"


def test_what_the_browser_tells_is_read():
    assert locale.read(quote(json.dumps({"decimal": ",", "group": "."}))) == Locale(decimal=",", group=".")


@pytest.mark.parametrize(
    "cookie",
    [None, "", "nonsense", "%7B", quote('{"decimal": ""}'), quote('{"months": ["Jan"]}'), quote('{"day": "' + "x" * 100 + '"}'), quote("[]"), "%ff%fe"],
)
def test_what_cannot_be_read_is_english(cookie):
    assert locale.read(cookie) == ENGLISH


def test_templates_cannot_reach_anything():
    assert locale.read(quote('{"day": "{day.__class__} {0} {day}"}')).date(date(2026, 1, 15), year=False) == "{day.__class__} {0} 15"
