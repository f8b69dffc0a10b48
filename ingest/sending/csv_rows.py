"""CSV: the first line names the fields, each further record is an event."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite
from typing import NamedTuple

import msgspec

from ingest.sending.lines import BYTE_ORDER_MARK, Entry, Line, Place, lines, long_fault, without_mark
from ingest.sending.source import HEAD_BYTES, Unusable

FIELDS = (
    "timestamp",
    "worker_id",
    "workstation_id",
    "event_type",
    "confidence",
    "count",
    "event_id",
    "site_id",
    "camera_id",
    "model_name",
    "model_version",
    "sent_at",
    "sequence",
)
#: Other names that mean a field: answers of the API call a workstation's id station_id.
ALIASES = {"station_id": "workstation_id"}

_DELIMITERS = ",;\t"
_REQUIRED = ("timestamp", "event_type")
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,18})", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
#: A record of more lines, or of more bytes, is a quote that somebody forgot to close.
_LINES_A_RECORD, _BYTES_A_RECORD = 100, 64 * 1024


@dataclass(frozen=True)
class Header:
    """columns: the field of each column, None for one that is left out. behind: where the records begin."""

    columns: tuple[str | None, ...]
    delimiter: str
    behind: Place

    @cached_property
    def values(self) -> tuple[Callable[[str], object] | None, ...]:
        """How each column's cells become values, None where they stay texts."""
        return tuple(_VALUES.get(field or "") for field in self.columns)


def read_header(head: bytes, name: str, renamed: Mapping[str, str]) -> Header:
    """The header at the beginning of an input. renamed: fields of columns with other names, "" to leave one out. Raises Unusable."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unusable(f"{name} is UTF-16: save it as CSV in UTF-8.")
    blocks = iter((head, b""))
    for line in lines(lambda: next(blocks)):
        text = line and without_mark(line).decode("utf-8", "replace").strip()
        if line and text and not (line.open and len(head) >= HEAD_BYTES):
            delimiter = max(_DELIMITERS, key=text.count)
            try:
                names = next(csv.reader([text], delimiter=delimiter))
            except csv.Error as error:
                raise Unusable(f"The header of {name} can't be read ({error}).") from None
            return Header(_columns(names, name, renamed), delimiter, Place(len(head) if line.open else line.end, line.number))
    raise Unusable(f"{name} has no header line.")


def has_header(head: bytes) -> bool:
    """Whether an input begins like CSV with our fields."""
    first = head.removeprefix(BYTE_ORDER_MARK).lstrip().partition(b"\n")[0]
    return any(field.encode() in first.lower() for field in _REQUIRED) and not first.startswith((b"{", b"["))


def _columns(names: list[str], name: str, renamed: Mapping[str, str]) -> tuple[str | None, ...]:
    stripped = [column.strip() for column in names]
    columns = [renamed.get(column, ALIASES.get(column.lower(), column.lower())) for column in stripped]
    unknown = [given for given, field in zip(stripped, columns, strict=True) if field and field not in FIELDS]
    if unknown:
        raise Unusable(
            f"{name}: column {unknown[0]!r} is not a field; known are {', '.join(FIELDS)}. "
            f"Say what it holds (--column '{unknown[0]}=worker_id'), or leave it out (--column '{unknown[0]}=')."
        )
    absent = sorted(renamed.keys() - set(stripped))
    if absent:
        raise Unusable(f"{name} has no column {absent[0]!r}; it has {', '.join(stripped)}.")
    missing = [field for field in _REQUIRED if field not in columns]
    if missing:
        raise Unusable(f"{name} has no column {missing[0]}, which every event needs; it has {', '.join(stripped)}.")
    twice = [field for field in FIELDS if columns.count(field) > 1]
    if twice:
        raise Unusable(f"{name} has two columns for {twice[0]}.")
    return tuple(field or None for field in columns)


def entries(physical: Iterable[Line | None], header: Header) -> Iterator[Entry | None]:
    """An entry for each record below the header that isn't empty; None where the input is quiet."""
    records = _Records(iter(physical), header)
    with suppress(StopIteration):
        while True:
            record = records.next()
            if isinstance(record, _Record):
                if any(record.cells):
                    yield _entry(record, header)
            else:
                yield record


class _Record(NamedTuple):
    first: Line
    last: Line
    cells: list[str]

    def entry(self, text: bytes, fault: str | None = None) -> Entry:
        """Whoever goes on behind a record with an open end must read all of it again."""
        if self.last.open:
            return Entry(self.first.number, text, self.first.begin, self.first.number - 1, fault)
        return Entry(self.first.number, text, self.last.end, self.last.number, fault)


def _entry(record: _Record, header: Header) -> Entry:
    wanted = len(header.columns)
    if len(record.cells) != wanted:
        return record.entry(record.first.text, f"line: has {_cells(len(record.cells))}, the header has {_cells(wanted)}.")
    named: dict[str, object] = {}
    for field, value_of, cell in zip(header.columns, header.values, record.cells, strict=True):
        if cell and field:
            named[field] = cell if value_of is None else value_of(cell)
    try:
        return record.entry(msgspec.json.encode(named))
    except UnicodeEncodeError:
        return record.entry(record.first.text, "line: is not UTF-8: save the CSV as UTF-8.")


def _count(cell: str) -> object:
    return int(cell) if _INTEGER.fullmatch(cell) else _number(cell)


def _confidence(cell: str) -> object:
    # 0,93 is how half of Europe writes it. A count of 1,000 might be a thousand: that one is not guessed at.
    return _number(cell.replace(",", "."))


def _number(cell: str) -> object:
    number = float(cell) if _NUMBER.fullmatch(cell) else inf
    return number if isfinite(number) else cell


#: What looks like a number becomes one where a field holds numbers. What doesn't goes as it is, for the server to say what is wrong.
_VALUES: dict[str, Callable[[str], object]] = {"count": _count, "confidence": _confidence}


class _Records:
    """Puts lines together to records: a quoted cell may hold line feeds. A quote that is never closed costs its own line only."""

    def __init__(self, physical: Iterator[Line | None], header: Header) -> None:
        self._physical = physical
        self._header = header
        self._returned: deque[Line] = deque()

    def next(self) -> _Record | Entry | None:
        """The next record; an entry if a line is too long for one; None where the input is quiet. Raises StopIteration."""
        line = self._line()
        if line is None:
            return None
        if line.too_long:
            return long_fault(line)
        text = _decoded(line)
        if '"' in text:
            return self._quoted(line, text)
        return _Record(line, line, list(map(str.strip, text.split(self._header.delimiter))))

    def _line(self) -> Line | None:
        return self._returned.popleft() if self._returned else next(self._physical)

    def _quoted(self, first: Line, text: str) -> _Record:
        """A record with quotes in it, which is whole once their number is even."""
        taken, joined = [first], text
        while joined.count('"') % 2 and len(taken) < _LINES_A_RECORD and len(joined) < _BYTES_A_RECORD:
            try:
                line = self._line()
            except StopIteration:
                break
            if line is None:
                continue  # a pipe that is quiet owes us the rest of the record
            if line.too_long:
                self._returned.appendleft(line)
                break
            taken.append(line)
            joined += "\n" + _decoded(line)
        cells = self._split(joined)
        if len(taken) > 1 and len(cells) != len(self._header.columns):
            self._returned.extendleft(reversed(taken[1:]))
            return _Record(first, first, self._split(text))
        return _Record(first, taken[-1], cells)

    def _split(self, text: str) -> list[str]:
        try:
            cells = next(csv.reader([text], delimiter=self._header.delimiter, skipinitialspace=True), [])
        except csv.Error:
            return [text]
        return [cell.strip() for cell in cells]


def _decoded(line: Line) -> str:
    return without_mark(line).decode("utf-8", "surrogateescape").removesuffix("\r")


def _cells(count: int) -> str:
    return f"{count:,} cell{'' if count == 1 else 's'}"
