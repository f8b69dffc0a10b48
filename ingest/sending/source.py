"""The input of a transfer: a file, perhaps gzipped, or a pipe. How it begins is kept, so that a later run knows it again."""

import gzip
import hashlib
import os
import select
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

PIPE = "-"
HEAD_BYTES = 64 * 1024
BLOCK_BYTES = 256 * 1024
#: After so long without news from a pipe, what has come of a batch is sent.
QUIET_SECONDS = 1.0

_STANDARD_INPUT = 0
_GZIP = b"\x1f\x8b"


class Unusable(ValueError):
    """An input, a state file or an option that nothing can be sent with; the text is a sentence for the user."""


class Source:
    """Bytes of an input, unpacked. name: what sentences call it. head: how it begins, at most HEAD_BYTES.
    size: of the file on disk; None of a pipe. packed: whether it is gzip.

    The head of a file is filled as far as it goes; that of a pipe ends with what came first, since more may come tomorrow.
    """

    def __init__(self, path: str) -> None:
        self.name = "standard input" if path == PIPE else path
        self._on_disk = _opened(path)
        status = os.fstat(self._on_disk.fileno())
        self.is_file = stat.S_ISREG(status.st_mode)
        self.size = status.st_size if self.is_file else None
        self._bytes = self._unpacked(path)
        self.packed = self._bytes is not self._on_disk
        self._waits = not self.is_file and os.name == "posix"
        self._given_back = b""
        self.head = b""
        while len(self.head) < HEAD_BYTES and (self.is_file or b"\n" not in self.head) and (block := self._take(HEAD_BYTES - len(self.head))):
            self.head += block

    def _unpacked(self, path: str) -> BinaryIO:
        if not self.is_file:
            return self._on_disk
        packed = self._on_disk.read(len(_GZIP)) == _GZIP
        self._on_disk.seek(0)
        if packed and path == PIPE:
            raise Unusable(f"{self.name} is gzipped: unpack it on the way, with zcat.")
        return cast(BinaryIO, gzip.GzipFile(fileobj=self._on_disk)) if packed else self._on_disk

    @property
    def passed(self) -> int | None:
        """How many bytes of the file have been read, as they lie on disk; None of a pipe."""
        return self._on_disk.tell() if self.is_file else None

    def digest(self, size: int) -> str:
        """What the first so many bytes of the head amount to; the same in a later run, or it is another input."""
        return hashlib.sha256(self.head[:size]).hexdigest()

    def fill(self, size: int) -> None:
        """Read on until the head has so many bytes, or there are no more."""
        while len(self.head) < size and (block := self._take(size - len(self.head))):
            self.head += block

    def start_at(self, offset: int) -> None:
        """Let the next `read` begin at this byte; only before the first one. Raises Unusable if the input ends before it."""
        self._given_back = self.head[offset:]
        ahead = offset - len(self.head)
        if ahead > 0 and self.is_file and not self.packed:
            self._on_disk.seek(offset)
            ahead = max(0, offset - (self.size or 0))
        while ahead > 0 and (block := self._take(min(ahead, BLOCK_BYTES))):
            ahead -= len(block)
        if ahead > 0:
            raise Unusable(f"{self.name} has become shorter since it was sent.")

    def read(self) -> bytes | None:
        """The next block; b"" at the end, None while a pipe is quiet. Raises Unusable if it can't be unpacked."""
        if self._given_back:
            block, self._given_back = self._given_back, b""
            return block
        if self._waits and not select.select([self._on_disk], [], [], QUIET_SECONDS)[0]:
            return None
        return self._take(BLOCK_BYTES)

    def close(self) -> None:
        """Give the file back."""
        self._on_disk.close()

    def _take(self, size: int) -> bytes:
        try:
            return self._bytes.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Unusable(f"{self.name} is damaged, its gzip can't be unpacked to the end ({error}).") from None
        except OSError as error:
            raise Unusable(f"{self.name} can't be read ({error.strerror}).") from None


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """The input at a path, PIPE for standard input. Raises Unusable."""
    source = Source(path)
    try:
        yield source
    finally:
        source.close()


def _opened(path: str) -> BinaryIO:
    try:
        return open(_STANDARD_INPUT, "rb", buffering=0, closefd=False) if path == PIPE else Path(path).open("rb", buffering=0)
    except OSError as error:
        raise Unusable(f"{path} can't be opened ({error.strerror}).") from None
