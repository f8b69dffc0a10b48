"""Which form an input has, and its events from a place on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from ingest.sending import csv_rows, json_lines
from ingest.sending.lines import BEGINNING, BYTE_ORDER_MARK, Entry, Place, lines
from ingest.sending.source import Source, Unusable

JSON_LINES, CSV = "json", "csv"
FORMS = (JSON_LINES, CSV)

_ENDINGS = {".csv": CSV, ".tsv": CSV, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES, ".json": JSON_LINES}


@dataclass(frozen=True, slots=True)
class Reading:
    """An input whose form is known and whose beginning makes sense. header: of a CSV."""

    source: Source
    header: csv_rows.Header | None

    @classmethod
    def of(cls, source: Source, path: str, form: str | None, renamed: Mapping[str, str]) -> "Reading":
        """form: one of FORMS, None to tell it by the name or the first bytes. renamed: see `read_header`. Raises Unusable."""
        if (form or _form(source, path)) == CSV:
            return cls(source, csv_rows.read_header(source.head, source.name, renamed))
        if renamed:
            raise Unusable(f"{source.name} has no columns: --column is for CSV.")
        json_lines.check(source.head, source.name)
        return cls(source, None)

    @property
    def first(self) -> Place:
        """Where the first event begins."""
        return BEGINNING if self.header is None else self.header.behind

    def entries(self, place: Place) -> Iterator[Entry | None]:
        """The events from a place on, None while there is none. Raises Unusable."""
        start = max(place, self.first)
        self.source.start_at(start.offset)
        physical = lines(self.source.read, start)
        return json_lines.entries(physical) if self.header is None else csv_rows.entries(physical, self.header)


def _form(source: Source, path: str) -> str:
    endings = [ending.lower() for ending in PurePath(path).suffixes]
    if endings[-1:] == [".gz"]:
        endings.pop()
    if endings and endings[-1] in _ENDINGS:
        return _ENDINGS[endings[-1]]
    if source.head.removeprefix(BYTE_ORDER_MARK).lstrip().startswith((b"{", b"[")) or not source.head.strip():
        return JSON_LINES
    if csv_rows.has_header(source.head):
        return CSV
    raise Unusable(f"What {source.name} holds can't be told: say --format json (JSON lines) or --format csv.")
