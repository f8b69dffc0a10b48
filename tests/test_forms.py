"""Whatever the form: the same events come of it, bad bodies are refused, and what was kept of them can be read again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core
from malformed import BODY_LIMIT, ONE, Case
from malformed_forms import FORM_CASES
from parsing import DATA, read
from test_parse import EVENTS as DRAWN
from test_parse import IDS
from written import envelope, lines

from ingest.event import TooMany, Unparseable
from ingest.forms import CLOUDEVENTS, EVENTS, LINES, OF_MANY, OF_ONE, ONE_CLOUDEVENT, ONE_EVENT, Form, form_of
from ingest.parse import PAYLOAD_BYTES
from ingest.quarantine import payload_of, site_of

PARSED_CASES = [
    case for case in FORM_CASES if set(case.headers) == {"Content-Type"} and len(case.body) <= BODY_LIMIT and 415 not in case.statuses and case.good < 100
]


@pytest.mark.parametrize("case", PARSED_CASES, ids=lambda case: case.name)
def test_corpus(case: Case) -> None:
    form = (OF_ONE if case.path == ONE else OF_MANY)[case.headers["Content-Type"].partition(";")[0]]
    try:
        parsed = read(form, case.body)
    except (Unparseable, TooMany) as refused:
        assert case.statuses & {400 if isinstance(refused, Unparseable) else 413}
        assert str(refused).endswith(".")
        return
    assert case.statuses & {200 if not parsed.rejected else 207 if parsed.events else 422}
    assert len(parsed.events) == case.good
    assert len(parsed.events) + len(parsed.rejected) == parsed.total
    for rejection in parsed.rejected:
        assert rejection.detail.partition(": ")[0].isidentifier()
        assert rejection.detail.isprintable()
        assert len(rejection.payload.encode()) <= PAYLOAD_BYTES


@core(200)
@given(st.lists(DRAWN, max_size=5), st.booleans())
def test_every_form_yields_the_same_events(drawn: list[dict], ascii_only: bool) -> None:
    texts = [json.dumps(fields, ensure_ascii=ascii_only) for fields in drawn]
    plain = read(EVENTS, f"[{','.join(texts)}]")
    if drawn:
        assert read(LINES, lines(texts)) == read(LINES, lines(texts, "\r\n\n")) == plain
    envelopes = [envelope(fields, id=str(number), source="/x") for number, fields in enumerate(drawn)]
    sourced = [event._replace(source=event.camera_id or "/x", client_event_id=str(number)) for number, event in enumerate(plain.events)]
    assert read(CLOUDEVENTS, json.dumps(envelopes)).events == sourced


@given(st.binary(max_size=200) | st.text('[]{},:"\\ 019.eE-NaultrsfI\n\r\t\f', max_size=60).map(str.encode), st.sampled_from([LINES, CLOUDEVENTS]))
def test_any_bytes_are_parsed_or_refused(body: bytes, form: Form) -> None:
    try:
        parsed = read(form, body)
    except (Unparseable, TooMany) as refused:
        assert str(refused).encode()
    else:
        assert len(parsed.events) + len(parsed.rejected) == parsed.total


# Out of the quarantine


@core(300)
@given(DRAWN, st.booleans(), IDS, IDS, st.none() | IDS)
def test_a_stored_event_is_the_same_when_sent_again(fields: dict, in_envelope: bool, id_: str, source: str, sequence: str | None) -> None:
    sent = envelope(fields, id=id_, source=source + "demo"[: 128 - len(source)], sequence=sequence) if in_envelope else fields
    (event,) = read(ONE_CLOUDEVENT if in_envelope else ONE_EVENT, json.dumps(sent)).events
    payload = payload_of(event)
    assert read(form_of(payload), payload).events == [event]


@pytest.mark.parametrize(
    ("why", "text", "form"),
    [
        ("an event", json.dumps(DATA), ONE_EVENT),
        ("a bad one", '{"confidence": NaN, "worker_id": "\\ud800"}', ONE_EVENT),
        ("a CloudEvent", json.dumps(envelope(DATA)), ONE_CLOUDEVENT),
        ("a bad one", '{"specversion": NaN}', ONE_CLOUDEVENT),
        ("many", json.dumps([DATA]), EVENTS),
        ("none", "[]", EVENTS),
        ("many CloudEvents", json.dumps([envelope(DATA)]), CLOUDEVENTS),
        ("some of them", json.dumps([1, envelope(DATA)]), CLOUDEVENTS),
        ("lines", f"{json.dumps(DATA)}\n{json.dumps(DATA)}\n", LINES),
        ("lines, one torn", f'{json.dumps(DATA)}\n{{"a', LINES),
        ("an event over several lines", json.dumps(DATA, indent=1), ONE_EVENT),
        ("no JSON", "hello\nworld", ONE_EVENT),
        ("nothing", "", ONE_EVENT),
        ("a number", "1", ONE_EVENT),
    ],
)
def test_the_form_of_a_payload(why: str, text: str, form: Form) -> None:
    assert form_of(text) is form, why


@pytest.mark.parametrize(
    ("payload", "site"),
    [
        (json.dumps(envelope(DATA)), "main"),
        (json.dumps(envelope({**DATA, "site_id": "north"})), "north"),
        (json.dumps(envelope({**DATA, "site_id": 7})), None),
        (json.dumps(envelope(7)), None),
        (json.dumps(envelope(None)), None),
        (json.dumps({**DATA, "data": {"site_id": "north"}}), "main"),
    ],
)
def test_the_site_of_a_payload(payload: str, site: str | None) -> None:
    assert site_of(payload) == site
