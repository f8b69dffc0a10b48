"""CSV as spreadsheets and programs read it: UTF-8, RFC 4180, numbers unrounded, and no text that a spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

#: Tells spreadsheets that what follows is UTF-8: they would spoil "Müller" else.
BYTE_ORDER_MARK = "\ufeff"
#: The wide ones are the same signs to a spreadsheet that is set to Japanese or Chinese.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_lines(header: Sequence[str], pages: Iterable[Iterable[Mapping[str, Any]]]) -> Iterator[str]:
    """The text of a file, a piece for the header and one for each page of rows. header: the fields of the rows that are wanted, in order."""
    yield BYTE_ORDER_MARK + _text([header])
    for page in pages:
        yield _text([cell(row[name]) for name in header] for row in page)


def cell(value: Any) -> str | int | float:
    """A value as it stands in a cell: nothing for None, times as RFC 3339 in UTC, true or false.

    A text that begins like a formula gets an apostrophe in front, as spreadsheets themselves do it: ids come from outside.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    number: int | float = value
    return number


def _text(rows: Iterable[Iterable[str | int | float]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
