"""Cameras that send every frame: at a site that asks for it, one state event a second is left of those that say the same."""

from datetime import UTC, datetime, timedelta

import pytest
from http_api import Api, event
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core

from ingest.event import SiteRules
from ingest.parse import parse_one
from metrics.units import SECOND, to_micros

START = datetime(2026, 1, 15, 8, tzinfo=UTC)


def frames(seconds: int, kind: str = "working", worker: str = "W1", **more: object) -> list[dict]:
    """Thirty events a second, each with an id of its own."""
    times = [START + timedelta(microseconds=round(number * SECOND / 30)) for number in range(30 * seconds)]
    return [event(at.isoformat(), kind, worker, event_id=f"{worker}-{kind}-{number}", **more) for number, at in enumerate(times)]


@pytest.fixture
def raw(api: Api) -> Api:
    assert api.put("/api/sites/main", {"state_timestamps": "whole_seconds"}).json["state_timestamps"] == "whole_seconds"
    return api


def test_one_state_event_a_second_is_left_and_the_others_are_repeats(raw: Api):
    answer = raw.post_batch(frames(3) + frames(3, worker="W2"))
    assert (answer.json["success_count"], answer.json["duplicate_count"]) == (180, 174)
    assert [row[3] for row in raw.stored()] == [START + timedelta(seconds=second) for second in (0, 1, 2)] * 2


def test_product_counts_are_as_they_came(raw: Api):
    assert raw.post_batch(frames(1, "product_count", count=1)).json["duplicate_count"] == 0
    assert len({row[3] for row in raw.stored()}) == 30
    assert raw.metrics("factory").json["total_production_count"] == 30


def test_states_that_differ_within_a_second_are_all_kept(raw: Api):
    assert raw.post_batch(frames(1) + frames(1, "idle")).json["duplicate_count"] == 58
    assert len(raw.stored()) == 2


def test_what_repeats_counts_for_its_camera(raw: Api):
    raw.post_batch(frames(2, camera_id="C1"))
    [camera] = raw.get("/api/cameras").json
    assert (camera["events"], camera["repeated"]) == (2, 58)


def test_other_sites_keep_every_frame(api: Api):
    assert api.get("/api/sites/main").json["state_timestamps"] == "as_sent"
    assert api.post_batch(frames(1)).json["duplicate_count"] == 0


def test_a_put_that_leaves_it_out_leaves_it(raw: Api):
    assert raw.put("/api/sites/main", {"name": "Hall"}).json["state_timestamps"] == "whole_seconds"
    assert raw.put("/api/sites/main", {"state_timestamps": "minutes"}).status_code == 422


@core(200)
@given(st.integers(0, 999_999), st.sampled_from(["working", "idle", "absent", "product_count"]), st.sampled_from(["", ', "event_id": "7"']))
def test_only_states_are_cut_and_lose_their_ids(micros, kind, client_id):
    body = f'{{"timestamp": "2026-01-15T08:00:00.{micros:06}Z", "worker_id": "W1", "workstation_id": "S1", "event_type": "{kind}"{client_id}}}'
    [found] = parse_one(body.encode(), {"main": SiteRules("UTC", whole_seconds=True)}, to_micros(START)).events
    is_count = kind == "product_count"
    assert found.timestamp % SECOND == (micros if is_count else 0)
    assert found.client_event_id == ("7" if is_count and client_id else "")
    assert found.source == ""
