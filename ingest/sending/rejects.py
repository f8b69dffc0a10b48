"""A file of the events that were refused, as JSON lines: to be corrected and sent again."""

from pathlib import Path
from typing import BinaryIO

import msgspec

from ingest.sending.lines import Entry
from ingest.sending.source import Unusable


class Rejects:
    """Keeps refused events. begin: how many bytes of an earlier run to keep; what is behind them is refused again, and written again."""

    def __init__(self, path: Path, begin: int = 0) -> None:
        self.path = path
        try:
            begin = begin if begin and path.exists() and path.stat().st_size >= begin else 0
            self._file: BinaryIO = path.open("r+b" if begin else "wb")
            self._file.truncate(begin)
            self._file.seek(0, 2)
        except OSError as error:
            raise Unusable(f"{path} can't be written ({error.strerror}).") from None

    def keep(self, entry: Entry, why: str) -> None:
        """Add one. Its text is what was sent, or what stands in the input if nothing was."""
        row = {"line": entry.line, "reason": why, "event": entry.text.decode("utf-8", "replace")}
        self._file.write(msgspec.json.encode(row) + b"\n")

    def saved(self) -> int:
        """The size of the file once all that was kept is in it."""
        try:
            self._file.flush()
        except OSError as error:
            raise Unusable(f"{self.path} can't be written ({error.strerror}).") from None
        return self._file.tell()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
