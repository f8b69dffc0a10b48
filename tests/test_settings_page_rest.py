"""The rest of the settings page on real services: workers and stations, sites, demo data, the simulation, and the page as a whole."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dash import html, no_update
from http_api import event
from settings_harness import context, settled, take_in, text_of

from access.roles import Role
from access.web.gate import CALLBACKS
from app import create_app
from callbacks import demo
from callbacks.settings import form as forms
from callbacks.settings import progress, registered, simulation, sites
from components import ids
from components.demo_panel import demo_class
from components.settings import page
from components.settings.simulation import simulation_words
from components.shell import result_class
from data_layer import tables
from services import Services

BAD, GOOD = result_class(False), result_class(True)
WEDNESDAY = datetime(2026, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def north(services: Services) -> Services:
    """Services with a site of SETTINGS."""
    return settled(services)


@pytest.fixture
def worked(north):
    """Two hours on Wednesday, seen twice."""
    take_in(north, event("2026-11-18T09:00:00Z"), event("2026-11-18T09:10:00Z", confidence=0.4), event("2026-11-18T09:20:00Z", "idle"))
    return north


# Workers and stations


def names(services: Services, table: Any) -> dict[str, Any]:
    key = "worker_id" if table is tables.workers else "station_id"
    return {row[key]: row["name"] for row in services.sites.registered(table, "main")}


def cell(id_: str, column: str, value: Any) -> dict[str, Any]:
    return {"data": {"id": id_, column: value}, "colId": column, "value": value, "oldValue": ""}


def test_the_tables_mark_who_is_new(worked):
    shown = registered.registered(context(worked), {"worker": [], "station": []})
    assert shown["worker"]["rows"] == [{"id": "W1", "name": "", "home": "", "note": "new since Fri 20 Nov"}]
    assert (shown["worker"]["note"], shown["station"]["note"]) == ("1 worker, 1 of them new", "1 station, 1 of them new")
    again = registered.registered(context(worked), {"worker": shown["worker"]["rows"], "station": []})
    assert again["worker"]["rows"] is no_update


@pytest.mark.parametrize(
    ("kind", "edited", "words", "stored"),
    [
        ("worker", cell("W1", "name", " Anna "), "W1: the name is “Anna” now.", {"name": "Anna", "home_station_id": None}),
        ("worker", cell("W1", "home", "S1"), "W1: the home station is “S1” now.", {"name": None, "home_station_id": "S1"}),
        ("worker", cell("W1", "home", ""), "W1 has no home station any more.", {"name": None, "home_station_id": None}),
        ("station", cell("S1", "type", "press"), "S1: the type is “press” now.", {"name": None, "type": "press"}),
        ("station", cell("S1", "name", None), "S1 has no name any more.", {"name": None, "type": None}),
    ],
)
def test_cells_are_stored(worked, kind, edited, words, stored):
    said, nudge, rows = registered.named(worked, "main", kind, edited)
    assert (said, rows) == (words, no_update)
    assert nudge
    (row,) = worked.sites.registered(tables.workers if kind == "worker" else tables.workstations, "main")
    assert {name: row[name] for name in stored} == stored


def test_a_cell_that_cannot_be_goes_back(worked):
    said, nudge, rows = registered.named(worked, "main", "station", cell("S1", "type", "x" * 65))
    assert (said, nudge) == ("S1, type: must be a text of 1 to 64 characters.", no_update)
    assert rows == [{"id": "S1", "name": "", "type": "", "note": "new since Fri 20 Nov"}]
    said, _, rows = registered.named(worked, "nowhere", "station", cell("S1", "type", "x"))
    assert (said, rows) == ("No site nowhere.", no_update)


def test_adding_by_id(north):
    assert registered.added(north, "main", "worker", " W9 ", "Nina")[0] == "W9 is registered now."
    assert registered.added(north, "main", "station", "S9", "")[0] == "S9 is registered now."
    assert (names(north, tables.workers), names(north, tables.workstations)) == ({"W9": "Nina"}, {"S9": None})
    twice = registered.added(north, "main", "worker", "W9", "Somebody else")
    assert twice == ("W9 is registered already; its name can be changed in the table.", no_update, no_update, no_update)
    assert names(north, tables.workers) == {"W9": "Nina"}
    assert registered.added(north, "main", "worker", "", "x")[0] == "Id: must be a text of 1 to 128 characters."
    assert registered.added(north, "nowhere", "worker", "W1", "")[0] == "No site nowhere."


# Sites


def test_the_list_of_sites_is_drawn_only_when_it_changes(north):
    first = sites.sites(context(north), None)
    assert [text_of(link).split() for link in first["links"]] == [["Plant", "North", "main", "·", "Europe/Berlin", "·", "1", "shift"]]
    assert sites.sites(context(north), first["rows"]) == {}
    north.sites.put("a&b", {"name": "South"}, north.clock.now())
    found = sites.sites(context(north, "?site=a%26b"), first["rows"])
    assert found["links"][0].children.href == "/settings?site=a%26b"
    assert [getattr(link, "aria-current", None) for link in found["links"]] == ["true", None]


def test_a_new_site_is_gone_to(north):
    made, told = sites.created(north, "south", "", "UTC")
    assert (made["open"], told) == (False, "south is there now. Its settings are below.")
    assert north.sites.get("south").name == "south"


@pytest.mark.parametrize(
    ("site_id", "name", "zone", "words"),
    [
        ("", "x", "UTC", "Id: must be a text of 1 to 128 characters."),
        ("main", "Mine", "UTC", "There is a site main already."),
        ("main", "Plant North", "Europe/Berlin", "There is a site main already."),
        ("south", "x" * 201, "UTC", "Name: must be a text of 1 to 200 characters."),
        ("south", "South", None, "Choose a time zone."),
        ("south", "South", "Berlin", "Timezone: 'Berlin' is no IANA time zone."),
    ],
)
def test_a_site_that_cannot_be(north, site_id, name, zone, words):
    assert sites.created(north, site_id, name, zone) == ({"error": words}, None)
    assert north.sites.get("main").name == "Plant North"
    assert [site.site_id for site in north.sites.list()] == ["main"]


# Demo data and simulation


def test_the_demo_comes_and_goes(services):
    assert demo.demo(context(services)) == {"panel": demo_class(False), "site": "“Main site”"}
    text, look_, nudge = demo.outcome(lambda: demo.loaded(services.demo.seed("main")), "load")
    assert text.startswith("Demo data loaded: ")
    assert (look_, bool(nudge)) == (GOOD, True)
    assert demo.demo(context(services))["panel"] == demo_class(True)
    assert demo.outcome(lambda: demo.removed(services.demo.remove("main")), "remove")[0].startswith("Demo data removed: ")
    assert demo.demo(context(services))["panel"] == demo_class(False)


def test_demo_answers_in_words():
    assert demo.loaded({"success_count": 1180, "duplicate_count": 0}) == "Demo data loaded: 1,180 new events."
    assert demo.loaded({"success_count": 1180, "duplicate_count": 1170}) == "Demo data loaded: 10 new events. 1,170 events had been there before."
    assert demo.loaded({"success_count": 9, "duplicate_count": 9}) == "The demo data is up to date: there was nothing to add."
    assert demo.removed({"removed_count": 1}) == "Demo data removed: 1 event."


def test_demo_failures_are_told_without_their_insides():
    def broken():
        raise RuntimeError("disk /dev/x is full")

    assert demo.outcome(broken, "remove") == ("The demo data could not be removed; the server's log says why. Nothing else was touched.", BAD, no_update)
    assert demo.outcome(broken, "load")[0].startswith("The demo data could not be loaded;")


@dataclass
class Status:
    """As `ingest.simulation.running.SimulationStatus`."""

    running: bool = True
    since: datetime | None = WEDNESDAY
    events: int = 1_204
    workers: int = 12
    stations: int = 10
    at_work: int = 3
    next_shift: datetime | None = None
    trouble: str | None = None


@pytest.mark.parametrize(
    ("status", "has_data", "words"),
    [
        (Status(running=False, since=None, events=0), False, "An invented factory of 12 workers at 10 stations that works in real time"),
        (Status(running=False, since=None, events=0), True, "It stands still; its events are still here."),
        (Status(), True, "The simulation runs since 09:00: 1,204 events from 12 workers at 10 stations. 3 workers are at work now."),
        (Status(at_work=1), True, "1 worker is at work now."),
        (Status(at_work=0), True, "Nobody is at work now."),
        (Status(at_work=0, next_shift=WEDNESDAY + timedelta(days=1)), True, "Nobody is at work now; the next shift begins Thu 19 Nov, 09:00."),
        (Status(trouble="The store is full."), True, "stations. It is held up: The store is full."),
    ],
)
def test_the_simulation_in_words(status, has_data, words):
    assert words in simulation_words(status, WEDNESDAY + timedelta(hours=1), has_data=has_data)


def test_the_switch_of_the_simulation(services):
    still = simulation.simulation(context(services))
    assert simulation.switched(services, "main", on=True)[:2] == ("The simulation was started.", GOOD)
    running = simulation.simulation(context(services))
    assert still["panel"] != running["panel"]
    assert running["words"].startswith("The simulation runs since ")
    assert simulation.switched(services, "main", on=False)[:2] == ("The simulation was stopped.", GOOD)
    assert "running" not in simulation.simulation(context(services))["panel"]
    assert simulation.removed(services, "main")[0].startswith("Simulated data removed: ")
    assert simulation.switched(services, "nowhere", on=True) == ("No site nowhere.", BAD, no_update)


# The page


def test_every_leaf_is_on_the_page_once():
    seen_ids = [repr(part.id) for part in page.layout()._traverse() if getattr(part, "id", None)]
    assert len(seen_ids) == len(set(seen_ids))
    outputs = [*forms.OUTPUTS.values(), *progress.OUTPUTS.values(), *sites.OUTPUTS.values(), *simulation.OUTPUTS.values(), *demo.OUTPUTS.values()]
    outputs += [output for kind in registered.OUTPUTS.values() for output in kind.values()]
    assert {repr(output.component_id) for output in outputs} <= set(seen_ids)
    assert {repr(ids.failure(name)) for name in page.PARTS} <= set(seen_ids)


def test_only_administrators_change_anything(services):
    app = create_app(services)
    changing = [ids.SETTINGS_CONFIRM, ids.SITE_NEW_CREATE, ids.SIMULATION_START, ids.SIMULATION_REMOVE, ids.DEMO_LOAD, ids.DEMO_REMOVE]
    needs = app.server.extensions[CALLBACKS]
    for button in changing:
        (key,) = [key for key, one in app.callback_map.items() if one["inputs"][0] == {"id": button, "property": "n_clicks"}]
        assert needs[key].role is Role.ADMINISTRATOR, button


def test_the_forms_controls_are_labelled():
    controls = [part for part in page.layout()._traverse() if type(part).__name__ in ("Input", "Select", "Switch")]
    labelled = {label.htmlFor for label in page.layout()._traverse() if isinstance(label, html.Label) and getattr(label, "htmlFor", None)}
    inside = {repr(part.id) for label in page.layout()._traverse() if isinstance(label, html.Label) for part in label._traverse() if getattr(part, "id", None)}
    for control in controls:
        assert control.id in labelled or repr(control.id) in inside or getattr(control, "label", None), control.id
