"""The archive: Parquet files beside the database, and a manifest that says what each holds and how to tell that it is whole.

factory-archive/main/manifest.jsonl             a line a file, the oldest first
factory-archive/main/events-20260101T000000Z-20260108T000000Z-5f1c0ab2.parquet
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import numpy as np

from data_layer.disk import to_disk
from metrics.units import to_datetime

Row = tuple[Any, ...]

MANIFEST = "manifest.jsonl"
#: So many rows are read at once.
_ROWS_AT_ONCE = 5_000
#: Parquet types by ours; instants are integers of µs UTC in rows and timestamps with a zone in files.
TEXT, INTEGER, NUMBER, INSTANT = "VARCHAR", "BIGINT", "DOUBLE", "TIMESTAMPTZ"


class Damaged(RuntimeError):
    """A file of the archive is missing or is not what the manifest says; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the archive. table: whose rows these are. start, end: `[start, end)` of their times (µs UTC). sha256: of the file."""

    file: str
    table: str
    start: int
    end: int
    rows: int
    bytes: int
    sha256: str
    written_at: str


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive of one site."""

    folder: Path

    @classmethod
    def of(cls, database: Path, site_id: str) -> "Archive":
        """The archive of a site, beside the database's file."""
        return cls(database.with_name(f"{database.stem}-archive") / quote(site_id, safe=""))

    def entries(self) -> list[Entry]:
        """What the manifest lists, without lines that a crash has cut off: what they were about is archived again."""
        path = self.folder / MANIFEST
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [Entry(**json.loads(line)) for line in lines if line.endswith("}")]

    def write(self, table: str, start: int, end: int, columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> Entry:
        """Write rows to a file of their own; on disk, and in the manifest, when this returns. Raises OSError, duckdb.Error.

        columns: names and types of the rows' values. What a write that failed leaves behind is in no manifest.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f"{table}.unfinished"
        _write_parquet(unfinished, columns, rows)
        to_disk(unfinished)
        digest = _digest(unfinished)
        name = f"{table}-{_stamp(start)}-{_stamp(end)}-{digest[:8]}.parquet"
        unfinished.rename(self.folder / name)
        written = datetime.now(UTC).isoformat(timespec="seconds")
        entry = Entry(name, table, start, end, len(rows), (self.folder / name).stat().st_size, digest, written)
        self._append(entry)
        return entry

    def _append(self, entry: Entry) -> None:
        path = self.folder / MANIFEST
        # A line that a crash has cut off must not swallow this one.
        torn = path.exists() and path.read_bytes()[-1:] not in (b"", b"\n")
        with path.open("a", encoding="utf-8") as manifest:
            manifest.write(("\n" if torn else "") + json.dumps(asdict(entry)) + "\n")
            manifest.flush()
            os.fsync(manifest.fileno())
        to_disk(self.folder)

    def check(self, entry: Entry) -> None:
        """Raises Damaged where a file is not what was written."""
        path = self.folder / entry.file
        if not path.is_file():
            raise Damaged(f"{path} is missing.")
        if path.stat().st_size != entry.bytes or _digest(path) != entry.sha256:
            raise Damaged(f"{path} is not what the manifest says: its checksum differs.")

    def read(self, entry: Entry, columns: Sequence[tuple[str, str]]) -> Iterator[list[Row]]:
        """The rows of a file, some thousand at a time. Raises Damaged."""
        self.check(entry)
        with duckdb.connect() as connection:
            chosen = ", ".join(f'epoch_us("{name}")' if kind == INSTANT else f'"{name}"' for name, kind in columns)
            cursor = connection.execute(f"SELECT {chosen} FROM read_parquet(?)", [str(self.folder / entry.file)])  # noqa: S608 - names of our own
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                yield rows


def _write_parquet(path: Path, columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> None:
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    arrays = {name: np.array(column, dtype=object) for (name, _), column in zip(columns, values, strict=True)}
    typed = ", ".join(f'make_timestamptz("{name}"::BIGINT) AS "{name}"' if kind == INSTANT else f'"{name}"::{kind} AS "{name}"' for name, kind in columns)
    with duckdb.connect(config={"threads": 1}) as connection:
        # A type is guessed from so many values; a column may begin with many that are missing.
        connection.execute(f"SET pandas_analyze_sample = {max(len(rows), 1)}")
        connection.register("leaving", arrays)
        path.unlink(missing_ok=True)
        connection.execute(f"COPY (SELECT {typed} FROM leaving) TO $1 (FORMAT parquet, COMPRESSION zstd)", [str(path)])  # noqa: S608 - names of our own


def _stamp(instant: int) -> str:
    return to_datetime(instant).strftime("%Y%m%dT%H%M%SZ")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
