"""Parsing: what is accepted and as what, what is refused and why, and that one bad event never costs its neighbours."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from golden_cases import GoldenCase, load_cases
from hypothesis import given
from hypothesis import strategies as st
from malformed import BATCH, BODY_LIMIT, CASES, JSON, ONE, Case, bad_events, good_event

from ingest.json_text import elements
from ingest.parse import MOST_EVENTS, PAYLOAD_BYTES, Event, Parsed, Rejection, SiteRules, TooMany, Unparseable, parse_batch, parse_one

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SITES = {"main": SiteRules("UTC"), "berlin": SiteRules("Europe/Berlin"), "lord howe": SiteRules("Australia/Lord_Howe")}
FIELDS = {"timestamp": "2026-01-15T10:15:00Z", "worker_id": "W1", "workstation_id": "S3", "event_type": "working", "confidence": 0.93, "count": 1}
# Corpus cases about content types, compression and sizes are decided before parsing begins.
PARSED_CASES = [case for case in CASES if case.headers == JSON and len(case.body) <= BODY_LIMIT]


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def parse(fields: object, now: datetime = NOW) -> Parsed:
    return parse_one(json.dumps(fields).encode(), SITES, micros(now))


def accepted(**changes: object) -> Event:
    """The event of the standard fields with changes; a value of ... leaves the field out."""
    parsed = parse({name: value for name, value in {**FIELDS, **changes}.items() if value is not ...})
    assert not parsed.rejected
    return parsed.events[0]


def refusal(**changes: object) -> str:
    parsed = parse({name: value for name, value in {**FIELDS, **changes}.items() if value is not ...})
    assert not parsed.events
    return parsed.rejected[0].detail


def status(case: Case) -> tuple[int, Parsed | None]:
    """The status code that parsing alone makes of a case."""
    parse_body = parse_one if case.path == ONE else parse_batch
    try:
        parsed = parse_body(case.body, SITES, micros(NOW))
    except Unparseable:
        return 400, None
    except TooMany:
        return 413, None
    return (200 if not parsed.rejected else 207 if parsed.events else 422), parsed


def test_corpus_is_large() -> None:
    assert len(CASES) >= 250
    assert len({case.name for case in CASES}) == len(CASES)
    assert {case.path for case in CASES} == {ONE, BATCH}


@pytest.mark.parametrize("case", PARSED_CASES, ids=lambda case: case.name)
def test_corpus(case: Case) -> None:
    code, parsed = status(case)
    assert code in case.statuses
    assert (len(parsed.events) if parsed else 0) == case.good
    if parsed:
        assert len(parsed.events) + len(parsed.rejected) == parsed.total
        for rejection in parsed.rejected:
            assert ": " in rejection.detail
            assert len(rejection.detail.encode()) <= 2_000
            assert len(rejection.payload.encode()) <= PAYLOAD_BYTES


@pytest.mark.parametrize(("name", "text"), list(bad_events()), ids=lambda value: value[:60])
def test_reason_opens_with_the_field(name: str, text: str) -> None:
    parsed = parse_one(text.encode(), SITES, micros(NOW))
    assert parsed.rejected[0].detail.startswith(f"{name.partition(':')[0]}: ")


def test_good_events_of_the_corpus_are_distinct() -> None:
    stored = [event for case in PARSED_CASES for event in (status(case)[1] or Parsed([], [], [], 0)).events]
    assert len(set(stored)) == len(stored) > 500


def test_every_field() -> None:
    event = accepted(
        event_id="e-1", site_id="berlin", camera_id="cam 1", model_name="yolo", model_version="8", sent_at="2026-01-15T10:15:01.5Z", sequence=17, other=[1]
    )
    timestamp, sent_at = datetime(2026, 1, 15, 10, 15, tzinfo=UTC), datetime(2026, 1, 15, 10, 15, 1, 500_000, tzinfo=UTC)
    assert event == ("berlin", "W1", micros(timestamp), "working", "S3", 0, 0.93, "cam 1", "e-1", "cam 1", "yolo", "8", micros(sent_at), "17")


def test_fewest_fields() -> None:
    event = accepted(worker_id=..., confidence=..., count=..., event_type="product_count")
    assert event == ("main", "", micros(datetime(2026, 1, 15, 10, 15, tzinfo=UTC)), "product_count", "S3", 1, None, "", "", None, None, None, None, None)


def test_null_is_the_same_as_left_out() -> None:
    optional = ("confidence", "count", "event_id", "site_id", "camera_id", "model_name", "model_version", "sent_at", "sequence")
    assert accepted(**dict.fromkeys(optional)) == accepted(**dict.fromkeys(optional, ...))


@pytest.mark.parametrize(
    ("why", "changes", "field", "value"),
    [
        ("count on a state event is ignored", {"count": 7}, "count", 0),
        ("units", {"event_type": "product_count", "count": 7}, "count", 7),
        ("no units", {"event_type": "product_count", "count": 0}, "count", 0),
        ("missing units", {"event_type": "product_count", "count": None}, "count", 1),
        ("most units", {"event_type": "product_count", "count": 10**9}, "count", 10**9),
        ("whole units as float", {"event_type": "product_count", "count": 3.0}, "count", 3),
        ("absent nowhere", {"event_type": "absent", "workstation_id": ...}, "station_id", ""),
        ("absent at an empty station", {"event_type": "absent", "workstation_id": ""}, "station_id", ""),
        ("units of nobody", {"event_type": "product_count", "worker_id": ""}, "worker_id", ""),
        ("an integer id", {"event_id": 17}, "client_event_id", "17"),
        ("zero is an id", {"event_id": 0}, "client_event_id", "0"),
        ("the largest id", {"event_id": 2**63 - 1}, "client_event_id", str(2**63 - 1)),
        ("the smallest id", {"event_id": -(2**63)}, "client_event_id", str(-(2**63))),
        ("an empty id is none", {"event_id": "", "camera_id": "c"}, "client_event_id", ""),
        ("no source without an id", {"event_id": "", "camera_id": "c"}, "source", ""),
        ("no source without a camera", {"event_id": "e"}, "source", ""),
        ("the camera is the source", {"event_id": "e", "camera_id": "c"}, "source", "c"),
        ("the camera is kept", {"camera_id": "c"}, "camera_id", "c"),
        ("an empty camera is none", {"camera_id": ""}, "camera_id", None),
        ("a sequence is kept as text", {"sequence": 0}, "sequence", "0"),
        ("leading zeros included", {"sequence": "0007"}, "sequence", "0007"),
        ("an empty sequence is none", {"sequence": ""}, "sequence", None),
        ("certain", {"confidence": 1}, "confidence", 1.0),
        ("without any confidence", {"confidence": 0}, "confidence", 0.0),
        ("128 characters", {"worker_id": "😀" * 128}, "worker_id", "😀" * 128),
        ("an escaped backslash is no NUL", {"worker_id": "\\u0000"}, "worker_id", "\\u0000"),
        ("a surrogate pair is a character", {"worker_id": "\U0001f600"}, "worker_id", "\U0001f600"),
    ],
)
def test_accepted(why: str, changes: dict, field: str, value: object) -> None:
    assert getattr(accepted(**changes), field) == value


@pytest.mark.parametrize(
    ("text", "site", "utc"),
    [
        ("2026-01-15T10:15:00Z", "berlin", "2026-01-15T10:15:00"),
        ("2026-01-15t10:15:00z", "berlin", "2026-01-15T10:15:00"),
        ("2026-01-15 10:15:00Z", "berlin", "2026-01-15T10:15:00"),
        ("2026-01-15T10:15:00-00:00", "berlin", "2026-01-15T10:15:00"),
        ("2026-01-15T10:15:00.5Z", "main", "2026-01-15T10:15:00.500000"),
        ("2026-01-15T10:15:00.000001Z", "main", "2026-01-15T10:15:00.000001"),
        ("2026-01-15T10:15:00.999999Z", "main", "2026-01-15T10:15:00.999999"),
        ("2026-01-15T10:15:00.123456789Z", "main", "2026-01-15T10:15:00.123457"),
        ("2026-01-15T10:15:59.9999999Z", "main", "2026-01-15T10:16:00"),
        ("2026-01-15T10:15:00+05:45", "main", "2026-01-15T04:30:00"),
        ("2026-01-15T10:15:00-23:59", "main", "2026-01-16T10:14:00"),
        ("2024-02-29T00:00:00Z", "main", "2024-02-29T00:00:00"),
        ("2000-01-01T00:00:00Z", "main", "2000-01-01T00:00:00"),
        ("2026-01-15T10:15:00", "main", "2026-01-15T10:15:00"),
        ("2026-01-15T10:15:00", "berlin", "2026-01-15T09:15:00"),
        ("2025-07-15T10:15:00.25", "berlin", "2025-07-15T08:15:00.250000"),
        ("2026-03-29T02:30:00", "berlin", "2026-03-29T01:30:00"),  # skipped: read with the offset before the change
        ("2025-10-26T02:30:00", "berlin", "2025-10-26T00:30:00"),  # repeated: the first time
        ("2026-04-05T01:45:00", "lord howe", "2026-04-04T14:45:00"),
    ],
)
def test_times(text: str, site: str, utc: str) -> None:
    expected = micros(datetime.fromisoformat(utc).replace(tzinfo=UTC))
    event = accepted(timestamp=text, sent_at=text, site_id=site)
    assert (event.timestamp, event.sent_at) == (expected, expected)


@pytest.mark.parametrize(("ahead", "good"), [(timedelta(0), True), (timedelta(minutes=5), True), (timedelta(minutes=5, microseconds=1), False)])
def test_future(ahead: timedelta, good: bool) -> None:
    parsed = parse({**FIELDS, "timestamp": (NOW + ahead).isoformat()})
    assert bool(parsed.events) is good


def test_sent_at_may_lie_ahead() -> None:
    assert accepted(sent_at="2099-12-31T23:59:59Z").sent_at == micros(datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"event_type": "walking"}, "event_type: must be one of working, idle, absent, product_count, not 'walking'."),
        ({"event_type": ...}, "event_type: is missing."),
        ({"timestamp": ...}, "timestamp: is missing."),
        ({"timestamp": None}, "timestamp: is missing."),
        ({"sequence": 1.5}, "sequence: must be a string of at most 128 characters, or an integer of at most 63 bits, not a number with a fraction."),
        ({"worker_id": ...}, "worker_id: is missing or empty, and working needs it."),
        ({"confidence": float("nan")}, "confidence: must be a number from 0 to 1, not NaN, an infinity or a huge number."),
        ({"count": 1.5}, "count: must be a whole number from 0 to 1000000000, not 1.5."),
        ({"site_id": "atlantis"}, "site_id: there is no site 'atlantis'."),
        ({"timestamp": "1999-01-01T00:00:00Z"}, "timestamp: 1999-01-01T00:00:00Z lies before 2000-01-01."),
        ({"timestamp": 5}, 'timestamp: must be an RFC 3339 time such as "2026-01-15T10:15:00Z", not an integer.'),
        ({"camera_id": "\0"}, "camera_id: holds a NUL character."),
        ({"camera_id": "\ud800"}, "camera_id: holds half of a surrogate pair."),
    ],
)
def test_sentences(changes: dict, sentence: str) -> None:
    assert refusal(**changes) == sentence


def test_rejection_carries_the_event_as_it_was_sent() -> None:
    bad = '{ "event_type":"idle", "confidence": NaN, "note": "\\ud800 Jürgen" }'
    parsed = parse_batch(f"[{good_event(1)},\n {bad} ,{good_event(2)}]".encode(), SITES, micros(NOW))
    assert parsed.rejected == [Rejection(1, "confidence: must be a number from 0 to 1, not NaN, an infinity or a huge number.", bad)]
    assert list(parsed.positions) == [0, 2]


def test_long_payload_is_cut_between_characters() -> None:
    [rejection] = parse({**FIELDS, "event_type": "x", "note": "ä" * PAYLOAD_BYTES}).rejected
    assert len(rejection.payload.encode()) <= PAYLOAD_BYTES
    umlauts = ['{"note": "' + start + "ä" * PAYLOAD_BYTES + '"}' for start in ("", "x")]
    payloads = [parse_one(text.encode(), SITES, micros(NOW)).rejected[0].payload for text in umlauts]
    assert [len(payload.encode()) for payload in payloads] == [PAYLOAD_BYTES, PAYLOAD_BYTES - 1]


@pytest.mark.parametrize(
    "value", ["NaN", "-Infinity", r'"\ud800"', r'"\u0000"', "1e400", "9" * 5_000, f"[NaN, {'9' * 5_000}]", "[[[]]]", r'{"\ud800": 1}', '"],[{\\""']
)
def test_unknown_fields_are_ignored_whatever_they_hold(value: str) -> None:
    event = good_event(1)[:-1] + f', "note": {value}}}'
    assert parse_one(event.encode(), SITES, micros(NOW)) == parse_one(good_event(1).encode(), SITES, micros(NOW))


def test_an_events_fate_does_not_depend_on_its_neighbours() -> None:
    texts = [good_event(1), good_event(2)[:-1] + ', "worker_id": 7, "worker_id": "W1"}', good_event(3)[:-1] + r', "note": "\u0000"}']
    alone = [parse_one(text.encode(), SITES, micros(NOW)) for text in texts]
    together = parse_batch(f"[NaN, {', '.join(texts)}]".encode(), SITES, micros(NOW))
    assert together.events == [event for parsed in alone for event in parsed.events]
    assert [rejection.detail for rejection in together.rejected[1:]] == [rejection.detail for parsed in alone for rejection in parsed.rejected]


def test_empty_batch() -> None:
    assert parse_batch(b" [ ] ", SITES, micros(NOW)) == Parsed([], range(0), [], 0)


def test_most_events() -> None:
    body = ",".join([good_event(0)] * MOST_EVENTS)
    assert len(parse_batch(f"[{body}]".encode(), SITES, micros(NOW)).events) == MOST_EVENTS
    assert parse_batch(f'[{body[:-1]}, "x": NaN}}]'.encode(), SITES, micros(NOW)).total == MOST_EVENTS


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_golden_events_are_accepted(case: GoldenCase) -> None:
    sites = {event.get("site_id", "main"): SiteRules(case.site.get("timezone", "UTC")) for event in case.events}
    parsed = parse_batch(json.dumps(case.events[:MOST_EVENTS]).encode(), sites, micros(datetime(2030, 1, 1, tzinfo=UTC)))
    assert not parsed.rejected


@pytest.mark.parametrize("body", [b"", b" ", b"[", b"[1,2", b"1", b"[" * 5_000, b'{"worker_id": "' + b"x" * 2_000_000, b"\xff", b"[NaN" + b"[" * 5_000])
def test_unparseable_says_so_in_a_sentence(body: bytes) -> None:
    for parse_body in (parse_one, parse_batch):
        with pytest.raises(Unparseable, match=r"^The body (is|must) .*\.$"):
            parse_body(body, SITES, micros(NOW))


def test_nesting_is_told_from_a_missing_end() -> None:
    for body in (b"[NaN," + b"[" * 5_000, b"[" * 5_000, b"[NaN," + b"[" * 5_000 + b"]" * 5_001):
        with pytest.raises(Unparseable, match="nested too deeply"):
            parse_batch(body, SITES, micros(NOW))


def test_leniency_ends_where_it_would_cost_memory() -> None:
    with pytest.raises(Unparseable):
        parse_one(good_event(1)[:-1].encode() + b', "note": [NaN' + b",[]" * 1_000_000 + b"]}", SITES, micros(NOW))


def test_too_many_says_how_many_it_may_be() -> None:
    with pytest.raises(TooMany, match="at most 10,000 events"):
        parse_batch(b"[" + b"NaN," * MOST_EVENTS + b"1]", SITES, micros(NOW))


IDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=128)
MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2026, 5, 31), timezones=st.sampled_from([UTC, ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/St_Johns")]))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | IDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(list(FIELDS)) | st.text(max_size=5), inner, max_size=6),
    max_leaves=12,
)
EVENTS = st.fixed_dictionaries(
    {
        "timestamp": MOMENTS.map(datetime.isoformat),
        "worker_id": IDS,
        "workstation_id": IDS,
        "event_type": st.sampled_from(["working", "idle", "absent", "product_count"]),
    },
    optional={
        "confidence": st.none() | st.floats(0, 1),
        "count": st.none() | st.integers(0, 10**9),
        "event_id": st.none() | IDS | st.integers(-(2**63), 2**63 - 1),
        "camera_id": st.none() | IDS,
        "sent_at": st.none() | MOMENTS.map(datetime.isoformat),
        "sequence": st.none() | IDS | st.integers(-(2**63), 2**63 - 1),
    },
)


@given(st.lists(JSON_VALUES, max_size=6), st.booleans(), st.sampled_from([None, 1]))
def test_an_array_splits_into_its_elements(values: list, ascii_only: bool, indent: int | None) -> None:
    texts = [json.dumps(value, ensure_ascii=ascii_only, indent=indent) for value in values]
    assert [element.strip() for element in elements(f" [{' , '.join(texts)}]\n", limit=6)] == texts


@given(JSON_VALUES, st.booleans())
def test_any_json_is_parsed_or_refused(value: object, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    for parse_body in (parse_one, parse_batch):
        try:
            parsed = parse_body(body, SITES, micros(NOW))
        except (Unparseable, TooMany):
            continue
        assert len(parsed.events) + len(parsed.rejected) == parsed.total
        for rejection in parsed.rejected:
            assert (rejection.detail + rejection.payload).encode()


@given(st.binary(max_size=200) | st.text('[]{},:"\\ 019.eE-NaultrsfI', max_size=60).map(str.encode))
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    for parse_body in (parse_one, parse_batch):
        try:
            parse_body(body, SITES, micros(NOW))
        except (Unparseable, TooMany) as refused:
            assert str(refused).encode()


@given(EVENTS)
def test_valid_events_round_trip(fields: dict) -> None:
    [event] = parse(fields).events
    assert event.timestamp == micros(datetime.fromisoformat(fields["timestamp"]))
    assert (event.worker_id, event.station_id, event.event_type) == (fields["worker_id"], fields["workstation_id"], fields["event_type"])
    assert event.confidence == fields.get("confidence")
    assert event.client_event_id == ("" if fields.get("event_id") is None else str(fields["event_id"]))
    units = 1 if fields.get("count") is None else fields["count"]
    assert event.count == (units if fields["event_type"] == "product_count" else 0)


BAD_TEXTS = st.sampled_from([text for _, text in bad_events()])
GOOD_TEXTS = EVENTS.map(lambda fields: json.dumps(fields, ensure_ascii=False))


@given(st.lists(st.tuples(st.booleans(), GOOD_TEXTS, BAD_TEXTS), max_size=8))
def test_a_mixed_batch_keeps_exactly_the_good(drawn: list[tuple[bool, str, str]]) -> None:
    texts = [good if is_good else bad for is_good, good, bad in drawn]
    parsed = parse_batch(f"[{','.join(texts)}]".encode(), SITES, micros(NOW))
    assert list(parsed.positions) == [index for index, (is_good, _, _) in enumerate(drawn) if is_good]
    assert [rejection.index for rejection in parsed.rejected] == [index for index, (is_good, _, _) in enumerate(drawn) if not is_good]
    assert parsed.events == [parse_one(good.encode(), SITES, micros(NOW)).events[0] for is_good, good, _ in drawn if is_good]
