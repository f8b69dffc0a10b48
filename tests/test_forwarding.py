"""A site's server tells a central one its sums by day: they are the site's own, exactly, whatever happens on the way."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from http_api import DAY_SHIFT, event
from server_process import until
from two_servers import Central, Site, central, site

from data_layer.faultpoint import arm
from metrics.kpis import FACTORY_FIGURES

_DYING = Path(__file__).with_name("forwarding_and_dying.py")
ZONE = {"timezone": "Europe/Berlin"}
RULES = {**ZONE, "shifts": [DAY_SHIFT, {"name": "night", "days": [0, 1, 2, 3, 4], "start": "22:00", "end": "06:00"}], "signal_timeout_seconds": 7200}
FIRST = datetime(2026, 11, 9, tzinfo=UTC)
#: What days say of one another is nothing: their means over workers are no mean over these days.
ADDING_UP = [name for name in FACTORY_FIGURES if name != "average_utilization_percentage"]


@pytest.fixture
def north(tmp_path: Path) -> Iterator[tuple[Central, Site]]:
    """A central server and a site's, with the same settings."""
    with central(tmp_path) as there:
        there.api.put("/api/sites/north", RULES)
        with site(tmp_path, there) as here:
            here.api.put("/api/sites/main", RULES)
            yield there, here


def floor(days: int = 5, *, first: datetime = FIRST) -> list[dict[str, Any]]:
    """Days and nights of three workers, with gaps, states that nothing ends, and units of nobody."""
    found = []
    for day in range(days):
        for number in range(3):
            begun = first + timedelta(days=day, hours=6 + 7 * number, minutes=11 * number)
            kinds = ("working", "product_count", "idle", "working", "absent", "working")
            for step, kind in enumerate(kinds):
                more = {"count": step + day} if kind == "product_count" else {}
                at = (begun + timedelta(minutes=47 * step + 3 * day)).isoformat()
                found.append(event(at, kind, worker=f"W{number}", station=f"S{number % 2}", **more))
        found.append(event((first + timedelta(days=day, hours=9)).isoformat(), "product_count", worker=None, station="S0", count=2))
    return found


def own(here: Site, first: str, last: str) -> dict[str, Any]:
    """The site's own figures of some whole days, the last one not included."""
    return here.api.metrics("factory", **{"from": first, "to": last, "as_of": here.clock.now().isoformat()}).json


def shown(there: Central, here: Site, first: str, last: str, site_id: str = "north") -> dict[str, Any]:
    """What the central server has of the same days."""
    clock = here.services.sites.get("main").rules.clock
    low, high = (datetime.fromtimestamp(clock.day_start((datetime.fromisoformat(day) - datetime(1970, 1, 1)).days) / 1e6, UTC) for day in (first, last))
    found = there.compare(site_id, start=low, end=high)
    assert found.remote[0] is not None
    assert not found.remote[0].why
    return dict(found.rows[0])


def assert_same(there: Central, here: Site) -> None:
    """Each day, and all of them together, are the same to the last bit."""
    days = [(FIRST + timedelta(days=day)).date().isoformat() for day in range(-2, 8)]
    for low, high in pairwise(days):
        assert {name: shown(there, here, low, high)[name] for name in FACTORY_FIGURES} == {name: own(here, low, high)[name] for name in FACTORY_FIGURES}, low
    together, mine = shown(there, here, days[0], days[-1]), own(here, days[0], days[-1])
    for name in (*ADDING_UP, "worker_count", "station_count"):
        assert together[name] == mine[name], name
    assert together["average_utilization_percentage"] in (None, mine["average_utilization_percentage"])


def test_whole_days_are_the_sites_own_to_the_last_bit(north):
    there, here = north
    here.post(*floor())
    here.told()
    assert own(here, "2026-11-09", "2026-11-14")["coverage_percentage"] not in (None, 100.0)
    assert shown(there, here, "2026-11-09", "2026-11-14")["average_utilization_percentage"] is None
    assert_same(there, here)


def test_late_events_settings_and_what_is_taken_away_follow(north):
    there, here = north
    events = floor()
    here.post(*events[20:])
    here.told()
    here.post(*events[:20])
    here.told()
    assert_same(there, here)
    here.api.put("/api/sites/main", {**RULES, "min_confidence": 0.5, "shifts": [DAY_SHIFT]})
    here.told()
    assert_same(there, here)
    before = own(here, "2026-11-09", "2026-11-14")
    here.api.put("/api/sites/main", RULES | {"signal_timeout_seconds": 60})
    here.told()
    assert own(here, "2026-11-09", "2026-11-14") != before
    assert_same(there, here)


def test_what_is_still_open_goes_on_by_the_clock_alone(north):
    """Nobody sends anything, and the worker is at work until the timeout says that this was no signal."""
    there, here = north
    start = here.clock.now()
    here.post(event(start.isoformat()))
    here.told()
    assert_same(there, here)
    for minutes, hours in ((60, 1.0), (119, 1 + 59 / 60), (121, 0.0)):
        here.clock.moment = there.clock.moment = start + timedelta(minutes=minutes)
        until(lambda: here.forwarding().heard_at == here.clock.now())
        assert shown(there, here, "2026-11-20", "2026-11-21")["total_productive_time_hours"] == pytest.approx(hours)
        assert_same(there, here)


def test_days_that_have_lost_their_first_events_are_not_left_behind(north):
    there, here = north
    here.post(*[one | {"confidence": 0.2} for one in floor(2)], *floor(2, first=FIRST + timedelta(days=4)))
    here.told()
    assert shown(there, here, "2026-11-09", "2026-11-10")["total_events"] > 0
    here.api.put("/api/sites/main", {**RULES, "min_confidence": 0.5})
    here.told()
    assert shown(there, here, "2026-11-09", "2026-11-10")["total_events"] == 0
    assert_same(there, here)


def test_what_waits_does_not_grow_with_the_number_of_changes(north):
    there, here = north
    there.around = answering(503, b"no")
    for day in range(6):
        here.post(*floor(1, first=FIRST + timedelta(days=day)))
        assert here.services.refresher.wait("main", 60)
    here.post(event("2025-03-03T08:00:00Z"), event("2025-03-03T09:00:00Z"))
    assert here.services.refresher.wait("main", 60)
    assert here.waiting()[0] <= 2
    there.around = None
    here.told()
    assert_same(there, here)
    assert shown(there, here, "2025-03-03", "2025-03-04")["total_productive_time_hours"] == 1.0


def test_what_is_not_whole_days_is_not_shown(north):
    there, here = north
    here.post(*floor())
    here.told()
    ragged = there.compare("north", start=datetime(2026, 11, 9, 8, tzinfo=UTC), end=datetime(2026, 11, 10, 23, tzinfo=UTC))
    assert "whole days" in ragged.remote[0].why
    assert {ragged.together[name] for name in FACTORY_FIGURES} == {None}
    assert ragged.rows[0]["total_events"] is None


def test_today_is_as_of_the_last_word_and_nothing_is_said_of_days_of_which_there_was_none(north):
    there, here = north
    here.post(*floor())
    here.told()
    midnight = datetime(2026, 11, 19, 23, tzinfo=UTC)
    today = there.compare("north", start=midnight, end=there.clock.now())
    assert (today.remote[0].why, today.remote[0].account.as_of) == ("", here.clock.now())
    assert today.rows[0]["total_events"] == 0
    there.clock.moment += timedelta(days=2)
    assert "nothing" in there.compare("north", start=midnight + timedelta(days=2), end=there.clock.now()).remote[0].why
    assert "nothing" in there.compare("north", start=midnight, end=midnight + timedelta(days=1)).remote[0].why
    assert there.compare("north", start=midnight - timedelta(days=1), end=midnight).remote[0].why == ""


def test_they_stand_beside_a_site_of_ones_own(north):
    there, here = north
    here.post(*floor())
    here.told()
    there.api.put("/api/sites/south", RULES)
    there.api.take_in([one | {"site_id": "south"} for one in floor()])
    low, high = datetime(2026, 11, 8, 23, tzinfo=UTC), datetime(2026, 11, 9, 23, tzinfo=UTC)
    found = there.compare("north", "south", start=low, end=high)
    assert found.remote[1] is None
    assert found.rows[0] | {"site_id": "south"} == found.rows[1]
    for name in ("total_events", "total_production_count", "total_productive_time_hours", "worker_count"):
        assert found.together[name] == 2 * found.rows[0][name]
    assert found.together["average_utilization_percentage"] == pytest.approx(found.rows[0]["average_utilization_percentage"], rel=1e-12)
    assert set(found.counted.values()) == {2}


@pytest.mark.parametrize("place", ["about to send", "outbox read", "sums acknowledged", "outbox emptied"])
def test_a_fault_at_any_place_loses_and_doubles_nothing(north, place):
    there, here = north
    struck = []

    def strike(name: str) -> None:
        if name == f"forwarder: {place}" and len(struck) < 3:
            struck.append(name)
            raise RuntimeError("a fault of the test")

    arm(strike)
    here.post(*floor())
    # Once the outbox is empty, there is nothing more to strike at.
    until(lambda: len(struck) >= (1 if place == "outbox emptied" else 3))
    arm(None)
    here.told()
    assert_same(there, here)


@pytest.mark.parametrize("place", ["about to send", "outbox read", "sums acknowledged", "outbox emptied"])
def test_a_server_that_was_killed_tells_the_same(tmp_path, place):
    with central(tmp_path) as there:
        there.api.put("/api/sites/north", RULES)
        key = there.key("north")
        with site(tmp_path, there, key=key) as here:
            here.api.put("/api/sites/main", RULES)
            here.post(*floor(2))
            here.told()
        arguments = [here.database, there.url, key, "no", f"forwarder: {place}"]
        died = subprocess.run([sys.executable, str(_DYING), *arguments], input=json.dumps(floor()), capture_output=True, text=True, timeout=120, check=False)
        assert died.returncode == 9, died.stderr
        with site(tmp_path, there, key=key, new=False) as here:
            here.told()
            assert_same(there, here)


def answering(status: int, body: bytes, kind: str = "text/html") -> Any:
    """What stands before the central server and lets nothing through."""

    def around(_plain: Any) -> Any:
        def answer(_environ: Any, start_response: Any) -> Any:
            start_response(f"{status} X", [("Content-Type", kind), ("Content-Length", str(len(body))), ("Location", "http://127.0.0.1:1/")])
            return [body]

        return answer

    return around


def taken_in_and_cut(plain: Any) -> Any:
    """It stores, and its answer is lost."""

    def answer(environ: Any, start_response: Any) -> Any:
        list(plain(environ, lambda *_: None))
        start_response("200 OK", [("Content-Length", "9999"), ("Connection", "close")])
        return [b"{"]

    return answer


@pytest.mark.parametrize(
    ("why", "around", "said"),
    [
        ("an error", answering(500, b"no"), "answers 500"),
        ("a page", answering(200, b"<html>"), "can’t be understood"),
        ("JSON of another kind", answering(200, b'{"days": 1}', "application/json"), "can’t be understood"),
        ("far too much", answering(200, b"x" * 3_000_000), "more than it was asked for"),
        ("a redirection", answering(302, b""), "another address"),
        ("its answer is lost", taken_in_and_cut, "can’t be understood"),
    ],
)
def test_a_central_server_that_misbehaves_is_told_again(north, why, around, said):
    there, here = north
    there.around = around
    here.post(*floor())
    until(lambda: said in (here.forwarding().trouble or ""))
    warnings = here.api.get("/ready").json["warnings"]
    assert any(said in one and "main" in one for one in warnings)
    there.around = None
    here.told()
    assert here.api.get("/ready").json["warnings"] == []
    assert_same(there, here)


def test_a_key_that_opens_nothing_is_said_and_is_in_no_text(tmp_path, caplog):
    with central(tmp_path) as there:
        there.api.put("/api/sites/north", ZONE)
        key = there.key("north")
        there.api.services.entry.callers.forget()
        with site(tmp_path, there, key=key[:-1] + ("0" if key[-1] != "0" else "1")) as here:
            here.api.put("/api/sites/main", ZONE)
            until(lambda: "does not know our key" in (here.forwarding().trouble or ""))
            assert key[:20] not in caplog.text + repr(here.services.settings) + repr(here.services.forwarder) + (here.forwarding().trouble or "")


def test_a_key_of_another_site_a_zone_and_own_events_are_refused_with_a_sentence(tmp_path):
    with central(tmp_path) as there:
        there.api.put("/api/sites/north", ZONE)
        there.api.put("/api/sites/south", ZONE)
        with site(tmp_path, there, key=there.key("south")) as here:
            here.api.put("/api/sites/main", ZONE)
            until(lambda: "no such site" in (here.forwarding().trouble or ""))
    for more, said in (({"timezone": "UTC"}, "another zone"), ({}, "has events here")):
        folder = tmp_path / said.replace(" ", "-")
        folder.mkdir()
        with central(folder) as there:
            there.api.put("/api/sites/north", ZONE | more)
            there.api.take_in([event(site_id="north")])
            assert there.services.refresher.wait("north", 60)
            with site(folder, there) as here:
                here.api.put("/api/sites/main", ZONE)
                until(lambda said=said, here=here: said in (here.forwarding().trouble or ""))


def test_the_central_server_is_away_and_comes_back(tmp_path):
    with central(tmp_path) as there:
        there.api.put("/api/sites/north", RULES)
        port, there.port = there.port, 1
        with site(tmp_path, there, key=there.key("north")) as here:
            here.api.put("/api/sites/main", RULES)
            here.post(*floor())
            until(lambda: "can’t be reached" in (here.forwarding().trouble or ""))
            assert here.waiting()[0] > 0
        there.port = port
        # Another address is another server: it is told everything.
        with site(tmp_path, there, key=there.key("north"), new=False) as here:
            here.told()
            assert_same(there, here)


def test_a_restored_central_server_is_told_everything_again(north):
    there, here = north
    here.post(*floor())
    here.told()
    with there.services.database.write() as connection:
        for table in ("remote_days", "remote_sites"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    here.post(event("2026-11-18T12:00:00Z", worker="W9"))
    until(lambda: here.services.refresher.wait("main", 60) and there.asked and here.waiting() == (0, 0) and _days(there) > 5)
    here.told()
    assert_same(there, here)


def _days(there: Central) -> int:
    with there.services.database.read() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM remote_days").scalar_one()


def test_a_restored_site_outranks_what_it_told_before(north):
    there, here = north
    here.post(*floor())
    here.told()
    with here.services.database.write() as connection:
        connection.exec_driver_sql("UPDATE sites SET revision = 1")
        connection.exec_driver_sql("UPDATE forwarding SET acknowledged = 1")
    known = _revision(there)
    here.post(*[one | {"worker_id": "W7"} for one in floor(2) if "worker_id" in one])
    until(lambda: here.services.refresher.wait("main", 60) and here.waiting() == (0, 0) and _revision(there) > known)
    here.told()
    assert_same(there, here)


def _revision(there: Central) -> int:
    with there.services.database.read() as connection:
        return connection.exec_driver_sql("SELECT revision FROM remote_sites").scalar_one()
