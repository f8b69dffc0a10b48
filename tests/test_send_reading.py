"""The sender reads: lines, JSON lines and CSV, with the place to go on from, whatever a file holds."""

import gzip
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core

from ingest.sending import csv_rows, json_lines, lines
from ingest.sending.batch import batches
from ingest.sending.lines import BEGINNING, Entry, Line, Place
from ingest.sending.reading import CSV, JSON_LINES, Reading
from ingest.sending.source import HEAD_BYTES, Source, Unusable, opened

EVENT = {"timestamp": "2026-01-15T08:00:00Z", "worker_id": "W1", "workstation_id": "S1", "event_type": "working"}
HEADER = "timestamp,worker_id,workstation_id,event_type"
ROW = "2026-01-15T08:00:00Z,W1,S1,working"


@pytest.fixture(autouse=True)
def short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is too long to send has a few kB here instead of 8 MiB."""
    monkeypatch.setattr(lines, "LONGEST_LINE", 5_000)


def in_blocks(data: bytes, size: int) -> Iterator[bytes]:
    yield from (data[begin : begin + size] for begin in range(0, len(data), size))
    yield b""


def lines_of(data: bytes, size: int = 7, start: Place = BEGINNING) -> list[Line]:
    blocks = in_blocks(data, size)
    return list(filter(None, lines.lines(lambda: next(blocks), start)))


def read(path: Path, form: str | None = None, place: Place = BEGINNING, **renamed: str) -> list[Entry]:
    with opened(str(path)) as source:
        return list(filter(None, Reading.of(source, str(path), form, renamed).entries(place)))


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(name: str, data: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return write


@pytest.mark.parametrize("size", [1, 2, 3, 1_000])
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", []),
        (b"a\n", [(1, b"a", 2)]),
        (b"a\nbc\n", [(1, b"a", 2), (2, b"bc", 5)]),
        (b"a\r\n\n", [(1, b"a\r", 3), (2, b"", 4)]),
        (b"a\nbc", [(1, b"a", 2), (2, b"bc", 2)]),  # the last one may still be growing
        (b"\x0b\x0c\x1c\xc2\x85\n", [(1, b"\x0b\x0c\x1c\xc2\x85", 6)]),  # only a line feed ends a line
    ],
)
def test_lines(data: bytes, found: list[tuple[int, bytes, int]], size: int) -> None:
    assert [(line.number, line.text, line.end) for line in lines_of(data, size)] == found


@pytest.mark.parametrize("size", [1, 999, 100_000])
def test_a_line_that_is_too_long_costs_no_memory_and_no_neighbour(size: int) -> None:
    before, long, after = lines_of(b"a\n" + b"x" * 50_000 + b"\nb\n", size)
    assert (before.text, after.text, after.number, after.end) == (b"a", b"b", 3, 50_005)
    assert long.too_long
    assert len(long.text) <= 1_024
    assert long.end == 50_003


@pytest.mark.parametrize(
    ("why", "data", "found"),
    [
        ("as they are", b'{"a": 1}\n{"b":2}\n', [(1, b'{"a": 1}', None), (2, b'{"b":2}', None)]),
        ("blank lines and carriage returns", b'\n  \r\n{"a":1}\r\n\t\n', [(3, b'{"a":1}', None)]),
        ("a mark at the beginning", b'\xef\xbb\xbf{"a":1}\n', [(1, b'{"a":1}', None)]),
        ("no JSON is the server's to judge", b'{"a":1}\noops\n', [(1, b'{"a":1}', None), (2, b"oops", None)]),
        ("no line feed at the end", b'{"a":1}', [(1, b'{"a":1}', None)]),
        ("not UTF-8", b'{"a":1}\n{"a":"\xff"}\n', [(1, b'{"a":1}', None), (2, b'{"a":"\xff"}', "line: is not UTF-8.")]),
        ("UTF-8", '{"a":"Jürgen"}\n'.encode(), [(1, '{"a":"Jürgen"}'.encode(), None)]),
        ("too long", b'{"a":1}\n' + b"x" * 6_000 + b"\n", [(1, b'{"a":1}', None), (2, b"x" * 1_024, "line: is longer than 5,000 bytes.")]),
    ],
)
def test_json_lines(why: str, data: bytes, found: list[tuple[int, bytes, str | None]]) -> None:
    assert [(entry.line, entry.text, entry.fault) for entry in json_lines.entries(lines_of(data)) if entry] == found


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.json", '[{"timestamp": "x"}]', "one JSON array"),
        ("a.json", '\n [\n{"timestamp": "x"}\n]', "one JSON array"),
        ("a.json", '{\n "timestamp": "x"\n}\n', "no JSON object"),
        ("a.jsonl", f"{HEADER}\n{ROW}\n", "no JSON object"),
        ("a.jsonl", b"\x89PNG\n\x1a\n", "no JSON object"),
        ("a.data", "hello\n", "--format"),
        ("a.csv", b"\xff\xfet\0i\0", "UTF-16"),
        ("a.csv", "", "no header"),
        ("a.csv", "x" * (HEAD_BYTES + 10), "no header"),
        ("a.csv", f"{HEADER},colour\n", "'colour' is not a field; known are timestamp, worker_id"),
        ("a.csv", f"timestamp\r{HEADER}\n", "header .* can't be read"),
        ("a.csv", f"{HEADER},worker_id\n", "two columns for worker_id"),
        ("a.csv", f"{HEADER},station_id\n", "two columns for workstation_id"),
        ("a.csv", "timestamp,worker_id\n", "no column event_type"),
        ("a.gz", gzip.compress(b'{"a": 1}\n' * 9)[:-12], "damaged"),
        ("a.gz", b"\x1f\x8bno gzip at all", "damaged"),
    ],
)
def test_what_makes_no_sense_is_told_in_a_sentence(write: Any, name: str, data: str | bytes, words: str) -> None:
    with pytest.raises(Unusable, match=words) as told:
        read(write(name, data))
    assert str(told.value).endswith(".")


@pytest.mark.parametrize(("name", "words"), [("absent.csv", "No such file"), ("", "Is a directory")])
def test_no_file(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(Unusable, match=words):
        read(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "form", "data", "is_csv"),
    [
        ("a.csv", None, f"{HEADER}\n", True),
        ("a.CSV", None, f"{HEADER}\n", True),
        ("a.tsv.gz", None, f"{HEADER}\n", True),
        ("a.b.ndjson", None, "", False),
        ("a.jsonl.gz", None, "{}\n", False),
        ("a.json", None, "{}\n", False),
        ("a.log", None, "{}\n", False),
        ("a.log", None, f"\ufeff{HEADER}\n", True),
        ("a", None, "", False),
        ("a.csv", JSON_LINES, "{}\n", False),
        ("a.json", CSV, f"{HEADER}\n", True),
    ],
)
def test_forms(write: Any, name: str, form: str | None, data: str, is_csv: bool) -> None:
    path = write(name, gzip.compress(data.encode()) if name.endswith(".gz") else data)
    with opened(str(path)) as source:
        assert (Reading.of(source, str(path), form, {}).header is not None) is is_csv


def rows(data: str | bytes, **renamed: str) -> list[tuple[int, Any]]:
    """Line and event, or fault, of each record."""
    encoded = data.encode() if isinstance(data, str) else data
    header = csv_rows.read_header(encoded, "it", renamed)
    physical = lines_of(encoded[header.behind.offset :], 7, header.behind)
    return [(entry.line, entry.fault or json.loads(entry.text)) for entry in csv_rows.entries(physical, header) if entry]


def sheet(*records: str) -> str:
    """A CSV with these records; | stands for a quote."""
    return "\n".join([HEADER, *records, ""]).replace("|", '"')


def of(worker: str = "W1", station: str = "S1") -> str:
    return ROW.replace("W1", worker).replace("S1", station)


TOO_FEW, TOO_LONG = "line: has 1 cell, the header has 4 cells.", "line: is longer than 5,000 bytes."
WITHOUT_WORKER = {name: value for name, value in EVENT.items() if name != "worker_id"}


@pytest.mark.parametrize(
    ("why", "data", "found"),
    [
        ("plain", sheet(ROW), [(2, EVENT)]),
        ("semicolons", sheet(ROW).replace(",", ";"), [(2, EVENT)]),
        ("tabs", sheet(ROW).replace(",", "\t"), [(2, EVENT)]),
        ("a mark, carriage returns, no last line feed", "\ufeff" + sheet(ROW).strip().replace("\n", "\r\n"), [(2, EVENT)]),
        ("blanks around everything", sheet(ROW).replace(",", " , ").replace("\n", " \n "), [(2, EVENT)]),
        ("capitals and the other name", sheet(ROW).replace(HEADER, HEADER.upper().replace("WORKSTATION", "Station")), [(2, EVENT)]),
        ("quotes", sheet("|2026-01-15T08:00:00Z|,|W1|, |S1|,|working|"), [(2, EVENT)]),
        ("quotes in the header", "|timestamp|,|worker_id|,|workstation_id|,|event_type|\n".replace("|", '"') + ROW, [(2, EVENT)]),
        ("a column without a name", f"{HEADER},\n{ROW},\n", [(2, EVENT)]),
        ("a delimiter in quotes", sheet(of("|W1, the first|")), [(2, {**EVENT, "worker_id": "W1, the first"})]),
        ("a quote in quotes", sheet(of("|W||1|")), [(2, {**EVENT, "worker_id": 'W"1'})]),
        ("a line feed in quotes", sheet(of("|W\r\n1|"), ROW), [(2, {**EVENT, "worker_id": "W\n1"}), (4, EVENT)]),
        ("empty lines, empty records", sheet("", ",,,", " ", ROW, ",,,,,,"), [(5, EVENT)]),
        ("an empty cell is left out", sheet(of("")), [(2, WITHOUT_WORKER)]),
        ("too few cells", sheet("2026,W1", ROW), [(2, "line: has 2 cells, the header has 4 cells."), (3, EVENT)]),
        ("too many", sheet(ROW + ",1"), [(2, "line: has 5 cells, the header has 4 cells.")]),
        ("a quote that is never closed", sheet("|2026,W1", ROW, ROW), [(2, TOO_FEW), (3, EVENT), (4, EVENT)]),
        ("inches", sheet(of(station="5|"), ROW), [(2, {**EVENT, "workstation_id": '5"'}), (3, EVENT)]),
        ("inches twice", sheet(of(station="5|"), of(station="5|")), [(line, {**EVENT, "workstation_id": '5"'}) for line in (2, 3)]),
        ("too long", sheet(ROW + "x" * 6_000, ROW), [(2, TOO_LONG), (3, EVENT)]),
        ("too long in a quoted record", sheet("|a", "x" * 6_000, ROW), [(2, TOO_FEW), (3, TOO_LONG), (4, EVENT)]),
        ("not UTF-8", sheet().encode() + b"2026,\xfc,S1,idle\n", [(2, "line: is not UTF-8: save the CSV as UTF-8.")]),
        ("UTF-8", sheet(of("Jürgen")), [(2, {**EVENT, "worker_id": "Jürgen"})]),
        ("nothing but the header", HEADER, []),
    ],
)
def test_csv(why: str, data: str | bytes, found: list[tuple[int, Any]]) -> None:
    assert rows(data) == found


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("count", "5", 5),
        ("count", "5.0", 5.0),
        ("count", "5.5", 5.5),
        ("count", "-1", -1),
        ("count", "007", "007"),
        ("count", "1.000.000", "1.000.000"),
        ("count", "1,5", "1,5"),
        ("count", "five", "five"),
        ("count", "9" * 30, 1e30),
        ("confidence", "0.93", 0.93),
        ("confidence", "0,93", 0.93),
        ("confidence", "1", 1.0),
        ("confidence", "9e-1", 0.9),
        ("confidence", "1e999", "1e999"),
        ("confidence", "NaN", "NaN"),
        ("confidence", "inf", "inf"),
        ("confidence", "٣", "٣"),
        ("event_id", "0017", "0017"),
        ("worker_id", "17", "17"),
        ("worker_id", "1e5", "1e5"),
        ("sequence", "17", "17"),
        ("site_id", "true", "true"),
    ],
)
def test_cells(field: str, cell: str, value: object) -> None:
    data = f"timestamp;event_type;{field}\n2026;idle;{cell}\n"
    [(_, event)] = rows(data)
    assert event[field] == value
    assert type(event[field]) is type(value)


def test_renamed_columns(write: Any) -> None:
    path = write("a.csv", "When,Who,note,event_type\n2026,W1,hello,idle\n")
    [entry] = read(path, When="timestamp", Who="worker_id", note="")
    assert json.loads(entry.text) == {"timestamp": "2026", "worker_id": "W1", "event_type": "idle"}
    with pytest.raises(Unusable, match="no column 'Whom'; it has When, Who, note, event_type"):
        read(path, When="timestamp", Who="worker_id", note="", Whom="site_id")
    with pytest.raises(Unusable, match="--column is for CSV"):
        read(write("a.jsonl", "{}\n"), Who="worker_id")


@pytest.mark.parametrize("packed", [False, True])
def test_a_later_run_goes_on_where_it_was(write: Any, packed: bool) -> None:
    data = b"".join(json.dumps({"n": number, "text": "x" * (number % 90)}).encode() + b"\n" for number in range(5_000))
    path = write("a.jsonl", gzip.compress(data) if packed else data)
    everything = read(path)
    assert len(everything) == 5_000
    for number in (0, 1, 700, 4_998, 4_999):
        entry = everything[number]
        assert read(path, place=Place(entry.end, entry.passed)) == everything[number + 1 :]


def test_a_place_behind_the_end(write: Any) -> None:
    for name, data in (("a.jsonl", b"{}\n"), ("b.jsonl", gzip.compress(b"{}\n" * 40_000))):
        with pytest.raises(Unusable, match="shorter"):
            read(write(name, data), place=Place(10_000_000, 5))


def piped(data: bytes) -> Source:
    """A source that reads a pipe into which somebody writes these bytes."""
    receiving, giving = os.pipe()

    def give() -> None:
        with os.fdopen(giving, "wb") as pipe:
            pipe.write(data)

    threading.Thread(target=give, daemon=True).start()
    return Source(f"/dev/fd/{receiving}")


@pytest.mark.parametrize("offset", [0, 10, 100_000, 299_990])
def test_a_pipe_from_a_place_on(offset: int) -> None:
    data = b"123456789\n" * 30_000
    source = piped(data)
    source.fill(HEAD_BYTES)
    assert source.digest(1_000) == piped(data).digest(1_000)
    source.start_at(offset)
    found = b"".join(filter(None, iter(source.read, b"")))
    source.close()
    assert found == data[offset:]


def test_a_quiet_pipe_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sending.source.QUIET_SECONDS", 0.01)
    receiving, giving = os.pipe()
    os.write(giving, b'{"a":1}\n{"a":2}\n{"a":')
    source = Source(f"/dev/fd/{receiving}")
    cut = batches(Reading.of(source, "-", None, {}).entries(BEGINNING), 1_000)
    first = next(cut)
    assert first is not None
    assert [entry.text for entry in first.entries] == [b'{"a":1}', b'{"a":2}']
    assert next(cut) is None
    os.write(giving, b"3}\n")
    os.close(giving)
    [last] = filter(None, cut)
    assert [(entry.line, entry.text) for entry in last.entries] == [(3, b'{"a":3}')]
    source.close()


@pytest.mark.parametrize(
    ("sizes", "most", "found"),
    [
        ([1, 1, 1, 1, 1], 2, [2, 2, 1]),
        ([], 2, []),
        ([1, 1], 2, [2]),
        ([600, 600, 600], 10, [1, 1, 1]),
        ([400, 400, 400, 100], 10, [2, 2]),
    ],
)
def test_batches_are_cut_by_number_and_by_bytes(monkeypatch: pytest.MonkeyPatch, sizes: list[int], most: int, found: list[int]) -> None:
    monkeypatch.setattr("ingest.sending.batch.MOST_BYTES", 1_000)
    entries = [Entry(number, b"x" * size, number, number) for number, size in enumerate(sizes, start=1)]
    cut = list(filter(None, batches(entries, most)))
    assert [len(batch) for batch in cut] == found
    assert [batch.end.lines for batch in cut][-1:] == [len(sizes)][: len(sizes)]


_PIECES = st.sampled_from([b"\n", b"\r\n", b'"', b",", b";", b"\t", b"W1", b"2026-01-15T08:00:00Z", b"\xff", "ü".encode(), b"{}", b"[", b"\0", b" ", b"\\"])
_CONTENT = st.lists(_PIECES | st.binary(max_size=5), max_size=60).map(b"".join)
_BEGINNINGS = st.sampled_from(
    [b"", b'{"a": 1}\n', f"{HEADER}\n".encode(), f"{HEADER};\n".replace(",", ";").encode(), b"\xef\xbb\xbf", gzip.compress(b'{"a": 1}\n')[:20]]
)


@given(_BEGINNINGS, _CONTENT, st.sampled_from([None, JSON_LINES, CSV]))
@core(300)
def test_no_content_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, beginning: bytes, content: bytes, form: str | None) -> None:
    """It says what is wrong, or yields entries that are one line each, and from each of them on the same again."""
    path = tmp_path_factory.getbasetemp() / f"any-{os.getpid()}"
    path.write_bytes(beginning + content)
    try:
        found = read(path, form)
    except Unusable as told:
        assert str(told).endswith(".")
        return
    for number, entry in enumerate(found):
        assert b"\n" not in entry.text or entry.fault
        assert entry.text.strip() or entry.fault
        rest = found[number + 1 :]
        again = read(path, form, Place(entry.end, entry.passed))
        assert again == rest or (number == len(found) - 1 and again == [entry])
