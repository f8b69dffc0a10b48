"""Simulations inside the server: what they store, how they stop, and that nothing keeps them from going on."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from http_api import DAY_SHIFT, NOW, Api, SettableClock, event
from server_process import until
from sqlalchemy import delete

from data_layer.scope import UnknownSite
from data_layer.tables import workers
from ingest.simulation.deliveries import deliveries
from ingest.simulation.plan import CAMERA_IDS, STATION_IDS, WORKER_IDS, Plan
from ingest.simulation.running import MADE_UP_FOR, SimulationStatus
from ingest.writer import Unavailable
from metrics.schedule import SiteRules
from metrics.units import to_micros
from services import Services, start_services
from settings import Settings

PLAN = Plan()


def told(start: int, end: int, plan: Plan = PLAN, timezone: str = "UTC") -> set[str]:
    """Ids of the events that are sent in `[start, end)`."""
    return {str(event["event_id"]) for delivery in deliveries(plan, SiteRules(timezone), start, end) for event in delivery.events}


def stored(api: Api, site_id: str = "main") -> set[str]:
    return {row[2] for row in api.stored() if row[0] == site_id}


def threads() -> int:
    return sum(thread.name == "simulation" for thread in threading.enumerate())


@pytest.fixture
def started(api: Api) -> Api:
    """The simulation runs and has stored its first hour."""
    api.services.simulation.start("main")
    until(lambda: stored(api) == told(to_micros(NOW) - MADE_UP_FOR, to_micros(NOW)))
    return api


def test_it_begins_with_the_last_hour(started: Api) -> None:
    expected = told(to_micros(NOW) - MADE_UP_FOR, to_micros(NOW))
    until(lambda: started.services.simulation.status("main").events == len(expected))
    assert started.services.simulation.status("main") == SimulationStatus(True, NOW, len(expected), PLAN.workers, PLAN.stations, at_work=6)
    assert all(NOW - timedelta(minutes=75) < row[3] < NOW for row in started.stored())
    assert started.quarantined() == []


def test_everything_has_a_name(started: Api) -> None:
    assert [(row["worker_id"], row["name"], row["home_station_id"]) for row in started.get("/api/workers").json] == [
        (worker.worker_id, worker.name, STATION_IDS[worker.home]) for worker in PLAN.all_workers
    ]
    assert [(row["station_id"], row["name"], row["type"]) for row in started.get("/api/workstations").json] == [
        (station.station_id, station.name, station.type) for station in PLAN.all_stations
    ]
    assert [(row["camera_id"], row["name"], row["station_ids"]) for row in started.get("/api/cameras").json] == [
        (camera.camera_id, camera.name, list(camera.station_ids)) for camera in PLAN.all_cameras
    ]


def test_names_that_somebody_gave_stay(api: Api) -> None:
    api.put("/api/workers/SIM-W01", {"name": "Ada"})
    api.services.simulation.start("main")
    assert [row["name"] for row in api.get("/api/workers").json][:2] == ["Ada", PLAN.all_workers[1].name]


def test_it_goes_on_with_the_clock(started: Api, clock: SettableClock) -> None:
    begin = to_micros(NOW) - MADE_UP_FOR
    for minutes in (1, 5, 29):
        clock.moment = NOW + timedelta(minutes=minutes)
        until(lambda: stored(started) == told(begin, clock.micros()))
        assert max(row[3] for row in started.stored()) < clock.moment
    assert started.services.simulation.status("main").since == NOW


def test_after_a_standstill_only_the_last_hour_is_made_up_for(started: Api, clock: SettableClock) -> None:
    first = stored(started)
    clock.moment = NOW + timedelta(hours=30)
    until(lambda: stored(started) == first | told(clock.micros() - MADE_UP_FOR, clock.micros()))


def test_a_clock_that_is_set_back(started: Api, clock: SettableClock) -> None:
    first = stored(started)
    clock.moment = NOW - timedelta(minutes=30)
    started.put("/api/sites/north", {})
    started.services.simulation.start("north")
    until(lambda: bool(stored(started, "north")))
    assert stored(started) == first
    clock.moment = NOW + timedelta(minutes=10)
    until(lambda: stored(started) == told(to_micros(NOW) - MADE_UP_FOR, clock.micros()))


def test_nothing_is_stored_after_stop(started: Api, clock: SettableClock) -> None:
    simulation = started.services.simulation
    simulation.stop("main")
    simulation.stop("main")  # which is stopped already
    first = stored(started)
    started.put("/api/sites/north", {})
    clock.moment = NOW + timedelta(minutes=10)
    simulation.start("north")
    until(lambda: bool(stored(started, "north")))
    assert stored(started) == first
    assert simulation.status("main") == SimulationStatus(False, None, 0, PLAN.workers, PLAN.stations)
    assert simulation.status("north").running


def test_stop_waits_for_what_is_being_stored(started: Api, clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    simulation, writer = started.services.simulation, started.services.writer
    submitting, go_on, submit = threading.Event(), threading.Event(), writer.submit

    def slow(parsed: Any) -> Any:
        submitting.set()
        go_on.wait(30)
        return submit(parsed)

    monkeypatch.setattr(writer, "submit", slow)
    clock.moment = NOW + timedelta(minutes=10)
    assert submitting.wait(30)
    stopping = threading.Thread(target=simulation.stop, args=("main",))
    stopping.start()
    stopping.join(0.2)
    assert stopping.is_alive()
    go_on.set()
    stopping.join(30)
    assert stored(started) == told(to_micros(NOW) - MADE_UP_FOR, clock.micros())


def test_starting_again_goes_on(started: Api, clock: SettableClock) -> None:
    simulation = started.services.simulation
    simulation.start("main")  # which runs already
    assert threads() == 1
    simulation.stop("main")
    clock.moment = NOW + timedelta(minutes=20)
    simulation.start("main")
    expected = told(to_micros(NOW) - MADE_UP_FOR, clock.micros())
    until(lambda: stored(started) == expected)
    assert threads() == 1
    sent = [event for delivery in deliveries(PLAN, SiteRules(), to_micros(NOW) - MADE_UP_FOR, clock.micros()) for event in delivery.events]
    until(lambda: sum(camera["repeated"] for camera in started.get("/api/cameras").json) == len(sent) - len(expected))
    assert simulation.status("main").since == clock.moment


def test_sites_play_apart(started: Api) -> None:
    started.put("/api/sites/north", {"timezone": "America/New_York"})
    started.services.simulation.start("north")
    until(lambda: stored(started, "north") == told(to_micros(NOW) - MADE_UP_FOR, to_micros(NOW), Plan("north"), "America/New_York"))
    assert threads() == 1
    assert not stored(started, "north") & stored(started)


@pytest.mark.parametrize("ask", ["start", "status", "remove"])
def test_no_such_site(services: Services, ask: str) -> None:
    with pytest.raises(UnknownSite):
        getattr(services.simulation, ask)("atlantis")


def test_outside_the_shifts(api: Api, clock: SettableClock) -> None:
    api.put("/api/sites/main", {"timezone": "Europe/Berlin", "shifts": [DAY_SHIFT]})
    clock.moment = datetime(2026, 11, 22, 12, tzinfo=UTC)  # a Sunday
    api.services.simulation.start("main")
    status = api.services.simulation.status("main")
    assert (status.running, status.events, status.at_work, status.trouble) == (True, 0, 0, None)
    assert status.next_shift == datetime(2026, 11, 23, 7, tzinfo=UTC)
    clock.moment = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    until(lambda: bool(stored(api)))
    assert min(row[3] for row in api.stored()) >= datetime(2026, 11, 23, 7, tzinfo=UTC)
    status = api.services.simulation.status("main")
    assert (status.at_work, status.next_shift) == (PLAN.workers, None)


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_arguments: Any, **_more: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Unavailable("The database cannot store events now."), "The database cannot store events now."),
        (ZeroDivisionError("secret"), "Something unexpected went wrong; the server's log says what."),
    ],
)
def test_trouble_is_said_and_overcome(started: Api, clock: SettableClock, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str) -> None:
    simulation = started.services.simulation
    with monkeypatch.context() as broken:
        broken.setattr(started.services.writer, "submit", failing(error))
        for minutes in (2, 4, 6):
            clock.moment = NOW + timedelta(minutes=minutes)
            until(lambda: simulation.status("main").trouble == said)
    clock.moment = NOW + timedelta(minutes=8)
    until(lambda: simulation.status("main").trouble is None)
    assert stored(started) == told(to_micros(NOW) - MADE_UP_FOR, clock.micros())


def test_events_that_are_refused(started: Api, clock: SettableClock) -> None:
    services = started.services
    started.put("/api/sites/main", {"unknown_ids": "reject"})
    with services.database.write() as connection:
        connection.execute(delete(workers).where(workers.c.worker_id.in_(WORKER_IDS)))
        services.writer.store.forget()
    clock.moment = NOW + timedelta(minutes=3)
    until(lambda: services.simulation.status("main").trouble is not None)
    trouble = services.simulation.status("main").trouble
    assert trouble is not None and "events were refused; the first one: worker_id: no worker SIM-W" in trouble
    services.simulation.start("main")  # makes them known again
    clock.moment = NOW + timedelta(minutes=6)
    until(lambda: services.simulation.status("main").trouble is None)


def test_it_ends_with_the_server_and_does_not_begin_with_it(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'factory.db'}")
    services = start_services(settings)
    services.simulation.start("main")
    until(lambda: services.simulation.status("main").events > 0)
    services.close()
    assert threads() == 0
    services = start_services(settings)
    assert services.simulation.status("main") == SimulationStatus(False, None, 0, PLAN.workers, PLAN.stations)
    assert services.simulation.has_data("main")
    assert threads() == 0
    services.simulation.close()
    services.simulation.start("main")  # too late
    assert not services.simulation.status("main").running
    services.close()


def test_remove_takes_exactly_the_simulated(api: Api) -> None:
    real = [
        event("2026-11-20T11:30:00Z", worker="W1", station="SIM-S01"),
        event("2026-11-20T11:31:00Z", "product_count", worker="SIM-W01", station="S1", count=4),
        # A camera of that name, with ids of its own; and such ids of another camera.
        event("2026-11-20T11:32:00Z", "idle", worker="W1", station="S1", event_id="1", camera_id="C1"),
        event("2026-11-20T11:33:00Z", "idle", worker="W1", station="S1", event_id="sim-1-W1", camera_id="C1"),
        event("2026-11-20T11:34:00Z", "absent", worker="W1", station="S1", event_id="sim-1-W1"),
    ]
    api.take_in(real)
    everything = ("/api/workers", "/api/workstations", "/api/cameras")
    before, rows, lists = api.texts("main"), api.stored(), [api.get(path).json for path in everything]
    assert not api.services.simulation.has_data("main")
    api.services.simulation.start("main")
    until(lambda: api.services.simulation.status("main").events > 0)
    assert api.services.simulation.has_data("main")
    api.services.simulation.stop("main")
    made = len(api.stored()) - len(rows)
    assert api.texts("main") != before
    assert api.services.simulation.remove("main") == made
    assert api.stored() == rows
    assert [[row[key] for row in api.get(path).json] for path, key in zip(everything, ("worker_id", "station_id", "camera_id"), strict=True)] == [
        [row[key] for row in there] for there, key in zip(lists, ("worker_id", "station_id", "camera_id"), strict=True)
    ]
    assert not api.services.simulation.has_data("main")
    assert api.services.simulation.remove("main") == 0


def test_remove_stops_it_and_it_can_begin_again(started: Api) -> None:
    simulation = started.services.simulation
    simulation.remove("main")
    assert not simulation.status("main").running
    assert stored(started) == set()
    assert [started.get(path).json for path in ("/api/workers", "/api/workstations", "/api/cameras")] == [[], [], []]
    simulation.start("main")
    until(lambda: stored(started) == told(to_micros(NOW) - MADE_UP_FOR, to_micros(NOW)))
    assert {camera["camera_id"] for camera in started.get("/api/cameras").json} == {*CAMERA_IDS[: PLAN.cameras]}
