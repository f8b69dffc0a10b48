"""CloudEvents: what becomes of their attributes, and what is refused and why."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from malformed_forms import bad_envelopes
from parsing import DATA, read
from test_parse import JSON_VALUES, micros
from written import envelope

from ingest.event import Event, Parsed
from ingest.forms import CLOUDEVENTS, ONE_CLOUDEVENT, ONE_EVENT

UNTIMED = {name: value for name, value in DATA.items() if name != "timestamp"}


def instant(text: str) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=UTC))


def taken(**attributes: object) -> Event:
    """The event of a CloudEvent with these attributes; `data` adds fields to the usual ones, or takes them away."""
    data = {name: value for name, value in (DATA | attributes.pop("data", {})).items() if value is not ...}
    parsed = read(ONE_CLOUDEVENT, json.dumps(envelope(data, **attributes)))
    assert not parsed.rejected
    return parsed.events[0]


def refusal(**attributes: object) -> str:
    parsed = read(ONE_CLOUDEVENT, json.dumps(envelope(attributes.pop("data", DATA), **attributes)))
    assert not parsed.events
    return parsed.rejected[0].detail


@pytest.mark.parametrize(
    ("why", "attributes", "field", "value"),
    [
        ("its id is the sender's id", {"id": "e 1"}, "client_event_id", "e 1"),
        ("an id of data's own is ignored", {"id": "e", "data": {"event_id": "other"}}, "client_event_id", "e"),
        ("its source is the source", {"source": "urn:x"}, "source", "urn:x"),
        ("the camera comes first", {"source": "urn:x", "data": {"camera_id": "c"}}, "source", "c"),
        ("an empty camera is none", {"source": "urn:x", "data": {"camera_id": ""}}, "source", "urn:x"),
        ("an empty camera is none", {"data": {"camera_id": ""}}, "camera_id", None),
        ("a camera may be called demo", {"source": "demo", "data": {"camera_id": "demo"}}, "source", "demo"),
        ("its time is when it happened", {"time": "2026-01-15T09:00:00Z", "data": {"timestamp": ...}}, "timestamp", instant("2026-01-15T09:00:00")),
        ("data knows better", {"time": "2026-01-15T09:00:00Z"}, "timestamp", instant("2026-01-15T10:15:00")),
        ("then nobody reads time", {"time": "now"}, "timestamp", instant("2026-01-15T10:15:00")),
        ("null is none", {"time": "2026-01-15T09:00:00Z", "data": {"timestamp": None}}, "timestamp", instant("2026-01-15T09:00:00")),
        (
            "a time without offset is the site's",
            {"time": "2026-01-15T09:00:00", "data": {"timestamp": ..., "site_id": "berlin"}},
            "timestamp",
            instant("2026-01-15T08:00:00"),
        ),
        ("recorded is sent", {"recordedtime": "2026-01-15T10:15:02Z"}, "sent_at", instant("2026-01-15T10:15:02")),
        (
            "unless data says when it was sent",
            {"recordedtime": "2026-01-15T10:15:02Z", "data": {"sent_at": "2026-01-15T10:15:01Z"}},
            "sent_at",
            instant("2026-01-15T10:15:01"),
        ),
        ("time is not when it was sent", {"time": "2026-01-15T09:00:00Z"}, "sent_at", None),
        ("a sequence", {"sequence": "00012"}, "sequence", "00012"),
        ("a whole number for a sequence", {"sequence": 12}, "sequence", "12"),
        ("the sequence of data", {"data": {"sequence": 3}}, "sequence", "3"),
        ("the envelope's sequence comes first", {"sequence": "4", "data": {"sequence": 3}}, "sequence", "4"),
        ("128 characters", {"id": "😀" * 128, "source": "x" * 128}, "client_event_id", "😀" * 128),
        ("others are ignored", {"subject": "x", "datacontenttype": "text/plain", "traceparent": 7, "data_base64": None}, "worker_id", "W1"),
    ],
)
def test_attributes(why: str, attributes: dict, field: str, value: object) -> None:
    assert getattr(taken(**attributes), field) == value, why


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"specversion": "0.3"}, "specversion: must be \"1.0\", not '0.3'."),
        ({"id": ""}, "id: must be a string of 1 to 128 characters."),
        ({"id": 7}, "id: must be a string of 1 to 128 characters, not an integer."),
        ({"source": None}, "source: is missing."),
        ({"source": "demo"}, "source: 'demo' is kept for demo data, unless the event names a camera_id."),
        ({"type": None}, "type: is missing."),
        ({"time": "noon", "data": UNTIMED}, "time: must be an RFC 3339 time such as \"2026-01-15T10:15:00Z\", not 'noon'."),
        ({"time": "2027-01-15T10:15:00Z", "data": UNTIMED}, "time: 2027-01-15T10:15:00Z lies more than 5 minutes ahead of the server's clock."),
        ({"recordedtime": "1999-01-15T10:15:00Z"}, "recordedtime: 1999-01-15T10:15:00Z lies outside the years 2000 to 2100."),
        ({"data": UNTIMED}, "timestamp: is missing."),
        ({"data": UNTIMED | {"timestamp": "noon"}, "time": "noon"}, "timestamp: must be an RFC 3339 time such as \"2026-01-15T10:15:00Z\", not 'noon'."),
        ({"data": None}, "data: is missing."),
        ({"data": [DATA]}, "data: must be a JSON object, the event, not an array."),
        ({"data_base64": "e30="}, "data_base64: must be null (put the event into data, as a JSON object), not a string."),
        ({"data": None, "data_base64": "e30="}, "data_base64: must be null (put the event into data, as a JSON object), not a string."),
        ({"data": DATA | {"worker_id": 7}}, "worker_id: must be a string of at most 128 characters, not an integer."),
        ({"data": DATA | {"event_type": ""}}, "event_type: must be one of working, idle, absent, product_count, not ''."),
        ({"data": {"timestamp": "x"}}, "event_type: is missing."),
        ({"data": DATA | {"camera_id": "\0"}}, "camera_id: holds a NUL character."),
        ({"data": DATA | {"camera_id": "\ud800"}}, "camera_id: holds half of a surrogate pair."),
        ({"id": "a\0"}, "id: holds a NUL character."),
        ({"source": "\udfff"}, "source: holds half of a surrogate pair."),
    ],
)
def test_sentences(attributes: dict, sentence: str) -> None:
    assert refusal(**attributes) == sentence


def test_what_is_an_attribute_there_is_any_field_here() -> None:
    more = {"id": 1, "source": "demo", "time": "noon", "data": "\0", "specversion": [], "type": float("nan")}
    assert read(ONE_EVENT, json.dumps(DATA | more)) == read(ONE_EVENT, json.dumps(DATA))


def test_a_bad_envelope_is_kept_as_it_was_sent() -> None:
    bad = json.dumps(envelope(DATA, id=7), indent=1)
    parsed = read(CLOUDEVENTS, f"[{json.dumps(envelope(DATA))}, {bad} ]")
    assert (list(parsed.positions), [(rejection.index, rejection.payload) for rejection in parsed.rejected]) == ([0], [(1, bad)])


def test_no_cloudevents() -> None:
    assert read(CLOUDEVENTS, "[]") == Parsed([], range(0), [], 0)


@pytest.mark.parametrize(("name", "text"), list(bad_envelopes()), ids=lambda value: value[:60])
def test_reason_opens_with_the_attribute(name: str, text: str) -> None:
    assert read(ONE_CLOUDEVENT, text).rejected[0].detail.startswith(f"{name.partition(':')[0]}: ")


@given(st.dictionaries(st.sampled_from(["specversion", "id", "source", "type", "time", "recordedtime", "sequence", "data", "data_base64", "x"]), JSON_VALUES))
def test_any_attributes_are_parsed_or_refused(attributes: dict) -> None:
    body = json.dumps([envelope(DATA) | attributes, envelope(DATA)]).encode("utf-8", "surrogatepass")
    parsed = read(CLOUDEVENTS, body)
    assert parsed.total == 2
    assert parsed.positions[-1] == 1
