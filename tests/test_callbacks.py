"""What all pages have in common: addresses, the one way in which they are filled, and what is told when that fails."""

import json
from collections import Counter
from datetime import date, timedelta
from types import SimpleNamespace

import dash_bootstrap_components as dbc
import pytest
from dash import Output, no_update
from dash.exceptions import PreventUpdate

from access.web.gate import CALLBACKS
from app import create_app
from callbacks import frame
from callbacks import live as filling
from callbacks.context import UnknownSiteError, look
from callbacks.filters import Filters
from callbacks.live import LEAVES
from callbacks.pages import PAGES
from components import ids, shell

OUTPUTS = {"one": Output("one", "children"), "more": [Output("two", "data"), Output("three", "data")]}


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
        ("?range=last-shift", Filters(range="last-shift")),
        ("?range=nonsense&colour=red", Filters()),
        ("?station=S2&station=S1&station=S2", Filters(station_ids=("S2", "S1"))),
        ("?type=assembly&worker=W1&worker=W2", Filters(station_types=("assembly",), worker_ids=("W1", "W2"))),
        ("?by=station", Filters(by="station")),
        ("?by=nonsense", Filters()),
        ("?site=", Filters()),
        ("?station=a%26b%20c", Filters(station_ids=("a&b c",))),
    ],
)
def test_filters_from_query(search, filters):
    assert Filters.from_query(search) == filters


def test_what_the_site_does_not_have_is_dropped(api):
    api.put("/api/workstations/S1", {"type": "assembly"})
    api.put("/api/workers/W1", {})
    filters = look(api.services, "?station=S1&station=S9&type=assembly&type=magic&worker=W9&worker=W1").filters
    assert (filters.station_ids, filters.station_types, filters.worker_ids) == (("S1",), ("assembly",), ("W1",))


def test_an_unknown_site_is_an_error_of_its_own(api):
    with pytest.raises(UnknownSiteError, match="atlantis"):
        look(api.services, "?site=atlantis")


# How pages are filled


def raising(error):
    def fill():
        raise error

    return fill


def test_outputs_that_are_left_out_stay():
    assert filling.answered("some", OUTPUTS, lambda: {"one": 1}) == {"leaves": {"one": 1, "more": [no_update, no_update]}, "failure": None}


@pytest.mark.parametrize(
    ("error", "words"),
    [(UnknownSiteError("atlantis"), "There is no site “atlantis”. Choose another one above."), (RuntimeError("SELECT secret"), "Some figures can't be read")],
)
def test_a_failure_keeps_what_is_shown_and_is_told_without_its_insides(error, words):
    answer = filling.answered("some", OUTPUTS, raising(error))
    assert answer["leaves"] == {"one": no_update, "more": [no_update, no_update]}
    assert answer["failure"].startswith(words)
    assert "SELECT" not in answer["failure"]


def test_who_prevents_an_update_prevents_it():
    with pytest.raises(PreventUpdate):
        filling.answered("some", OUTPUTS, raising(PreventUpdate()))


@pytest.mark.parametrize(
    ("view", "page", "part", "shown"),
    [
        ({"page": "workers", "id": None}, "workers", None, True),
        ({"page": "workers", "id": None}, "workers", "list", True),
        ({"page": "workers", "id": "W1"}, "workers", "list", False),
        ({"page": "workers", "id": "W1"}, "workers", "detail", True),
        ({"page": "workers", "id": None}, "stations", None, False),
        ({"page": "workers", "id": None}, None, None, True),
        (None, None, None, False),
    ],
)
def test_only_what_is_shown_is_filled(view, page, part, shown):
    assert filling._is_shown(view, page, part) is shown


def filler(services, fill, **more):
    """The function that Dash calls, of a live callback on an app that only collects it."""
    found = {}

    def callback(*_arguments, **_options):
        return lambda function: found.setdefault("filled", function)

    collecting = SimpleNamespace(callback_map={}, server=SimpleNamespace(extensions={}), callback=callback)
    filling.live(collecting, services, name="some", page=None, outputs=OUTPUTS, **more)(fill)
    return found["filled"]


def test_nothing_is_asked_before_the_address_is_known(services):
    with pytest.raises(PreventUpdate):
        filler(services, raising(AssertionError()))(None, None, {"page": "overview", "id": None}, "light", None, None, {})


# The frame


def test_the_stamp_says_recomputing_and_the_sites_own_day(api, monkeypatch):
    api.put("/api/sites/main", {"timezone": "Pacific/Kiritimati"})
    monkeypatch.setattr(api.services.refresher, "progress", lambda _site: (12, 28))
    monkeypatch.setattr(api.services.refresher, "lags", lambda: {"main": 9.0})
    first, second = (frame.stamp(look(api.services, "")) for _ in range(2))
    assert (first["progress"], first["behind"], first["today"]) == ([12, 28], True, "2026-11-21")
    assert first["answer"] != second["answer"]


def test_choices_that_are_shown_already_stay(api):
    api.put("/api/workstations/S1", {"name": "Press"})
    shown = {"stations": [{"value": "S1", "label": "Press"}], "types": None, "workers": []}
    leaves = frame.frame(look(api.services, ""), shown, {"page": "overview", "id": None})
    assert (leaves["stations"], leaves["types"], leaves["workers"]) == (no_update, [], no_update)


def test_nothing_is_said_to_be_compared_with_a_range_without_data(api):
    shown, view, now = {"stations": [], "types": [], "workers": []}, {"page": "overview", "id": None}, api.services.clock.now()

    def said(days_ago):
        at = (now - timedelta(days=days_ago, minutes=1)).isoformat()
        api.client.post("/api/events", json={"timestamp": at, "worker_id": "W1", "workstation_id": "S1", "event_type": "working"})
        assert api.services.refresher.wait("main", 20)
        api.services.hub._moments.clear()
        return frame.frame(look(api.services, ""), shown, view)["rest"]

    assert "Compared" not in said(0)
    api.services.clock.moment += timedelta(seconds=1)  # a moment is looked at once
    assert "Compared with the same part of yesterday." in said(1)


def test_an_unknown_site_stands_among_the_choices(api):
    assert [option["value"] for option in frame.choice_of_sites(api.services, "?site=nowhere")] == ["nowhere", "main"]


# The app


def test_two_apps_live_in_one_process(services):
    one, two = (create_app(services) for _ in range(2))
    for app in (one, two):
        app._setup_server()
    assert len(one.callback_map) == len(two.callback_map) > 20


def test_every_callback_of_the_server_names_its_role(services):
    app = create_app(services)
    asking_the_server = {key for key, callback in app.callback_map.items() if "callback" in callback}
    assert len(asking_the_server) > 10
    assert asking_the_server == set(app.server.extensions[CALLBACKS])


def test_ids_are_unique_on_every_page(services):
    for name, page in PAGES.items():
        parts = [*shell.layout({})._traverse(), *(part for make in page if make for part in make()._traverse())]
        seen = Counter(repr(part.id) for part in parts if getattr(part, "id", None))
        assert [id_ for id_, times in seen.items() if times > 1] == [], name


def test_every_leaf_has_its_place(services):
    """Dash tells of a callback that writes to nothing only in the browser, and only in debug mode."""
    app = create_app(services)
    places = {repr(part.id) for part in app.validation_layout._traverse() if getattr(part, "id", None)}
    fixed = {id_ for callback in app.callback_map.values() for id_ in _ids(callback["output"]) if isinstance(id_, str)}
    leaves = app.server.extensions[LEAVES]
    assert {repr(id_) for id_ in [*fixed, *(leaf.component_id for leaf in leaves)]} <= places | {repr(ids.URL)}


def test_what_is_written_past_dash_belongs_to_nobody_else(services):
    """React would not write again what it believes to be there, and a callback would not be told."""
    app = create_app(services)
    written = [(leaf.element_id, leaf.component_property) for leaf in app.server.extensions[LEAVES]]
    assert [place for place, times in Counter(written).items() if times > 1] == []
    wiring = json.dumps([{name: callback.get(name) for name in ("output", "inputs", "state", "running")} for callback in app._callback_list])
    assert [place for place in written if f"{place[0]}.{place[1]}" in wiring or f'"id": "{place[0]}", "property": "{place[1]}"' in wiring] == []


def test_what_is_written_past_dash_is_always_on_the_page(services):
    """What lies in a dialog is not, until that is opened."""
    app = create_app(services)
    dialogs = [part for part in app.validation_layout._traverse() if isinstance(part, dbc.Modal | dbc.Offcanvas)]
    inside = {repr(part.id) for dialog in dialogs for part in dialog._traverse() if getattr(part, "id", None)}
    assert [leaf for leaf in app.server.extensions[LEAVES] if repr(leaf.component_id) in inside] == []


def _ids(outputs):
    return [output.component_id for output in (outputs if isinstance(outputs, list | tuple) else [outputs])]
