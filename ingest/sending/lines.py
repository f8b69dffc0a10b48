"""From blocks of bytes to lines, each with its number and where it ends, and what a line has to say once it was read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

#: The server takes 8 MiB in one request: a longer line can never be sent, so no more of it than its beginning is held.
LONGEST_LINE = 8 * 1024 * 1024 - 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_KEPT_OF_TOO_LONG = 1024


class Line(NamedTuple):
    """A line as it stands in the input. number: from 1. text: without its line feed; the beginning only if it is too long.

    begin, end: offsets of its first byte and of the next line's. A last line without a line feed ends where it begins: it may
    still be growing, and whoever goes on from there reads it again, whole.
    """

    number: int
    text: bytes
    begin: int
    end: int
    too_long: bool = False

    @property
    def open(self) -> bool:
        """Whether its line feed has not come."""
        return self.begin == self.end


class Place(NamedTuple):
    """Where to go on reading: the offset of a line's first byte, and how many lines there are before it."""

    offset: int = 0
    lines: int = 0


BEGINNING = Place()


class Entry(NamedTuple):
    """An event of the input. line: its number. text: the event as one line of JSON. end, passed: the Place behind it.

    fault: why it can't be sent; the text is then what stands in the input.
    """

    line: int
    text: bytes
    end: int
    passed: int
    fault: str | None = None


@dataclass(slots=True)
class _Unfinished:
    """What has come of a line so far. dropped: how many bytes of it are no longer held."""

    text: bytes = b""
    dropped: int = 0

    def add(self, part: bytes) -> None:
        if self.dropped:
            self.dropped += len(part)
            return
        self.text = self.text + part if self.text else part
        if len(self.text) > LONGEST_LINE:
            self.dropped = len(self.text) - _KEPT_OF_TOO_LONG
            self.text = self.text[:_KEPT_OF_TOO_LONG]

    @property
    def size(self) -> int:
        return len(self.text) + self.dropped


def lines(read: Callable[[], bytes | None], start: Place = BEGINNING) -> Iterator[Line | None]:
    """The lines that `read` brings in blocks, b"" being the end; None whenever `read` says that there is nothing now.

    start: where the first block begins.
    """
    held = _Unfinished()
    end, number = start
    while (block := read()) != b"":
        if block is None:
            yield None
            continue
        *ended, rest = block.split(b"\n")
        for text in ended:
            number += 1
            if held.size or len(text) > LONGEST_LINE:
                held.add(text)
                begin, end = end, end + held.size + 1
                yield Line(number, held.text, begin, end, held.dropped > 0)
                held.text, held.dropped = b"", 0
            else:
                begin, end = end, end + len(text) + 1
                yield Line(number, text, begin, end)
        held.add(rest)
    if held.size:
        yield Line(number + 1, held.text, end, end, held.dropped > 0)


def without_mark(line: Line) -> bytes:
    """A line's text; the first one's without the mark that some editors put before it."""
    return line.text.removeprefix(BYTE_ORDER_MARK) if line.number == 1 else line.text


def entry(line: Line, text: bytes, fault: str | None = None) -> Entry:
    """The entry that one line makes."""
    return Entry(line.number, text, line.end, line.number - 1 if line.begin == line.end else line.number, fault)


def long_fault(line: Line) -> Entry:
    """The entry of a line that no request can hold."""
    return entry(line, line.text, f"line: is longer than {LONGEST_LINE:,} bytes.")
