"""The forms of a request over HTTP: which address takes which, compressed or not, and what of each the quarantine gives back."""

import gzip
import json

import pytest
from http_api import Api, assert_problem, event, minutely
from sqlalchemy import select
from written import CLOUDEVENT, CLOUDEVENTS, GZIP, JSON, NDJSON, envelope, lines

from data_layer import tables

ONE, MANY = "/api/events", "/api/events/batch"


def typed(media_type: str) -> dict[str, str]:
    return {"Content-Type": media_type}


def rows(api: Api, *columns: str) -> list[tuple]:
    with api.services.database.read() as connection:
        return [tuple(row) for row in connection.execute(select(*(tables.events.c[name] for name in columns)).order_by(tables.events.c.event_id))]


def replay(api: Api) -> tuple[int, str]:
    """Take the newest entry up again; the status of the answer, and of the entry then."""
    answer = api.client.post(f"/api/quarantine/{api.quarantined()[0]['quarantine_id']}/replay")
    return answer.status_code, api.quarantined()[0]["status"]


@pytest.mark.parametrize(
    ("path", "media_type", "body"),
    [
        (ONE, "application/json", json.dumps(event())),
        (ONE, "application/cloudevents+json", json.dumps(envelope(event()))),
        (ONE, "application/cloudevents+json; charset=utf-8", json.dumps(envelope(event()))),
        (ONE, "Application/CloudEvents+JSON;charset=UTF-8", json.dumps(envelope(event()))),
        (MANY, "application/json", json.dumps([event()])),
        (MANY, "application/x-ndjson", json.dumps(event())),
        (MANY, "application/x-ndjson; charset=utf-8", json.dumps(event())),
        (MANY, "application/ndjson", json.dumps(event())),
        (MANY, "application/jsonl", json.dumps(event())),
        (MANY, "application/cloudevents-batch+json", json.dumps([envelope(event())])),
        (MANY, "application/cloudevents-batch+json; charset=UTF-8", json.dumps([envelope(event())])),
    ],
)
@pytest.mark.parametrize("encoding", [None, "gzip", "x-gzip", "GZIP", "identity"])
def test_what_is_taken(api: Api, path: str, media_type: str, body: str, encoding: str | None) -> None:
    sent = gzip.compress(body.encode()) if encoding and "zip" in encoding.lower() else body.encode()
    answer = api.send(sent, {**typed(media_type), **({"Content-Encoding": encoding} if encoding else {})}, path)
    assert answer.status_code == (201 if path == ONE else 200), answer.json
    assert len(api.stored()) == 1


@pytest.mark.parametrize(
    ("path", "media_type", "sentence"),
    [
        (ONE, "application/x-ndjson", "Send application/x-ndjson to /api/events/batch."),
        (ONE, "application/cloudevents-batch+json", "Send application/cloudevents-batch+json to /api/events/batch."),
        (MANY, "application/cloudevents+json; charset=utf-8", "Send application/cloudevents+json to /api/events."),
        (ONE, "text/plain", "Send events as Content-Type: application/json or application/cloudevents+json."),
        (
            MANY,
            "text/csv",
            "Send events as Content-Type: application/json, application/x-ndjson, application/ndjson, application/jsonl or application/cloudevents-batch+json.",
        ),
    ],
)
def test_what_is_not(api: Api, path: str, media_type: str, sentence: str) -> None:
    answer = api.send(b"", typed(media_type), path)
    assert_problem(answer, 415)
    assert answer.json["detail"] == sentence
    assert api.quarantined() == []


@pytest.mark.parametrize("path", ["/api/sites/main", "/api/workers/W1"])
def test_settings_are_plain_json(api: Api, path: str) -> None:
    assert_problem(api.client.put(path, data=b"{}", content_type="application/cloudevents+json"), 415, "application/json")


def test_a_cloudevent(api: Api) -> None:
    sent = envelope(
        event("2026-01-15T10:15:00Z", confidence=0.93), id="a", source="urn:gate", sequence=7, time="2026-01-15T10:15:03Z", recordedtime="2026-01-15T10:15:02Z"
    )
    assert api.send(json.dumps(sent).encode(), CLOUDEVENT, ONE).json["duplicate"] is False
    assert api.send(json.dumps(sent).encode(), CLOUDEVENT, ONE).json["duplicate"] is True
    (row,) = rows(api, "client_event_id", "source", "camera_id", "sequence", "timestamp", "sent_at")
    assert row[:4] == ("a", "urn:gate", None, "7")
    assert [moment.isoformat() for moment in row[4:]] == ["2026-01-15T10:15:00+00:00", "2026-01-15T10:15:02+00:00"]


def test_sequences_are_kept_as_they_came(api: Api) -> None:
    for part in (minutely(2), [{**sent, "sequence": number} for number, sent in zip((None, "007", 0, "", -(2**63)), minutely(7)[2:], strict=True)]):
        api.post_batch(part)
    assert rows(api, "sequence") == [(None,), (None,), (None,), ("007",), ("0",), (None,), (str(-(2**63)),)]


def test_ids_belong_to_a_source(api: Api) -> None:
    one = event(camera_id="C1")
    sources = [envelope(event(), source="/a"), envelope(event(), source="/b"), envelope(one, source="/a"), envelope(one, source="/c")]
    answer = api.send(json.dumps(sources).encode(), CLOUDEVENTS)
    assert (answer.json["success_count"], answer.json["duplicate_count"]) == (4, 1)
    # The id that a camera gives is the same whichever form it comes in.
    assert api.post(event(camera_id="C1", event_id="1")).json["duplicate"] is True
    assert api.post(event(event_id="1")).json["duplicate"] is False


def test_good_and_bad_cloudevents(api: Api) -> None:
    good, bad = [envelope(sent, id=str(number)) for number, sent in enumerate(minutely(2))], envelope(event(), specversion="0.3")
    answer = api.send(json.dumps([good[0], bad, good[1], good[0]]).encode(), CLOUDEVENTS)
    assert (answer.status_code, answer.json["success_count"], answer.json["duplicate_count"]) == (207, 3, 1)
    assert answer.json["errors"] == [{"index": 1, "detail": "specversion: must be \"1.0\", not '0.3'."}]
    assert [json.loads(entry["payload"]) for entry in api.quarantined(site_id="main")] == [bad]


def test_demo_data_keeps_its_source(api: Api) -> None:
    assert_problem(api.send(json.dumps(envelope(event(), source="demo")).encode(), CLOUDEVENT, ONE), 422, "source", "demo data")
    assert api.client.delete("/api/seed").json["removed_count"] == 0


def test_torn_lines(api: Api) -> None:
    texts = [json.dumps(sent) for sent in minutely(3)]
    answer = api.send(lines(["", texts[0], "", '{"oops', texts[1]], "\r\n") + texts[2][:40].encode(), NDJSON)
    assert (answer.status_code, answer.json["success_count"], [error["index"] for error in answer.json["errors"]]) == (207, 2, [1, 3])
    assert len(api.stored()) == 2
    assert [entry["payload"] for entry in api.quarantined()] == [texts[2][:40], '{"oops']


@pytest.mark.parametrize("body", [b"hello\nworld\n", b'{"oops\n', b"\n\n", b"", json.dumps(event()).encode() + b"\n\xff\n"])
@pytest.mark.parametrize("compressed", [False, True])
def test_no_line_at_all(api: Api, body: bytes, compressed: bool) -> None:
    assert_problem(api.send(gzip.compress(body) if compressed else body, NDJSON | (GZIP if compressed else {})), 400, "body")
    (entry,) = api.quarantined()
    assert entry["payload"] == body.decode("utf-8", "replace")


# What the quarantine gives back


def test_a_cloudevent_is_replayed_as_one(api: Api) -> None:
    sent = [envelope(event(site_id="north"), id="a", source="/gate", sequence="3"), envelope(event(), id="b")]
    assert api.send(json.dumps(sent).encode(), CLOUDEVENTS).status_code == 207
    assert len(api.quarantined(site_id="north")) == 1
    api.put("/api/sites/north", {})
    assert replay(api) == (200, "replayed")
    assert rows(api, "site_id", "client_event_id", "source", "sequence")[1] == ("north", "a", "/gate", "3")
    assert api.send(json.dumps(sent[0]).encode(), CLOUDEVENT, ONE).json["duplicate"] is True


def test_a_conflict_keeps_its_source(api: Api) -> None:
    api.send(json.dumps(envelope(event(), source="/gate")).encode(), CLOUDEVENT, ONE)
    conflict = envelope(event(kind="idle"), source="/gate")
    assert_problem(api.send(json.dumps(conflict).encode(), CLOUDEVENT, ONE), 422, "was sent before")
    assert replay(api) == (422, "open")
    # Once what stood in its way is gone, it is stored under its own identity.
    with api.services.database.write() as connection:
        connection.execute(tables.events.delete())
    assert replay(api) == (200, "replayed")
    assert rows(api, "event_type", "source", "client_event_id") == [("idle", "/gate", "1")]


def test_a_line_is_replayed(api: Api) -> None:
    api.send(lines([json.dumps(sent) for sent in (event(), event(site_id="north", event_id=7))]), NDJSON)
    api.put("/api/sites/north", {})
    assert replay(api) == (200, "replayed")
    assert rows(api, "site_id", "client_event_id") == [("main", ""), ("north", "7")]


@pytest.mark.parametrize(
    ("why", "body", "path", "headers", "stored"),
    [
        ("lines sent as an array", lines([json.dumps(sent) for sent in minutely(5)]), MANY, JSON, 5),
        ("lines sent as one event", lines([json.dumps(sent) for sent in minutely(5)]), ONE, JSON, 5),
        ("CloudEvents sent as one", json.dumps([envelope(event()), envelope(event(), id="2")]).encode(), ONE, CLOUDEVENT, 2),
        ("one CloudEvent sent as many", json.dumps(envelope(event())).encode(), MANY, CLOUDEVENTS, 1),
        ("an array sent as one event", json.dumps(minutely(5)).encode(), ONE, JSON, 5),
        ("compressed lines sent as an array", gzip.compress(lines([json.dumps(sent) for sent in minutely(5)])), MANY, JSON | GZIP, 5),
    ],
)
def test_a_whole_body_is_replayed_as_what_it_is(api: Api, why: str, body: bytes, path: str, headers: dict[str, str], stored: int) -> None:
    assert api.send(body, headers, path).status_code == 400
    assert api.stored() == []
    assert replay(api) == (200, "replayed"), why
    assert len(api.stored()) == stored


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_cut_body_is_not_taken_for_the_whole(api: Api, beyond: int) -> None:
    """Lines that are cut off between two of them would look whole."""
    size = 256
    texts = [json.dumps(sent).ljust(size - 1) for sent in minutely(64 * 1024 // size + beyond)]
    assert api.send(lines(texts), JSON).status_code == 400
    (entry,) = api.quarantined()
    assert len(entry["payload"].encode()) <= 64 * 1024
    assert replay(api) == ((422, "open") if beyond else (200, "replayed"))
    assert len(api.stored()) == (0 if beyond else 256)


def test_too_many_lines_stay_in_the_quarantine(api: Api) -> None:
    assert api.send(b"{}\n" * 15_000, JSON).status_code == 400
    assert replay(api) == (422, "open")


def test_a_replay_takes_no_parameters(api: Api) -> None:
    api.post(event(kind="walking"))
    number = api.quarantined()[0]["quarantine_id"]
    assert_problem(api.client.post(f"/api/quarantine/{number}/replay?site_id=north"), 422, "site_id: is not a parameter")
