"""What a site saw last: where everybody was, and which cameras have fallen silent."""

from datetime import UTC, datetime, timedelta

import pytest
from http_api import DAY_SHIFT, event

from data_layer.scope import UnknownSite
from data_layer.sightings import LastSeen, SilentCamera, read_sightings

MORNING = datetime(2026, 1, 15, 8, tzinfo=UTC)


def told(api, *events, at=None):
    """Events that arrive at a moment, in the figures."""
    api.services.clock.moment = at or MORNING
    api.post_batch(list(events))
    assert api.services.refresher.wait("main", 60)


def sightings(api, now=MORNING):
    return read_sightings(api.services.database, "main", now)


def test_an_empty_site_has_seen_nothing(api):
    found = sightings(api)
    assert (found.first, found.last, found.workers, found.silent, found.is_scheduled) == (None, None, [], [], None)
    with pytest.raises(UnknownSite):
        read_sightings(api.services.database, "nowhere", MORNING)


def test_where_everybody_was_last(api):
    told(
        api,
        event("2026-01-15T07:00:00Z", "working", "W1", "S1"),
        event("2026-01-15T07:30:00Z", "product_count", "W1", "S2", count=1),
        event("2026-01-15T07:10:00Z", "absent", "W2", None),
        event("2026-01-15T07:50:00Z", "product_count", None, "S3", count=1),
    )
    found = sightings(api)
    assert (found.first, found.last) == (MORNING - timedelta(hours=1), MORNING - timedelta(minutes=10))
    assert sorted(found.workers, key=lambda one: one.worker_id) == [
        LastSeen("W1", "S1", "working", MORNING - timedelta(minutes=30)),
        LastSeen("W2", None, "absent", MORNING - timedelta(minutes=50)),
    ]


@pytest.mark.parametrize(
    ("why", "shifts", "silent_for", "found"),
    [
        ("it spoke just now", [], timedelta(minutes=59), False),
        ("too few events tell a pace", [], timedelta(minutes=61), True),
        ("nobody expects it at night", [DAY_SHIFT], timedelta(hours=15), False),
        ("but on the next morning", [DAY_SHIFT], timedelta(hours=25), True),
    ],
)
def test_a_camera_is_silent_when_it_should_have_spoken(api, why, shifts, silent_for, found):
    api.put("/api/sites/main", {"shifts": shifts})
    evening = datetime(2026, 1, 15, 16, 50, tzinfo=UTC)
    told(api, event("2026-01-15T16:50:00Z", "working", "W1", "S1", camera_id="C1"), at=evening)
    expected = [SilentCamera("C1", None, ("S1",), evening)] if found else []
    assert sightings(api, evening + silent_for).silent == expected, why


def test_the_pace_of_a_camera_decides(api):
    for minute in range(30):
        told(api, event(f"2026-01-15T07:{minute:02}:00Z", "working", "W1", "S1", camera_id="C1"), at=datetime(2026, 1, 15, 7, minute, tzinfo=UTC))
    last = datetime(2026, 1, 15, 7, 29, tzinfo=UTC)
    assert sightings(api, last + timedelta(minutes=9)).silent == []
    assert [camera.since for camera in sightings(api, last + timedelta(minutes=11)).silent] == [last]


def test_a_camera_that_never_spoke_is_silent_since_nobody_knows_when(api):
    api.services.clock.moment = MORNING
    api.put("/api/cameras/C2", {"name": "Hall door", "station_ids": ["S9"]})
    assert sightings(api, MORNING + timedelta(hours=2)).silent == [SilentCamera("C2", "Hall door", ("S9",), None)]
    assert sightings(api, MORNING + timedelta(minutes=2)).heard == {"S9"}


def test_whether_it_is_working_time(api):
    api.put("/api/sites/main", {"shifts": [DAY_SHIFT]})
    assert [sightings(api, MORNING.replace(hour=hour)).is_scheduled for hour in (7, 8, 12, 16, 17)] == [False, True, False, True, False]
