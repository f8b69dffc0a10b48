"""The panel that explains a number: its words, its tables, and what a click on a figure is answered with."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dash.development.base_component import Component
from http_api import DAY_SHIFT, Api, event

from callbacks.explain import answered
from components.explain_panel import View, explained
from components.explain_tables import Table
from components.explain_words import LABELS, Setting, amount, begins, calculation, ends, exact, formula, little, value
from components.kpi_card import AT_WORK_NOW, KPIS, STATION_KPIS, WORKER_KPIS
from data_layer.explanation import Bound, ExplainQuery, Explanation, LeftOut, Part, SumOfParts
from data_layer.query import TooMuch
from metrics.derivations import DERIVATIONS, SUMS, Derivation
from metrics.units import HOUR

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 1, 15, 14, 52, 10, tzinfo=BERLIN)
SETTING = Setting({"W1": "Alice Johnson", "W2": "Bob Smith"}, {"S1": "Assembly Line 1"}, NOW, "?range=7d&station=S1")
WINDOW = ("Today, ", "Thu 15 Jan", ", all stations.")


def utc(clock: str, day: int = 15) -> datetime:
    hour, minute = clock.split(":")
    return datetime(2026, 1, day, int(hour), int(minute), tzinfo=UTC)


WINDOW_BEGINS, GOES_ON = Bound("window"), Bound("now")


def interval(start: str, end: str, worker: str = "W1", *, begins: Bound = WINDOW_BEGINS, ends: Bound = GOES_ON) -> Part:
    length = int((utc(end) - utc(start)).total_seconds()) * 1_000_000
    return Part(amount=length, what="working", worker_ids=(worker,), station_id="S1", start=utc(start), end=utc(end), begins=begins, ends=ends)


def explanation(of: str, figure: str, found: float | None, parts: dict[str, list[Part]], **more: Any) -> Explanation:
    derivation = DERIVATIONS[of][figure]
    totals = {key: sum(part.amount for part in some) for key, some in parts.items()}
    return Explanation(
        **{
            "query": ExplainQuery(of=of, figure=figure, id={"worker": "W1", "workstation": "S1"}.get(of)),
            "value": found,
            "derivation": derivation,
            "numerator": derivation.numerator(totals) if parts else 0,
            "denominator": derivation.denominator(totals) if parts else None,
            "sums": tuple(SumOfParts(key, SUMS[key].name, SUMS[key].unit, totals[key], tuple(some)) for key, some in parts.items()),
            "level": "interval",
            "left_out": (),
            "null_because": None,
            **more,
        }
    )


def text(component: Any) -> str:
    """What is read."""
    if isinstance(component, View):
        return text([*component.body, *component.left_out])
    if isinstance(component, list | tuple):
        return " ".join(text(child) for child in component)
    return text(getattr(component, "children", None) or "") if isinstance(component, Component) else str(component)


def grid(view: View) -> list[list[str]]:
    """The cells of all tables, totals too."""
    found = []
    for table in view.tables:
        found += [list(table.head), *([_words(cell) for cell in row] for row in table.rows), ["Total", *map(_words, table.totals)]] if table.rows else []
    return found


def _words(cell: Any) -> str:
    return cell["text"] if isinstance(cell, dict) else " ".join(cell) if isinstance(cell, list) else cell


def links(view: View) -> dict[str, str]:
    return {cell["text"]: cell["href"] for table in view.tables for row in table.rows for cell in row if isinstance(cell, dict)}


def test_every_figure_that_can_be_explained_has_a_name_and_every_card_an_explanation():
    assert {of: set(names) for of, names in LABELS.items()} == {of: set(figures) for of, figures in DERIVATIONS.items()}
    for of, kpis in (("factory", (*KPIS, AT_WORK_NOW)), ("worker", WORKER_KPIS), ("workstation", STATION_KPIS)):
        assert {kpi.field for kpi in kpis} <= set(DERIVATIONS[of])


@pytest.mark.parametrize(
    ("total", "unit", "glance", "told"),
    [
        (26.3 * HOUR, "time", "26.3 h", "26:18:00"),
        (1_234.5 * HOUR, "time", "1,234.5 h", "1,234:30:00"),
        (59_600_000, "time", "0.0 h", "0:01:00"),
        (0, "time", "0.0 h", "0:00:00"),
        (1, "units", "1 unit", "1"),
        (1_200, "units", "1,200 units", "1,200"),
        (6, "workers", "6 workers", "6"),
        (489.96, "percent", "490.0 %", "490.0"),
    ],
)
def test_amounts(total, unit, glance, told):
    assert (amount(total, unit), exact(total, unit)) == (glance, told)


@pytest.mark.parametrize(
    ("total", "unit", "words"), [(HOUR, "time", "1.0 h"), (HOUR - 1, "time", "60.0 min"), (150_000_000, "time", "2.5 min"), (3, "events", "3 events")]
)
def test_small_amounts(total, unit, words):
    assert little(total, unit) == words


@pytest.mark.parametrize(
    ("derivation", "words"),
    [
        (Derivation("hours", ("a",)), "a"),
        (Derivation("hours", ("a", "b")), "a + b"),
        (Derivation("percentage", ("a",), divided_by=("a", "b")), "a ÷ (a + b) × 100"),
        (Derivation("percentage", ("a",), ("b",), ("a",)), "(a − b) ÷ a × 100"),
        (Derivation("rate", ("a",), divided_by=("b",)), "a ÷ b"),
    ],
)
def test_formulas(derivation, words):
    assert derivation.formula({"a": "a", "b": "b"}) == words


def test_a_ratio_says_how_it_is_computed():
    found = explanation("worker", "utilization_percentage", 75.0, {"active": [interval("07:00", "10:00")], "idle": [interval("10:00", "11:00")]})
    assert formula(found) == "Working time ÷ (working time + idle time) × 100"
    assert calculation(found) == "3.0 h ÷ (3.0 h + 1.0 h) × 100 = 75.0 %"
    rate = explanation(
        "worker", "units_per_hour", 2 / 3, {"units": [Part(amount=2, what="product_count", start=utc("07:30"))], "active": [interval("07:00", "10:00")]}
    )
    assert calculation(rate) == "2 units ÷ 3.0 h = 0.7/h"
    plain = explanation("worker", "total_active_time_hours", 3.0, {"active": [interval("07:00", "09:00"), interval("09:30", "10:30")]})
    assert (formula(plain), calculation(plain)) == ("Working time, added up", "2 intervals add up to 3.0 h")
    events = explanation("worker", "event_count", 1, {"events": [Part(amount=1, what="idle", start=utc("07:30"))]})
    assert (formula(events), calculation(events)) == ("Events, counted", "1 event")


@pytest.mark.parametrize(
    ("bound", "who", "begin", "end"),
    [
        (Bound("event", 41, "W1"), ("W1",), "event 41", "event 41"),
        (Bound("event", 41, "W1"), ("W1", "W2"), "event 41, Alice Johnson", "event 41, Alice Johnson"),
        (Bound("event", 41, "W1"), ("W2",), "event 41, Alice Johnson", "event 41, Alice Johnson"),
        (Bound("window"), ("W1",), "range begins", "range ends"),
        (Bound("shift"), ("W1",), "shift begins", "shift ends"),
        (Bound("break"), ("W1",), "break ends", "break begins"),
        (Bound("now"), ("W1",), "now", "now"),
        (Bound("last event"), (), "last event", "last event"),
    ],
)
def test_bounds(bound, who, begin, end):
    assert (begins(bound, SETTING, who), ends(bound, SETTING, who)) == (begin, end)


def test_intervals_one_by_one():
    first = interval("07:00", "09:30", ends=Bound("event", 7, "W1"))
    found = explanation("factory", "total_productive_time_hours", 3.0, {"active": [first, interval("13:22", "13:52", "W2", begins=Bound("event", 9, "W2"))]})
    body = explained(found, SETTING, WINDOW)
    assert grid(body) == [
        ["From", "Until", "Who", "Where", "h:mm:ss"],
        ["08:00:00 range begins", "10:30:00 event 7", "Alice Johnson", "Assembly Line 1", "2:30:00"],
        ["14:22:00 event 9", "14:52:00 now", "Bob Smith", "Assembly Line 1", "0:30:00"],
        ["Total", "3:00:00 3.0 h"],
    ]
    assert "Left out Nothing." in text(body)
    assert "3.0 h Today,  Thu 15 Jan , all stations." in text(body)


def test_what_the_figure_is_of_is_not_repeated_in_every_row():
    found = explanation("worker", "utilization_percentage", 100.0, {"active": [interval("07:00", "08:00")], "idle": []})
    assert grid(explained(found, SETTING, WINDOW))[0] == ["From", "Until", "Where", "h:mm:ss"]
    assert explained(found, SETTING, WINDOW).tables[1] == Table("Idle time", note="None in this range.")
    station = explanation("workstation", "working_time_hours", 1.0, {"working": [interval("07:00", "08:00", ends=Bound("event", 3, "W2"))]})
    assert grid(explained(station, SETTING, WINDOW))[:2] == [
        ["From", "Until", "Who", "h:mm:ss"],
        ["08:00:00 range begins", "09:00:00 event 3, Bob Smith", "Alice Johnson", "1:00:00"],
    ]


def test_events_one_by_one():
    counted = Part(amount=5, what="product_count", station_id="S1", start=utc("23:30", 13), event_id=12)
    found = explanation("factory", "total_production_count", 5, {"units": [counted]})
    assert grid(explained(found, SETTING, WINDOW)) == [
        ["At", "Event", "Who", "Where", "Units"],
        ["Wed 14 Jan, 00:30:00", "12", "no worker named", "Assembly Line 1", "5"],
        ["Total", "5"],
    ]
    events = explanation("worker", "event_count", 1, {"events": [Part(amount=1, what="absent", worker_ids=("W1",), start=utc("07:30"), event_id=3)]})
    assert grid(explained(events, SETTING, WINDOW))[:2] == [["At", "Event", "What"], ["08:30:00", "3", "Absent"]]


def test_sums_by_worker_lead_to_the_worker():
    amounts = {"units": [("W1", 2), ("W2", 7), (None, 1)], "active": [("W1", HOUR), ("W2", 2 * HOUR)]}
    parts = {key: [Part(amount=some, worker_ids=(worker,) if worker else ()) for worker, some in rows] for key, rows in amounts.items()}
    body = explained(explanation("factory", "average_production_rate", 10 / 3, parts, level="worker"), SETTING, WINDOW)
    assert grid(body) == [
        ["Worker", "Units", "Working time (h:mm:ss)"],
        ["Bob Smith", "7", "2:00:00"],
        ["Alice Johnson", "2", "1:00:00"],
        ["no worker named", "1", "0:00:00"],
        ["Total", "10", "3:00:00 3.0 h"],
    ]
    assert links(body) == {"Bob Smith": "/workers/W2?range=7d&station=S1", "Alice Johnson": "/workers/W1?range=7d&station=S1"}
    assert "3 workers" not in calculation(explanation("factory", "total_production_count", 10, {"units": parts["units"]}, level="interval"))


def test_sums_by_day_and_week_lead_to_that_time():
    """Local days: midnight in Berlin is 23:00 of the day before in UTC."""
    days = [Part(amount=HOUR, start=utc("23:00", day - 1), end=utc("23:00", day)) for day in (12, 13)]
    body = explained(explanation("worker", "total_active_time_hours", 2.0, {"active": days}, level="day"), SETTING, WINDOW)
    assert links(body) == {
        "Mon 12 Jan": "/workers/W1?station=S1&range=custom&from=2026-01-12&to=2026-01-12",
        "Tue 13 Jan": "/workers/W1?station=S1&range=custom&from=2026-01-13&to=2026-01-13",
    }
    week = [Part(amount=HOUR, start=utc("23:00", 4), end=utc("23:00", 11))]
    body = explained(explanation("workstation", "working_time_hours", 1.0, {"working": week}, level="week"), SETTING, WINDOW)
    assert links(body) == {"Mon 5 Jan to Sun 11 Jan": "/stations/S1?station=S1&range=custom&from=2026-01-05&to=2026-01-11"}


def test_no_value_and_what_is_left_out():
    found = explanation(
        "worker",
        "coverage_percentage",
        None,
        {},
        null_because="The site has no shifts.",
        left_out=(LeftOut("Absent", "time", HOUR, "Gone."), LeftOut("Hidden", "events", None, "Below.")),
    )
    assert value(found) == ("—", "")
    view = explained(found, SETTING, WINDOW)
    body = text(view)
    assert "How it is computed The site has no shifts." in body
    assert view.tables == []
    assert "Absent 1.0 h Gone. Hidden too many to count Below." in body


ASKED = {"figure": "utilization_percentage", "of": "worker", "id": "W1", "search": "", "as_of": "2026-01-15T11:30:00+00:00", "at": 1}


def asked(api: Api, **changes: Any) -> tuple[str, str, View]:
    assert api.services.refresher.wait("main", 60)
    return answered(api.services, {**ASKED, **changes})


@pytest.fixture
def at_work(api: Api) -> Api:
    """A site in Berlin with a worker and her morning."""
    api.put("/api/sites/main", {"name": "Plant North", "timezone": "Europe/Berlin", "shifts": [DAY_SHIFT]})
    api.put("/api/workers/W1", {"name": "Alice Johnson"})
    api.take_in([event("2026-01-15T07:00:00Z"), event("2026-01-15T09:00:00Z", "idle"), event("2026-01-15T10:00:00Z", "working", station="S2")])
    return api


def test_a_click_is_answered_as_of_the_moment_of_the_screen(at_work):
    title, when, body = asked(at_work)
    assert (title, when) == ("Utilization of Alice Johnson", "as of 12:30:00")
    assert grid(body) == [
        ["From", "Until", "Where", "h:mm:ss"],
        ["08:00:00 event 1", "10:00:00 event 2", "S1", "2:00:00"],
        ["11:00:00 event 3", "12:00:00 break begins", "S2", "1:00:00"],
        ["Total", "3:00:00 3.0 h"],
        ["From", "Until", "Where", "h:mm:ss"],
        ["10:00:00 event 2", "11:00:00 event 3", "S1", "1:00:00"],
        ["Total", "1:00:00 1.0 h"],
    ]
    assert "Today,  Thu 15 Jan, 00:00 until now (12:30)" in text(body)
    filtered = asked(at_work, search="?station=S2")
    assert "1.0 h ÷ (1.0 h + 0.0 h) × 100 = 100.0 %" in text(filtered[2])


def test_without_a_moment_it_is_now(at_work):
    title, when, body = asked(at_work, figure="at_work_now", of="factory", id=None, as_of=None)
    assert (title, when) == ("At work now, Plant North", "as of 13:00:00")
    assert body.tables == [Table("Workers at work now", note="None in this range.")]


@pytest.mark.parametrize("moment", ["yesterday", "2026-01-15T11:30:00", ""])
def test_a_moment_that_is_none_is_told_in_the_panel(at_work, moment):
    assert "There is no such moment." in text(asked(at_work, as_of=moment)[2])


def test_what_cannot_be_explained_is_told_in_the_panel(at_work, monkeypatch):
    assert "There is no site “nowhere”." in text(asked(at_work, search="?site=nowhere")[2])
    assert asked(at_work, id="W9")[0] == "Utilization of W9"
    assert "No worker W9 at site main." in text(asked(at_work, id="W9")[2])
    for error, words in ((TooMuch("bucket: too many"), "Choose a shorter one."), (RuntimeError("/secret/path"), "the server's log says why")):

        def fails(query: ExplainQuery, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(type(at_work.services.metrics), "explain", lambda self, query: fails(query))
        said = text(asked(at_work)[2])
        assert words in said
        assert "secret" not in said
