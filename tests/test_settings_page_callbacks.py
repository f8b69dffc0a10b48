"""The settings form as callbacks on real services: filled, followed, saved, previewed."""

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from http_api import DAY_SHIFT, event
from settings_harness import SETTINGS, context, settled, take_in, text_of
from sqlalchemy import select

from callbacks.settings import form as forms
from callbacks.settings import preview as previews
from callbacks.settings import progress, saving
from callbacks.settings.draft import base_of
from components import ids
from components.settings.preview_table import FIGURES, preview_table
from components.settings.saving import change_list, conflict_class
from data_layer import tables
from data_layer.preview import Preview
from data_layer.query import TooMuch
from services import Services

OTHERS = SETTINGS | {"min_confidence": 0.5}
NO_ROWS: dict[str, Any] = {"shifts": [], "exceptions": []}


@pytest.fixture
def north(services: Services) -> Services:
    """Services with a site of SETTINGS."""
    return settled(services)


def base(services: Services) -> dict[str, Any]:
    """What the form is filled from."""
    return base_of(services.sites.get("main"))


def settings(services: Services) -> dict[str, Any]:
    """The settings that are stored."""
    return services.sites.get("main").settings()


# The form


def test_the_form_is_filled_from_what_is_stored(north):
    leaves = forms.settings_form(context(north), None, None)
    assert (leaves["name"], leaves["timeout"], leaves["unit"], leaves["site"]) == ("Plant North", 15, "min", "Plant North")
    assert (len(leaves["shifts"]), leaves["exceptions"], leaves["base"]) == (1, [], base(north))
    assert set(leaves) == set(forms.OUTPUTS)
    assert "Europe/Berlin" in [option["value"] for option in leaves["zones"]]


def test_a_refresh_leaves_the_form_alone(north):
    leaves = forms.settings_form(context(north), base(north), {})
    assert set(leaves) == {"site", "versions", "kept", "conflict"}
    assert leaves["conflict"] == conflict_class(False)


def test_other_settings_fill_the_form_anew_while_nothing_is_unsaved(north):
    before = base(north)
    north.sites.put("main", OTHERS, north.clock.now())
    leaves = forms.settings_form(context(north), before, {"south": {}})
    assert (leaves["confidence"], leaves["conflict"]) == (0.5, conflict_class(False))


def test_what_was_typed_stays_and_somebody_elses_settings_are_told(north):
    before = base(north)
    north.sites.put("main", OTHERS, north.clock.now())
    leaves = forms.settings_form(context(north), before, {"main": {"base": before, "form": before["form"] | {"name": "Mine"}}})
    assert set(leaves) == {"site", "versions", "kept", "conflict"}
    assert leaves["conflict"] == conflict_class(True)


def test_back_from_another_page_or_site_the_form_is_as_it_was_left(north):
    draft = {"base": base(north), "form": base(north)["form"] | {"name": "Mine"}}
    north.sites.put("south", {}, north.clock.now())
    for shown in (None, base_of(north.sites.get("south"))):
        leaves = forms.settings_form(context(north), shown, {"main": draft})
        assert (leaves["name"], leaves["base"], leaves["conflict"]) == ("Mine", draft["base"], conflict_class(False))


def test_following_says_what_is_unsaved_and_keeps_it(north):
    was = base(north)
    form = was["form"] | {"name": "Mine"}
    drafts = {"south": {"base": 1, "form": 2}}
    leaves = forms.followed(form, was, drafts, None, NO_ROWS)
    assert set(leaves) == set(forms.FOLLOWING)
    assert (leaves["state"], leaves["save"], leaves["discard"]) == ("Not saved yet: name.", False, False)
    assert leaves["drafts"] == drafts | {"main": {"base": was, "form": form}}
    undone = forms.followed(was["form"], was, leaves["drafts"], None, NO_ROWS)
    assert (undone["drafts"], undone["save"], undone["discard"], undone["state"]) == (drafts, True, True, "No unsaved changes.")


def test_following_says_what_is_wrong_beside_its_row(north):
    was = base(north)
    form = was["form"] | {"confidence": 7, "shifts": [DAY_SHIFT, DAY_SHIFT | {"start": None}], "exceptions": [{"date": None, "shifts": []}]}
    # As the browser lists the rows, whatever their order.
    leaves = forms.followed(form, was, {}, None, {"shifts": [ids.shift("w1", "error"), ids.shift("w0", "error")], "exceptions": [ids.exception("x0", "error")]})
    assert [leaves["confidence_error"], leaves["name_error"]] == ["Must be a number from 0 to 1.", ""]
    assert [bool(one) for one in (*leaves["shift_errors"], *leaves["exception_errors"])] == [True, False, True]
    assert (leaves["save"], leaves["discard"]) == (True, False)
    assert leaves["state"].endswith("3 entries above can't be saved as they are.")
    assert leaves["week_note"] == "5 shifts and 40 scheduled hours a week."


def test_a_preview_of_another_form_is_marked_as_old(north):
    was = base(north)
    looks = [forms.followed(was["form"], was, {}, of, NO_ROWS)["preview"] for of in (None, was["form"], was["form"] | {"name": "x"})]
    assert looks[0] == looks[1] != looks[2]


# Saving


def test_the_question_names_what_changes(north):
    changes, consequences = saving.asked(north, base(north)["form"] | {"confidence": 0.5, "shifts": []}, base(north))
    assert [text_of(one) for one in changes] == [
        "Minimum confidence: 0 → 0.5".replace(" 0 → ", "  0  →  "),
        "Shifts:  gone:  day, Mon–Fri 08:00–17:00, break 12:00–13:00",
    ]
    assert text_of(consequences[0]).startswith("All figures of this site")


def test_changes_of_one_side_only():
    words = [text_of(one).split() for one in change_list([("Shifts", "", "night"), ("Shifts", "day", "")])]
    assert words == [["Shifts:", "new:", "night"], ["Shifts:", "gone:", "day"]]


def test_saving_stores_the_form_and_forgets_the_draft(north):
    was = base(north)
    form = was["form"] | {"confidence": 0.5, "since": "day", "day": "2026-07-01", "strict": True}
    leaves, after = saving.saved(north, form, was)
    site = north.sites.get("main")
    assert [(day, site.settings(number)["min_confidence"]) for number, (day, _) in enumerate(site.versions)] == [(None, 0.0), (date(2026, 7, 1), 0.5)]
    assert not site.register_unknown
    assert after == base_of(site)
    assert leaves["saved"]["site"] == "main"
    assert leaves["saved"]["at"] <= time.time()
    assert set(leaves) <= set(saving.SAVING)


def test_what_was_typed_is_forgotten_when_it_is_saved(monkeypatch):
    told = {}
    monkeypatch.setattr(saving, "set_props", lambda component, props: told.update({component: props["data"]}))
    monkeypatch.setattr(saving, "tell_change", lambda nudge: told.update(nudge=nudge))
    saving.settle({"site": "main"}, {"main": 1, "south": 2}, "main")
    assert told.pop("nudge") > 0
    assert told == {"settings-base": {"site": "main"}, "settings-drafts": {"south": 2}}


def test_a_new_name_recomputes_nothing_and_keeps_the_versions(north):
    north.sites.put("main", OTHERS | {"valid_from": date(2026, 7, 1)}, north.clock.now())
    assert north.refresher.wait("main", 60)
    versions, was = north.sites.get("main").versions, base(north)
    leaves, _ = saving.saved(north, was["form"] | {"name": "South"}, was)
    assert leaves["saved"] == {"site": "main", "at": None}
    assert (north.sites.get("main").versions, north.sites.get("main").name) == (versions, "South")
    with north.database.read() as connection:
        assert connection.execute(select(tables.invalidations).where(tables.invalidations.c.worker_id.is_(None))).all() == []


def test_the_later_of_two_does_not_overwrite_unseen(north):
    was = base(north)
    saving.saved(north, was["form"] | {"confidence": 0.5}, was)
    late = saving.saved(north, was["form"] | {"timeout": 5}, was)
    assert late == ({"conflict": conflict_class(True)}, None)
    assert (settings(north)["min_confidence"], settings(north)["signal_timeout_seconds"]) == (0.5, 900)
    # Having seen it, one may.
    mine = was["form"] | {"timeout": 5}
    assert "saved" in saving.saved(north, mine, base(north))[0]
    assert (settings(north)["min_confidence"], settings(north)["signal_timeout_seconds"]) == (0.0, 300)


def test_saving_twice_is_saving_once(north):
    was = base(north)
    form = was["form"] | {"confidence": 0.5}
    (first, once), (second, twice) = (saving.saved(north, form, was) for _ in range(2))
    assert (first["saved"]["at"] is not None, second["saved"]["at"]) == (True, None)
    assert once == twice


def test_a_failure_keeps_what_was_typed_and_says_nothing_of_its_insides(north, monkeypatch):
    def broken(*_arguments, **_more):
        raise RuntimeError("disk /dev/x is full")

    monkeypatch.setattr(north.sites, "put", broken)
    leaves, after = saving.saved(north, base(north)["form"], base(north))
    assert (set(leaves), after) == ({"saved"}, None)
    assert leaves["saved"] == {"site": "main", "failed": "The settings could not be saved; the server's log says why. What you typed is still here."}
    shown = progress.outcome(context(north), leaves["saved"], None)
    assert (shown["text"], shown["resting"]) == (leaves["saved"]["failed"], True)
    assert "bad" in shown["look"]


@dataclass
class FakeRefresher:
    """How far it is, as told."""

    steps: tuple[int, int] | None = None
    lag: float = 0.0

    def lags(self) -> dict[str, float]:
        return {"main": self.lag}


@dataclass
class Recomputing:
    """A look at a site whose history is recomputed."""

    refresher: FakeRefresher
    site: Any = field(default_factory=lambda: type("Site", (), {"site_id": "main"}))

    @property
    def services(self) -> Any:
        return type("Services", (), {"refresher": self.refresher, "progress": lambda _self, _site: self.refresher.steps})()


NEVER, JUST_NOW = None, 0.0


@pytest.mark.parametrize(
    ("saved", "steps", "lag", "text", "width"),
    [
        (None, None, 0.0, "", None),
        (None, (2, 12), 9.0, "The figures are being computed anew, step 3 of 12; until then some follow the old settings.", "16.7%"),
        ({"site": "main", "at": JUST_NOW}, (2, 12), 9.0, "Saved. The figures are being computed anew, step 3 of 12;", "16.7%"),
        ({"site": "main", "at": JUST_NOW}, None, 9.0, "Saved. The figures will be computed anew in a moment.", "0.0%"),
        ({"site": "main", "at": JUST_NOW}, None, 0.0, "Saved. All figures follow the new settings.", None),
        ({"site": "main", "at": NEVER}, None, 9.0, "Saved.", None),
        ({"site": "south", "at": JUST_NOW}, None, 9.0, "", None),
    ],
)
def test_how_far_the_recomputing_is(monkeypatch, saved, steps, lag, text, width):
    # Five seconds after it was saved: what has waited for nine was committed before.
    monkeypatch.setattr(time, "time", lambda: 5.0)
    leaves = progress.outcome(Recomputing(FakeRefresher(steps, lag)), saved, None)
    assert leaves["text"].startswith(text)
    assert bool(leaves["text"]) == bool(text)
    assert leaves["track"] == ({"display": "none"} if width is None else {"width": width})
    assert leaves["resting"] == (width is None)
    assert ("d-none" in leaves["look"]) == (not text)


def test_the_figures_follow_in_the_end(north):
    was = base(north)
    leaves, _ = saving.saved(north, was["form"] | {"confidence": 0.5}, was)
    assert north.refresher.wait("main", 60)
    # A second later, whatever the clock says.
    told = leaves["saved"] | {"at": leaves["saved"]["at"] - 1}
    assert progress.outcome(context(north), told, None)["text"] == "Saved. All figures follow the new settings."


# The preview

WEDNESDAY = datetime(2026, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def worked(north):
    """Two hours on Wednesday, seen twice."""
    take_in(north, event("2026-11-18T09:00:00Z"), event("2026-11-18T09:10:00Z", confidence=0.4), event("2026-11-18T09:20:00Z", "idle"))
    return north


def test_a_preview_compares_last_week(worked):
    sentence, table = previews.previewed(worked, base(worked)["form"] | {"timeout": 5}, "main")
    assert sentence.children == "The last 7 whole days, Fri 13 Nov to Thu 19 Nov 2026."
    rows = {text_of(row.children[0]): [text_of(cell) for cell in row.children[1:]] for row in table.children[1].children}
    assert rows["Productive hours"] == ["0.3 h", "0.0 h", "−0.3 h"]
    assert rows["Events that count"] == ["3", "3", "same"]
    assert len(rows) == len(FIGURES)
    assert settings(worked)["signal_timeout_seconds"] == 900


def test_a_preview_of_a_change_from_today_on_tries_it_on_the_days_that_there_are(worked):
    for day, ahead in (("2026-11-20", True), ("2026-11-19", False)):
        found = previews.previewed(worked, base(worked)["form"] | {"timeout": 5, "since": "day", "day": day}, "main")
        assert ("As if the settings had held already" in text_of(found[0])) == ahead
        assert ("No figure would change." in text_of(found[0])) == (not ahead)


def test_a_preview_of_an_empty_week(north):
    (sentence,) = previews.previewed(north, base(north)["form"], "main")
    assert sentence.children.endswith("Nothing happened in them that settings could change.")


def test_a_preview_of_fewer_days_says_so(north):
    row = dict.fromkeys([name for name, *_ in FIGURES], 1)
    found = Preview(WEDNESDAY - timedelta(hours=34), WEDNESDAY - timedelta(hours=10), 1, row, row)
    words = previews.words(found, ZoneInfo("Europe/Berlin"), ahead=False)
    assert words == "The last whole day, Tue 17 Nov 2026. There were too many events to try the settings on 7 days. No figure would change."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TooMuch("Yesterday alone had too many."), "Yesterday alone had too many."),
        (RuntimeError("SELECT secret"), "This could not be worked out; the server's log"),
    ],
)
def test_a_preview_that_cannot_be(north, monkeypatch, error, words):
    def refused(*_arguments):
        raise error

    monkeypatch.setattr(north.sites, "preview", refused)
    (sentence,) = previews.previewed(north, base(north)["form"], "main")
    assert sentence.children.startswith(words)


def test_a_preview_of_what_cannot_be(north):
    (sentence,) = previews.previewed(north, base(north)["form"] | {"confidence": None}, "main")
    assert "mend them first" in sentence.children


def test_no_data_in_a_preview_is_not_zero():
    before = dict.fromkeys([name for name, *_ in FIGURES])
    after = before | {"coverage_percentage": 0.0, "total_idle_time_hours": 1.0}
    table = preview_table(before, after)
    rows = {text_of(row.children[0]): [text_of(cell) for cell in row.children[1:]] for row in table.children[1].children}
    assert rows["Coverage"] == ["—", "0.0 %", "new"]
    assert rows["Average utilization"] == ["—", "—", "—"]
    gone = preview_table(after, before).children[1].children[1]
    assert [text_of(cell) for cell in gone.children[1:]] == ["1.0 h", "—", "gone"]
