"""How long data are kept, on the settings page: what can be typed, what saving it means, and what the page says of the daily run."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from callbacks.settings.draft import change_of, errors_of, form_of
from callbacks.settings.kept import kept_words
from callbacks.settings.words import changes, consequences
from data_layer.horizons import Horizons, Retention
from data_layer.retention.runs import Run
from data_layer.settings_json import DEFAULTS
from data_layer.sites import Site
from metrics.units import to_micros

MAIN = Site("main", "Main", "UTC", True, False, 0, ((None, json.dumps(DEFAULTS)),))
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
SEALED = replace(MAIN, horizons=Horizons(sealed_before=to_micros(datetime(2026, 5, 1, tzinfo=UTC))))


def form(**kept: float | None) -> dict:
    return form_of(MAIN) | kept


def test_nothing_typed_keeps_all_for_ever():
    assert change_of(form())["retention"] == Retention()
    assert not errors_of(form())


def test_days_are_stored_as_typed():
    change = change_of(form(keep_events=90, keep_intervals=400, raw_feed=True))
    assert (change["retention"], change["whole_seconds"]) == (Retention(90, 400, None), True)
    assert form_of(replace(MAIN, retention=Retention(90, 400, None)))["keep_intervals"] == 400


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"keep_events": 0}, {"keep_events": "Must be a whole number of days from 1 to 36,500, or empty to keep them for ever."}),
        ({"keep_events": 1.5}, {"keep_events": "Must be a whole number of days from 1 to 36,500, or empty to keep them for ever."}),
        ({"keep_intervals": 9}, {"keep_intervals": "Must be empty, as the one above is, since events become intervals, and intervals sums."}),
        (
            {"keep_events": 9, "keep_intervals": 8},
            {"keep_intervals": "Must be empty, or at least as many days as above, since events become intervals, and intervals sums."},
        ),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(typed, wrong):
    assert errors_of(form(**typed)) == wrong


def test_what_changes_and_what_it_means():
    after = replace(MAIN, retention=Retention(90))
    assert changes(form(keep_events=90), form()) == [("Raw events kept", "for ever", "90 days")]
    assert changes(form(raw_feed=True), form()) == [("Raw feed", "every event", "one state event a second")]
    assert [sentence.split(".")[0] for sentence in consequences(MAIN, after, None)] == [
        "No figure changes",
        "Raw events older than 90 days are archived as files and deleted, from now on every day",
    ]
    assert consequences(after, MAIN, None)[1].startswith("No more raw events leave.")


def test_settings_of_sealed_days_stay_and_the_question_says_so():
    after = replace(SEALED, versions=(*SEALED.versions, (date(2026, 5, 1), '{"min_confidence": 0.5}')))
    assert consequences(SEALED, after, None) == ["All figures since Fri 1 May 2026 are computed anew; those before it are sealed. No event is lost."]


@pytest.mark.parametrize(
    ("horizons", "run", "words"),
    [
        (Horizons(), None, ""),
        (Horizons(), Run(NOW), "What is older is being archived now; everything else goes on meanwhile."),
        (Horizons(), Run(NOW, NOW), "Latest run: 12:00, all done."),
        (Horizons(), Run(NOW, NOW, "Put off until later: it rains."), "Latest run: 12:00. Put off until later: it rains."),
        (SEALED.horizons, None, "Raw events before Fri 1 May are archived: figures before it are sealed."),
        (
            Horizons(detailed_from=to_micros(datetime(2026, 4, 1, tzinfo=UTC)), kept_from=to_micros(datetime(2026, 3, 2, tzinfo=UTC))),
            None,
            "Before Wed 1 Apr only sums by hour are kept. Nothing is kept from before Mon 2 Mar.",
        ),
    ],
)
def test_how_far_it_has_come(horizons, run, words):
    assert kept_words(replace(MAIN, horizons=horizons), run, NOW, ZoneInfo("UTC")) == words
