"""A site's server hands its raw events on to a central one, if it is set so: each is there once, and both come to the same figures."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from http_api import DAY_SHIFT, event
from server_process import until
from two_servers import Central, Site, central, site

RULES = {"timezone": "Europe/Berlin", "shifts": [DAY_SHIFT], "signal_timeout_seconds": 7200}
_DYING = Path(__file__).with_name("forwarding_and_dying.py")
DAY = "2026-11-16"


@pytest.fixture
def north(tmp_path: Path) -> Iterator[tuple[Central, Site]]:
    """A central server and a site's, with the same settings."""
    with central(tmp_path) as there:
        there.api.put("/api/sites/north", RULES)
        with site(tmp_path, there, events=True) as here:
            here.api.put("/api/sites/main", RULES)
            yield there, here


def floor() -> list[dict[str, Any]]:
    """Events with and without ids of their senders, of two workers and nobody, by cameras with models, doubtful ones, and late ones."""
    named = {"camera_id": "C1", "model_name": "yolo", "model_version": "2.1", "sent_at": f"{DAY}T07:00:01Z"}
    return [
        event(f"{DAY}T07:00:00Z", event_id="a1", **named),
        event(f"{DAY}T08:00:00Z", "product_count", count=4),
        event(f"{DAY}T08:00:00Z", "product_count", count=5),
        event(f"{DAY}T08:30:00.000001Z", "idle", event_id="a1", camera_id="C2"),
        event(f"{DAY}T09:00:00Z", confidence=0.25),
        event(f"{DAY}T10:00:00Z", "absent", station=None),
        event(f"{DAY}T07:10:00Z", worker="W2", station="S2"),
        event(f"{DAY}T07:50:00Z", "idle", worker="W2", station="S2"),
        event(f"{DAY}T09:30:00Z", "product_count", worker=None, station="S2", count=2),
    ]


def told(there: Central, here: Site) -> None:
    """Wait until all events are there, and counted."""
    until(lambda: here.waiting() == (0, 0) and here.forwarding().trouble is None)
    assert there.services.refresher.wait("north", 60)
    assert here.services.refresher.wait("main", 60)


def assert_same(there: Central, here: Site) -> None:
    def figures(api: Any, site_id: str) -> list[Any]:
        found = [api.metrics(kind, site_id=site_id, as_of=f"{DAY}T18:00:00Z").json for kind in ("factory", "workers", "workstations")]
        return json.loads(json.dumps(found).replace(f'"{site_id}"', '"here"'))

    assert figures(there.api, "north") == figures(here.api, "main")


def stored(api: Any, site_id: str) -> list[dict[str, Any]]:
    """All raw events, without what each server gives of its own."""
    found = api.get("/api/events", site_id=site_id, limit=1000).json["events"]
    return [{name: value for name, value in one.items() if name not in ("event_id", "site_id", "received_at", "created_at")} for one in found]


def test_both_have_the_same_events_and_figures(north):
    there, here = north
    here.post(*floor())
    told(there, here)
    assert len(stored(here.api, "main")) == len(floor())
    assert stored(there.api, "north") == stored(here.api, "main")
    assert_same(there, here)


def test_cloudevents_keep_their_source(north):
    there, here = north
    data = {"worker_id": "W1", "workstation_id": "S1", "event_type": "working"}
    envelope = {
        "specversion": "1.0",
        "id": "7",
        "source": "/line/1",
        "type": "x",
        "time": f"{DAY}T07:00:00Z",
        "datacontenttype": "application/json",
        "data": data,
    }
    body = json.dumps([envelope, {**envelope, "source": "/line/2", "time": f"{DAY}T08:00:00Z"}])
    assert here.api.client.post("/api/events/batch", data=body, content_type="application/cloudevents-batch+json").json["success_count"] == 2
    told(there, here)
    assert stored(there.api, "north") == stored(here.api, "main")
    again = there.api.client.post(
        "/api/events/batch", data=body.replace('"worker_id"', '"site_id": "north", "worker_id"'), content_type="application/cloudevents-batch+json"
    )
    assert again.json["duplicate_count"] == 2


def test_what_comes_late_or_again_is_there_once(north):
    there, here = north
    here.post(*floor()[4:])
    told(there, here)
    here.post(*floor())
    told(there, here)
    assert stored(there.api, "north") == stored(here.api, "main")
    assert_same(there, here)


@pytest.mark.parametrize("place", ["about to send", "outbox read", "events acknowledged", "outbox emptied"])
def test_a_server_that_was_killed_hands_each_event_on_once(tmp_path, place):
    with central(tmp_path) as there:
        there.api.put("/api/sites/north", RULES)
        key = there.key("north")
        with site(tmp_path, there, key=key, events=True) as here:
            here.api.put("/api/sites/main", RULES)
        arguments = [here.database, there.url, key, "yes", f"forwarder: {place}"]
        died = subprocess.run([sys.executable, str(_DYING), *arguments], input=json.dumps(floor()), capture_output=True, text=True, timeout=120, check=False)
        assert died.returncode == 9, died.stderr
        with site(tmp_path, there, key=key, events=True, new=False) as here:
            told(there, here)
            assert len(stored(here.api, "main")) == len(floor())
            assert stored(there.api, "north") == stored(here.api, "main")
            assert_same(there, here)


def test_events_of_a_site_that_is_not_there_yet_wait_and_fill_no_quarantine(tmp_path):
    with central(tmp_path) as there:
        with site(tmp_path, there, key=there.key("main"), events=True) as here:
            here.post(*floor())
            until(lambda: "no site north" in (here.forwarding().trouble or ""))
            assert there.api.get("/api/quarantine").json == []
        there.api.put("/api/sites/north", {})
        with site(tmp_path, there, key=there.key("north"), events=True, new=False) as here:
            told(there, here)
            assert len(stored(there.api, "north")) == len(floor())


def test_what_the_central_server_refuses_holds_nothing_up(north, caplog):
    there, here = north
    there.api.put("/api/sites/north", RULES | {"unknown_ids": "reject"})
    here.post(*floor())
    told(there, here)
    assert "in its quarantine" in caplog.text
    assert len(there.api.get("/api/quarantine", site_id="north").json) == len(floor())
    there.api.put("/api/sites/north", RULES | {"unknown_ids": "register"})
    here.post(event(f"{DAY}T11:00:00Z", worker="W3"))
    told(there, here)
    assert [one["worker_id"] for one in stored(there.api, "north")] == ["W3"]


@pytest.mark.parametrize("level", ["team", "station"])
def test_a_site_that_does_not_show_single_people_keeps_its_events(north, level):
    there, here = north
    here.api.put("/api/privacy/main", {"level": level})
    here.post(*floor())
    until(lambda: "does not show single people" in (here.forwarding().trouble or ""))
    assert stored(there.api, "north") == []
    here.api.put("/api/privacy/main", {"level": "individual"})
    told(there, here)
    assert len(stored(there.api, "north")) == len(floor())


def test_demo_data_stay_where_they_were_loaded(north):
    there, here = north
    assert here.api.client.post("/api/seed").status_code in (200, 201)
    here.post(*floor())
    told(there, here)
    assert len(stored(there.api, "north")) == len(floor())


def test_history_that_was_there_before_is_handed_on_in_batches(tmp_path):
    with central(tmp_path) as there:
        there.api.put("/api/sites/north", RULES)
        with site(tmp_path, there, events=False) as here:
            here.api.put("/api/sites/main", RULES)
            start = here.clock.now() - timedelta(days=2)
            here.post(*(event((start + timedelta(minutes=number)).isoformat(), "product_count", count=number) for number in range(1_100)))
        with there.services.database.write() as connection:
            for table in ("remote_days", "remote_sites"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
        with site(tmp_path, there, key=there.key("north"), events=True, new=False) as here:
            told(there, here)
            assert there.api.metrics("factory", site_id="north").json["total_production_count"] == sum(range(1_100))
            assert there.asked.count("POST /api/events/batch") == 3
