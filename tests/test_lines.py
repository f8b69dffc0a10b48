"""JSON lines: each is read for itself, and a torn one costs no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from malformed import bad_events, good_event
from parsing import read
from test_parse import GOOD_TEXTS
from written import lines

from ingest.event import MOST_EVENTS, TooMany, Unparseable
from ingest.forms import LINES
from ingest.lines import line_decoder
from ingest.notation import PLAIN


@pytest.mark.parametrize(
    ("why", "body", "taken", "rejected"),
    [
        ("two", "{0}\n{1}\n", 2, []),
        ("no end of the last", "{0}\n{1}", 2, []),
        ("as on Windows", "{0}\r\n{1}\r\n", 2, []),
        ("both ends", "{0}\n{1}\r\n{2}", 3, []),
        ("blank ones don't count", "\n\n{0}\n \t\r\n\n1\n\n{1}\n\n", 2, [1]),
        ("blanks round an event", "  {0} \n\t{1}\t\r\n", 2, []),
        ("torn at the end", '{0}\n{1}\n{{"timestamp": "2026', 2, [2]),
        ("torn at the beginning", 'p": 1}}\n{0}\n{1}', 2, [0]),
        ("NaN", '{0}\n{{"confidence": NaN}}\n{1}\n', 2, [1]),
        ("nested too deeply", "{0}\n" + "[" * 5_000 + "\n{1}\n", 2, [1]),
        ("not two on one", "{0}{1}\n{2}\n", 1, [0]),
        ("not one over two, whatever the count", "{{\n}}{0}\n{1}", 1, [0, 1]),
        ("no separators but line feeds", "{0}\n{1}\x0b{2}\n", 1, [1]),
    ],
)
def test_lines(why: str, body: str, taken: int, rejected: list[int]) -> None:
    parsed = read(LINES, body.format(*map(good_event, range(3))))
    assert (len(parsed.events), [rejection.index for rejection in parsed.rejected]) == (taken, rejected), why
    assert parsed.total == taken + len(rejected)


def test_a_line_that_is_no_json_says_so() -> None:
    (rejection,) = read(LINES, good_event(0) + '\n{"worker_id": "W').rejected
    assert rejection[:3] == (1, 'event: is not JSON: Unterminated string starting at, at character 14 of \'{"worker_id": "W\'.', '{"worker_id": "W')


@pytest.mark.parametrize("body", [b"", b"\n", b" \r\n\t\n", b"hello", b"hello\nworld\n", b"{\n}", b"\xff", good_event(0).encode() + b"\n\xff", b"[" * 5_000])
def test_no_line_is_json(body: bytes) -> None:
    with pytest.raises(Unparseable, match=r"^The body is .*\.$"):
        read(LINES, body)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", " \n"])
def test_most_lines(end: str) -> None:
    texts = [good_event(0)] * MOST_EVENTS
    assert len(read(LINES, lines(texts, end)).events) == MOST_EVENTS
    with pytest.raises(TooMany, match="at most 10,000 events"):
        read(LINES, lines([*texts, "torn"], end))


@pytest.mark.parametrize(("end", "at_once"), [("\n", True), ("\r\n", True), ("\n\n", False), (" ", False), ("", False)])
def test_what_is_read_at_once(end: str, at_once: bool) -> None:
    """The fast way is taken for what senders send; whatever could be misread goes the slow one."""
    body = lines([good_event(0), good_event(1)], end)
    assert (line_decoder(PLAIN.decoder)(body) is not None) is at_once


# Of what is too long to be kept whole test_parse.py tells.
BAD_LINES = st.sampled_from([text for _, text in bad_events() if len(text) < 10_000] + ["torn", "{", '"', "\ufeff{}", "[]", "1 2", "{}{}", "\x00", "}\r{"])


@given(st.lists(st.tuples(st.booleans(), GOOD_TEXTS, BAD_LINES), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n", "\n \n"]))
def test_a_line_costs_no_other(drawn: list[tuple[bool, str, str]], end: str) -> None:
    texts = [good if is_good else bad for is_good, good, bad in drawn] + [good_event(0)]
    parsed = read(LINES, lines(texts, end))
    assert list(parsed.positions) == [index for index, (is_good, _, _) in enumerate([*drawn, (True, "", "")]) if is_good]
    assert [rejection.payload for rejection in parsed.rejected] == [bad.strip() for is_good, _, bad in drawn if not is_good]
