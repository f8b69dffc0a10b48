"""GET /api/events: raw events, newest first, by cursor."""

import base64

import pytest
from http_api import DAY_SHIFT, WORKED_EXAMPLE, Api, assert_problem, event, minutely
from werkzeug.test import TestResponse

from api.paging import cursor, position
from api.problems import Invalid
from data_layer.raw_events import Position


def listed(answer: TestResponse) -> list[dict]:
    assert answer.status_code == 200, answer.json
    assert answer.json.keys() == {"events", "next_cursor"}
    return answer.json["events"]


def walk(api: Api, **query: object) -> list[list[dict]]:
    """Page after page, by the Link headers."""
    pages = [api.get("/api/events", **query)]
    while "Link" in pages[-1].headers:
        (address, rel) = pages[-1].headers["Link"].split("; ")
        assert (address[0], address[-1], rel) == ("<", ">", 'rel="next"')
        pages.append(api.client.get(address[1:-1]))
    assert [page.json["next_cursor"] is None for page in pages] == [False] * (len(pages) - 1) + [True]
    return [listed(page) for page in pages]


def test_nothing_yet(api: Api) -> None:
    assert api.get("/api/events").json == {"events": [], "next_cursor": None}


def test_every_field(api: Api) -> None:
    more = {"event_id": 12, "camera_id": "C1", "model_name": "yolo", "model_version": "8", "sent_at": "2026-01-15T09:00:01.5+01:00", "confidence": 0.5}
    api.post(event(kind="product_count", count=3, **more))
    api.post(event("2026-01-15T07:00:00.000001Z", "absent", station=None))
    first, second = listed(api.get("/api/events"))
    assert first == {
        "event_id": 1,
        "client_event_id": "12",
        "site_id": "main",
        "timestamp": "2026-01-15T08:00:00Z",
        "worker_id": "W1",
        "workstation_id": "S1",
        "event_type": "product_count",
        "confidence": 0.5,
        "count": 3,
        "camera_id": "C1",
        "source": "C1",
        "model_name": "yolo",
        "model_version": "8",
        "sequence": None,
        "sent_at": "2026-01-15T08:00:01.500000Z",
        "created_at": "2026-11-20T12:00:00Z",
        "visible": True,
    }
    named = {"event_id": 2, "site_id": "main", "timestamp": "2026-01-15T07:00:00.000001Z", "worker_id": "W1", "event_type": "absent"}
    assert second == dict.fromkeys(first) | named | {"created_at": first["created_at"], "visible": True}


def test_a_line_counter_has_no_worker_and_a_model_may_have_no_version(api: Api) -> None:
    api.post(event(worker=None, kind="product_count", model_name="yolo"))
    (row,) = listed(api.get("/api/events"))
    assert (row["worker_id"], row["count"], row["model_name"], row["model_version"]) == (None, 1, "yolo", None)


def test_newest_first_and_by_number_where_times_are_equal(api: Api) -> None:
    api.take_in([event("2026-01-15T08:00:00Z", worker=name) for name in ("W2", "W1", "W3")])
    api.take_in(minutely(3, worker="W4"))
    rows = listed(api.get("/api/events"))
    assert [row["event_id"] for row in rows] == [6, 5, 4, 3, 2, 1]
    assert [row["timestamp"] for row in rows] == sorted((row["timestamp"] for row in rows), reverse=True)


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 11, 12, 13, 1_000])
def test_pages_by_link(api: Api, limit: int) -> None:
    api.take_in(minutely(7))
    api.take_in(minutely(5, worker=None, kind="product_count"))
    pages = walk(api, limit=limit)
    assert [len(page) for page in pages] == [limit] * (12 // limit) + [12 % limit] * (12 % limit > 0)
    assert sorted(row["event_id"] for page in pages for row in page) == list(range(1, 13))


def test_a_link_keeps_the_question(api: Api) -> None:
    api.put("/api/sites/north", {"timezone": "Europe/Berlin"})
    api.take_in([one for name in ("W 1&", "Wü", "W3") for one in minutely(3, worker=name, site_id="north")])
    question = {"site_id": "north", "worker_id": ["W 1&", "Wü"], "from": "2026-01-15T09:01:00+01:00", "limit": 1}
    pages = walk(api, **question)
    assert [(row["worker_id"], row["timestamp"][11:16]) for (row,) in pages] == [("Wü", "08:02"), ("W 1&", "08:02"), ("Wü", "08:01"), ("W 1&", "08:01")]
    assert [listed(api.get("/api/events", **question, cursor=api.get("/api/events", **question).json["next_cursor"]))] == [pages[1]]


def test_a_hundred_unless_told(api: Api) -> None:
    api.take_in(minutely(101))
    assert [len(page) for page in walk(api)] == [100, 1]


FILTERS = [
    ({}, [5, 4, 3, 2, 1, 6]),
    ({"worker_id": "W1"}, [5, 4, 3, 2, 1]),
    ({"worker_id": ["W1", "W2"]}, [5, 4, 3, 2, 1, 6]),
    ({"station_id": "S2"}, [6]),
    ({"event_type": "working"}, [4, 1, 6]),
    ({"event_type": ["idle", "absent"]}, [5, 3]),
    ({"event_type": "idle", "worker_id": "W2"}, []),
    ({"camera_id": "C1"}, [6]),
    ({"from": "2026-01-15T09:00:00Z"}, [5, 4, 3, 2]),
    ({"to": "2026-01-15T09:00:00Z"}, [1, 6]),
    ({"from": "2026-01-15T09:00:00Z", "to": "2026-01-15T10:30:00Z"}, [3, 2]),
    ({"from": "2026-01-15T09:00:00Z", "to": "2026-01-15T09:00:00Z"}, []),
    ({"from": "2026-01-15", "to": "2026-01-16"}, [5, 4, 3, 2, 1]),
    ({"from": "2026-01-14T23:30:00", "to": "2026-01-15T08:00:00.000001"}, [1]),
    ({"site_id": "north"}, [7]),
]


@pytest.mark.parametrize(("query", "ids"), FILTERS, ids=str)
def test_filters(api: Api, query: dict, ids: list[int]) -> None:
    api.put("/api/sites/north", {})
    api.take_in([*WORKED_EXAMPLE, event("2026-01-14T08:00:00Z", worker="W2", station="S2", camera_id="C1"), event(site_id="north")])
    api.put("/api/workers/W2", {})
    assert [row["event_id"] for row in listed(api.get("/api/events", **query))] == ids


def test_times_without_an_offset_are_the_sites(api: Api) -> None:
    api.put("/api/sites/main", {"timezone": "Asia/Kathmandu"})
    api.take_in([event("2026-01-14T18:14:59.999999Z"), event("2026-01-14T18:15:00Z"), event("2026-01-15T18:15:00Z")])
    assert [row["event_id"] for row in listed(api.get("/api/events", **{"from": "2026-01-15", "to": "2026-01-16"}))] == [2]


def test_several_sites_are_merged_by_time_each_with_its_own_days_and_thresholds(api: Api) -> None:
    api.put("/api/sites/main", {"timezone": "Asia/Kathmandu", "min_confidence": 0.5})
    api.put("/api/sites/north", {"timezone": "America/New_York", "min_confidence": 0.8})
    hours = [f"2026-01-{day}T{hour:02}:00:00Z" for day in (14, 15, 16) for hour in range(0, 24, 2)]
    api.take_in([event(at, site_id=site, confidence=0.6) for at in hours for site in ("main", "north")])
    pages = walk(api, site_id=["main", "north"], limit=5, **{"from": "2026-01-15", "to": "2026-01-16"})
    rows = [row for page in pages for row in page]
    assert [row["timestamp"] for row in rows] == sorted((row["timestamp"] for row in rows), reverse=True)
    of_site = {site: [row["timestamp"] for row in rows if row["site_id"] == site] for site in ("main", "north")}
    assert {site: (len(times), times[-1]) for site, times in of_site.items()} == {"main": (12, "2026-01-14T20:00:00Z"), "north": (12, "2026-01-15T06:00:00Z")}
    assert {(row["site_id"], row["visible"]) for row in rows} == {("main", True), ("north", False)}
    assert_problem(api.get("/api/events", site_id=["main", "atlantis"]), 404, "atlantis")
    assert_problem(api.get("/api/events", site_id=["main", "north"], worker_id="W9"), 404, "W9", "main, north")
    assert_problem(api.get("/api/events", site_id=[f"site {number}" for number in range(101)]), 422, "site_id:")


def test_what_the_metrics_do_not_see_is_shown_as_such(api: Api) -> None:
    """Each version of the settings has its own threshold; without a confidence an event passes every one."""
    api.put("/api/sites/main", {"min_confidence": 0.5})
    api.put("/api/sites/main", {"min_confidence": 0.8, "valid_from": "2026-01-16", "shifts": [DAY_SHIFT]})
    sent = [event(f"2026-01-{day}T08:00:0{second}Z", confidence=value) for day in (15, 16) for second, value in enumerate((None, 0.49, 0.5, 0.79, 0.8))]
    api.take_in(sent)
    shown = [row["visible"] for row in listed(api.get("/api/events"))]
    assert shown[::-1] == [True, False, True, True, True, True, False, False, False, True]
    assert api.metrics("factory").json["total_events"] == sum(shown)


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"site_id": "atlantis"}, 404, ("atlantis",)),
        ({"worker_id": ["W1", "W9"]}, 404, ("worker W9", "main")),
        ({"station_id": "S9"}, 404, ("workstation S9",)),
        ({"camera_id": "C9"}, 404, ("camera C9",)),
        ({"event_type": "sleeping"}, 422, ("event_type:", "working, idle, absent, product_count", "'sleeping'")),
        ({"event_type": ["idle", "Working"]}, 422, ("event_type:", "'Working'")),
        ({"limit": "0"}, 422, ("limit:", "1,000")),
        ({"limit": "1001"}, 422, ("limit:",)),
        ({"limit": "-1"}, 422, ("limit:",)),
        ({"limit": "1.5"}, 422, ("limit:",)),
        ({"limit": "ten"}, 422, ("limit:",)),
        ({"limit": "²"}, 422, ("limit:",)),
        ({"limit": "9" * 5_000}, 422, ("limit:",)),
        ({"limit": ["1", "2"]}, 422, ("limit:", "once")),
        ({"from": "yesterday"}, 422, ("from:",)),
        ({"to": "2026-13-01"}, 422, ("to:",)),
        ({"from": "2026-01-16", "to": "2026-01-15"}, 422, ("to:", "before from")),
        ({"cursor": ["a", "b"]}, 422, ("cursor:", "once")),
        ({"worker": "W1"}, 422, ("worker:",)),
        ({"station_type": "press"}, 422, ("station_type:",)),
        ({"as_of": "2026-01-15"}, 422, ("as_of:",)),
    ],
    ids=str,
)
def test_what_cannot_be_asked(api: Api, query: dict, status: int, words: tuple[str, ...]) -> None:
    api.take_in(WORKED_EXAMPLE)
    assert_problem(api.get("/api/events", **query), status, *words)


GOOD = cursor(Position(1_768_464_000_000_000, 17))


def test_a_cursor_is_a_place() -> None:
    for place in (Position(0, 0), Position(1, 1), Position(2**53 + 1, 2**63 - 1), Position(-1, 5)):
        assert position(cursor(place)) == place
        assert cursor(place).replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "text",
    [
        *("x", "null", "1", "0", "=", "é", "\0", " ", "AAAA", "A" * 27, "A" * 10_000, "%", "../..", '{"a": 1}', "1768464000000000.17"),
        *(GOOD[:-1], GOOD + "A", GOOD + "=", " " + GOOD, GOOD + "\n", GOOD.swapcase(), GOOD[::-1], GOOD[:8] + " " + GOOD[8:], GOOD[:-1] + "=", GOOD + "é"),
        base64.urlsafe_b64encode(b"\0" * 16).decode(),
        # The last character carries two bits that say nothing.
        GOOD[:-1] + chr(ord(GOOD[-1]) + 1),
    ],
)
def test_what_is_no_cursor(api: Api, text: str) -> None:
    with pytest.raises(Invalid):
        position(text)
    assert_problem(api.get("/api/events", cursor=text), 422, "cursor:")


def test_every_flipped_character_is_noticed() -> None:
    for at, character in enumerate(GOOD):
        with pytest.raises(Invalid):
            position(GOOD[:at] + ("A" if character != "A" else "B") + GOOD[at + 1 :])


def test_a_strict_site_is_listed_too(api: Api) -> None:
    api.post(event())
    api.put("/api/sites/main", {"unknown_ids": "reject"})
    api.post(event(worker="W2"))
    assert [row["worker_id"] for row in listed(api.get("/api/events"))] == ["W1"]


def test_demo_events_have_a_source_and_no_camera(api: Api) -> None:
    api.client.post("/api/seed")
    row = listed(api.get("/api/events", limit=1))[0]
    assert (row["source"], row["camera_id"]) == ("demo", None)
    assert row["client_event_id"].startswith("demo-")
