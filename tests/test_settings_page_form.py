"""The settings form as pure functions: what is stored, what is typed, what is wrong with it, and how a change reads."""

from copy import deepcopy
from datetime import UTC, date, datetime

import pytest
from dash import no_update
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core
from strategies import settings_versions

from callbacks.settings.controls import FIELDS
from callbacks.settings.draft import base_of, beside, change_of, errors_of, form_from, form_of, shift_json
from callbacks.settings.rows import edited, shown
from callbacks.settings.week import week_of
from callbacks.settings.words import changed_fields, changes, consequences, days_words, exception_words, shift_words, state_of_form, versions_words
from components.settings.rows import exception_rows, shift_rows
from components.settings.week import Bar, week_picture, week_words
from data_layer.sites import changed_site

LUNCH = {"start": "12:00", "end": "13:00"}
DAY = {"name": "day", "days": [0, 1, 2, 3, 4], "start": "08:00", "end": "17:00", "breaks": [LUNCH]}
NIGHT = {"name": "", "days": [4, 6], "start": "22:00", "end": "06:00", "breaks": []}
CHRISTMAS = {"date": "2026-12-25", "shifts": []}
SETTINGS = {
    "name": "Plant North",
    "timezone": "Europe/Berlin",
    "shifts": [DAY],
    "exceptions": [CHRISTMAS, {"date": "2026-12-24", "shifts": [{"start": "08:00", "end": "12:00", "name": "short"}]}],
    "signal_timeout_seconds": 900,
    "min_confidence": 0.25,
}


def a_site(*changes, **more):
    """A site after some PUTs."""
    site = changed_site(None, "main", SETTINGS | more)
    for change in changes:
        site = changed_site(site, "main", change)
    return site


def a_form(**more):
    return deepcopy(form_of(a_site())) | more


def held_by(form):
    """What the page's controls hold when they show a form, in no particular order of rows."""
    shifts = {f"w{number}": shift for number, shift in enumerate(form["shifts"])}
    shifts |= {f"x{number}-{place}": shift for number, one in enumerate(form["exceptions"]) for place, shift in enumerate(one["shifts"])}
    breaks = {f"{row}-{number}": pause for row, shift in shifts.items() for number, pause in enumerate(shift["breaks"])}
    dated = {f"x{number}": one for number, one in enumerate(form["exceptions"])}
    days = {row: shift["days"] for row, shift in shifts.items() if row.startswith("w")}

    def columns(rows, *parts):
        backwards = dict(reversed(rows.items()))
        return {"ids": [{"row": row} for row in backwards], **{part: [one[part] for one in backwards.values()] for part in parts}}

    return {
        "fields": {name: form[name] for name in FIELDS},
        "shifts": columns(shifts, "name", "start", "end"),
        "days": {"ids": [{"row": row} for row in days], "values": list(days.values())},
        "breaks": columns(breaks, "start", "end"),
        "exceptions": columns(dated, "date"),
    }


@pytest.mark.parametrize(
    ("seconds", "parts", "words"),
    [
        (None, (None, "none"), "no limit"),
        (43_200, (12, "h"), "12 hours"),
        (3_600, (1, "h"), "1 hour"),
        (5_400, (90, "min"), "90 minutes"),
        (45, (45, "s"), "45 seconds"),
        (0.5, (0.5, "s"), "0.5 seconds"),
        (90.5, (90.5, "s"), "90.5 seconds"),
    ],
)
def test_a_timeout_as_it_reads_best(seconds, parts, words):
    form = form_of(a_site(signal_timeout_seconds=seconds))
    assert (form["timeout"], form["unit"]) == parts
    assert change_of(form)["signal_timeout_seconds"] == seconds
    assert changes(form, a_form(timeout=7, unit="h"))[0] == ("Signal timeout", "7 hours", words)


@core(150)
@given(st.data(), st.sampled_from([None, date(2026, 7, 1)]))
def test_what_is_shown_saves_what_was_stored(data, valid_from):
    change = data.draw(settings_versions("Europe/Berlin", whole=False))
    for one in change.get("exceptions", []):
        for shift in one["shifts"]:
            shift.pop("days", None)  # of no meaning in an exception
    site = a_site(change | {"name": "North", "valid_from": valid_from, "register_unknown": False})
    form = form_of(site)
    again = form_from(held_by(form))
    assert again == form
    if not any(shift["days"] == [] for shift in form["shifts"]):
        assert errors_of(again) == {}
    assert changed_site(site, "main", change_of(again)).rules == site.rules
    assert (change_of(again)["name"], change_of(again)["register_unknown"]) == ("North", False)
    assert changed_fields(again, base_of(site)["form"]) == []


def test_an_emptied_control_is_nothing_typed():
    held = held_by(a_form())
    held["fields"] |= {"name": None, "timeout": "", "confidence": None, "day": "", "strict": None}
    held["shifts"]["start"] = ["", None]
    form = form_from(held)
    assert [form[name] for name in ("name", "timeout", "confidence", "day", "strict")] == ["", None, None, None, False]
    assert (form["shifts"][0]["start"], form["exceptions"][1]["shifts"][0]["start"]) == (None, None)


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"name": " "}, "name", "Must be a text of 1 to 200 characters."),
        ({"timezone": None}, "timezone", "Choose a time zone."),
        ({"timezone": "Berlin"}, "timezone", "'Berlin' is no IANA time zone."),
        ({"timeout": None}, "timeout", "Give a number, or choose “no limit”."),
        ({"timeout": 0}, "timeout", "Must be more than nothing and at most a year."),
        ({"timeout": 9_000, "unit": "h"}, "timeout", "Must be more than nothing and at most a year."),
        ({"confidence": None}, "confidence", "Must be a number from 0 to 1."),
        ({"confidence": 1.5}, "confidence", "Must be a number from 0 to 1."),
        ({"since": "day", "day": None}, "day", 'Must be a date like "2026-07-01".'),
        ({"shifts": [DAY] * 51}, "shifts", "At most 50 shifts."),
        ({"shifts": [DAY, DAY | {"end": None}]}, "w1", 'End must be a wall clock like "08:00".'),
        ({"shifts": [DAY | {"breaks": [LUNCH, {"start": None, "end": "13:00"}]}]}, "w0", 'Start of break 2 must be a wall clock like "08:00".'),
        ({"shifts": [DAY | {"days": []}]}, "w0", "Choose at least one day."),
        ({"exceptions": [{"date": None, "shifts": []}]}, "x0", 'Date must be a date like "2026-07-01".'),
        ({"exceptions": [CHRISTMAS, CHRISTMAS]}, "x1", "There is another entry for this date."),
        ({"exceptions": [CHRISTMAS | {"shifts": [DAY | {"start": None}]}]}, "x0", 'Start of shift 1 must be a wall clock like "08:00".'),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(change, field, sentence):
    assert errors_of(a_form(**change)) == {field: sentence}


@pytest.mark.parametrize("change", [{}, {"timeout": None, "unit": "none"}, {"since": "all", "day": None}, {"exceptions": []}, {"shifts": []}])
def test_what_is_not_asked_for_is_not_wrong(change):
    assert errors_of(a_form(**change)) == {}


def test_a_sentence_without_parts():
    assert beside("min_confidence: must be a number.") == "Must be a number."


@pytest.mark.parametrize(
    ("action", "row", "expected"),
    [
        ("add-shift", "all", lambda form: len(form["shifts"]) == 2 and form["shifts"][1]["start"] == "08:00"),
        ("add-break", "w0", lambda form: len(form["shifts"][0]["breaks"]) == 2),
        ("remove-break", "w0-0", lambda form: form["shifts"][0]["breaks"] == []),
        ("remove-shift", "w0", lambda form: form["shifts"] == []),
        ("remove-shift", "w7", lambda form: form == a_form()),
        ("add-exception", "all", lambda form: form["exceptions"][2] == {"date": None, "shifts": []}),
        ("remove-exception", "x0", lambda form: [one["date"] for one in form["exceptions"]] == ["2026-12-24"]),
        ("add-shift", "x0", lambda form: len(form["exceptions"][0]["shifts"]) == 1 and len(form["shifts"]) == 1),
        ("remove-shift", "x1-0", lambda form: form["exceptions"][1]["shifts"] == [] and len(form["shifts"]) == 1),
        ("add-break", "x1-0", lambda form: len(form["exceptions"][1]["shifts"][0]["breaks"]) == 1),
    ],
)
def test_edits_of_rows(action, row, expected):
    before = a_form()
    after = edited(before, action, row)
    assert expected(after)
    assert before == a_form(), "the form itself is left alone"


def test_an_edit_draws_only_the_list_that_it_is_about():
    shifts, exceptions = shown(a_form(), "add-break", "w0")
    assert (len(shifts), exceptions) == (1, no_update)
    for action, row in (("add-exception", "all"), ("add-shift", "x0"), ("remove-break", "x1-0-0")):
        form = edited(a_form(), "add-break", "x1-0")
        assert shown(form, action, row)[0] is no_update


def test_every_row_has_all_its_controls():
    form = edited(a_form(shifts=[DAY, NIGHT]), "add-break", "x1-0")
    ids = [part.id for row in (*shift_rows(form["shifts"]), *exception_rows(form["exceptions"])) for part in row._traverse() if getattr(part, "id", None)]
    kinds = {kind: sorted(id_["row"] for id_ in ids if id_.get(kind) is not None) for kind in ("shift", "break", "exception")}
    assert sorted(set(kinds["shift"])) == ["w0", "w1", "x1-0"]
    assert [id_["shift"] for id_ in ids if id_.get("shift") and id_["row"] == "w0"] == ["name", "start", "end", "days", "error"]
    assert [id_["shift"] for id_ in ids if id_.get("shift") and id_["row"] == "x1-0"] == ["name", "start", "end", "error"]
    assert sorted(set(kinds["break"])) == ["w0-0", "x1-0-0"]
    assert sorted(set(kinds["exception"])) == ["x0", "x1"]
    assert len({repr(id_) for id_ in ids}) == len(ids)


def bars_of(*shifts):
    bars, starts, hours = week_of([shift_json(shift) for shift in shifts])
    return [(bar.day, bar.start, bar.end, bar.shift) for bar in sorted(bars, key=lambda bar: (bar.day, bar.start, bar.shift))], starts, hours


def test_the_week_of_a_day_shift_with_a_break():
    assert bars_of(DAY) == ([(day, *times, 0) for day in range(5) for times in ((480, 720), (780, 1020))], 5, 40.0)


def test_the_week_of_nights_goes_round():
    # Friday and Sunday: Sunday's night ends on Monday morning.
    assert bars_of(NIGHT) == ([(0, 0, 360, 0), (4, 1320, 1440, 0), (5, 0, 360, 0), (6, 1320, 1440, 0)], 2, 16.0)


def test_overlapping_shifts_lie_side_by_side_and_count_once():
    late = NIGHT | {"days": [0], "start": "12:30", "end": "18:00"}
    bars, starts, hours = week_of([shift_json(DAY | {"days": [0], "breaks": []}), shift_json(late)])
    assert [(bar.lane, bar.lanes) for bar in bars] == [(0, 2), (1, 2)]
    assert (starts, hours) == (2, 10.0)


def test_a_shift_that_cannot_be_is_not_drawn_and_the_others_keep_their_place():
    assert bars_of(DAY | {"start": None}, NIGHT)[0][0][3] == 1
    assert bars_of() == ([], 0, 0.0)


def test_the_picture_has_a_row_a_day_and_says_what_a_bar_is():
    rows = week_picture([Bar(0, 480, 720, 0, "day"), Bar(6, 1320, 1440, 5, "")])
    assert len(rows) == 8
    bar, sunday = rows[0].children[1].children[0], rows[6].children[1].children[0]
    assert (bar.children, bar.title, bar.style["left"], bar.style["width"]) == ("day", "day 08:00–12:00", "33.333%", "16.667%")
    assert (sunday.children, sunday.className) == ("22:00–00:00", "week__bar week__bar--1")


@pytest.mark.parametrize(
    ("starts", "hours", "words"),
    [(5, 40.0, "5 shifts and 40 scheduled hours a week."), (1, 7.5, "1 shift and 7.5 scheduled hours a week."), (0, 0.0, "No shift is scheduled: nobody is")],
)
def test_a_week_in_words(starts, hours, words):
    assert week_words(starts, hours).startswith(words)


@pytest.mark.parametrize(
    ("days", "words"),
    [([0, 1, 2, 3, 4], "Mon–Fri"), ([0, 2], "Mon, Wed"), ([0, 1], "Mon, Tue"), ([0, 1, 2, 5, 6], "Mon–Wed, Sat, Sun"), (list(range(7)), "every day"), ([], "")],
)
def test_days_in_words(days, words):
    assert days_words(days) == words


def test_shifts_and_exceptions_in_words():
    assert shift_words(DAY) == "day, Mon–Fri 08:00–17:00, break 12:00–13:00"
    assert shift_words(NIGHT | {"breaks": [LUNCH, LUNCH]}) == "Fri, Sun 22:00–06:00, breaks 12:00–13:00, 12:00–13:00"
    assert exception_words(CHRISTMAS) == "Fri 25 Dec 2026: no work"
    assert exception_words(CHRISTMAS | {"shifts": [DAY, NIGHT]}) == "Fri 25 Dec 2026: day, 08:00–17:00, break 12:00–13:00 and 22:00–06:00"


def test_what_a_form_changes():
    base = a_form()
    form = a_form(name="South", confidence=0.5, strict=True, shifts=[DAY, NIGHT], exceptions=[CHRISTMAS], since="day", day="2026-07-01")
    assert changes(form, base) == [
        ("Name", "Plant North", "South"),
        ("Minimum confidence", "0.25", "0.5"),
        ("Unknown ids", "registered on first sight", "refused"),
        ("Shifts", "", "Fri, Sun 22:00–06:00"),
        ("Exceptions", "Thu 24 Dec 2026: short, 08:00–12:00", ""),
        ("From which day", "all history", "Wed 1 Jul 2026"),
    ]
    assert changes(a_form(shifts=[NIGHT, DAY]), a_form(shifts=[DAY, NIGHT]))[0][1].startswith("day, ")


def test_what_is_hidden_changes_nothing():
    assert changed_fields(a_form(day="2026-07-01"), a_form()) == []
    assert changed_fields(a_form(timeout=3, unit="none"), a_form(timeout=None, unit="none")) == []


@pytest.mark.parametrize(
    ("fields", "wrong", "words"),
    [
        ([], 0, "No unsaved changes."),
        (["name", "shifts"], 0, "Not saved yet: name, shifts."),
        (["shifts"], 1, "Not saved yet: shifts. 1 entry above can't be saved as it is."),
        (["shifts"], 2, "Not saved yet: shifts. 2 entries above can't be saved as they are."),
    ],
)
def test_the_state_of_a_form(fields, wrong, words):
    assert state_of_form(fields, wrong) == words


JULY, AUGUST, MARCH = date(2026, 7, 1), date(2026, 8, 1), date(2026, 3, 1)
ALL_ANEW = "All figures of this site, from its first event on, are computed anew. No event is lost."


@pytest.mark.parametrize(
    ("why", "before", "change", "sentences"),
    [
        ("a name is no figure", [], {**SETTINGS, "name": "South"}, ["No figure changes."]),
        ("all history", [], {**SETTINGS, "min_confidence": 0.5}, [ALL_ANEW]),
        ("from a day", [], {**SETTINGS, "min_confidence": 0.5, "valid_from": JULY}, ["All figures since Wed 1 Jul 2026 are computed anew. No event is lost."]),
        (
            "another zone from a day",
            [],
            {**SETTINGS, "timezone": "UTC", "valid_from": JULY},
            [
                "All figures of this site, from its first event on, are computed anew, the days before too, since the time zone or the site's having "
                "shifts at all is a matter of all history. No event is lost."
            ],
        ),
        (
            "over a later version",
            [{**SETTINGS, "valid_from": JULY}, {**SETTINGS, "valid_from": AUGUST}],
            {**SETTINGS, "min_confidence": 0.5},
            [ALL_ANEW, "The settings that hold from Wed 1 Jul 2026, Sat 1 Aug 2026 on are replaced; they are lost."],
        ),
        (
            "before a later version",
            [{**SETTINGS, "valid_from": JULY}],
            {**SETTINGS, "min_confidence": 0.5, "valid_from": MARCH},
            [
                "All figures since Sun 1 Mar 2026 are computed anew. No event is lost.",
                "The settings that hold from Wed 1 Jul 2026 on are replaced; that version is lost.",
            ],
        ),
        ("the same version again", [{**SETTINGS, "valid_from": JULY}], {**SETTINGS, "valid_from": JULY}, ["No figure changes."]),
    ],
)
def test_consequences(why, before, change, sentences):
    site = a_site(*before)
    assert consequences(site, changed_site(site, "main", change), change.get("valid_from")) == sentences, why


def test_which_version_is_shown():
    now = datetime(2026, 7, 15, tzinfo=UTC)
    assert versions_words(a_site(), now) == ""
    once = a_site({**SETTINGS, "valid_from": JULY})
    assert versions_words(once, now) == "These settings hold from Wed 1 Jul on; before that, 1 earlier version of them does."
    twice = changed_site(once, "main", {**SETTINGS, "valid_from": AUGUST})
    assert versions_words(twice, now) == "These settings will hold from Sat 1 Aug on; before that, 2 earlier versions of them do."
