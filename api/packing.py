"""Tables packed into a zip, each as JSON and as CSV."""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable
from typing import IO

from components.csv_text import BYTE_ORDER_MARK, cell
from data_layer.query import Row


def packed(readme: str, tables: Iterable[tuple[str, Iterable[Row]]]) -> IO[bytes]:
    """A zip in a file without a name, ready to be read; no more than a row is in memory."""
    found = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("README.txt", readme)
        for name, rows in tables:
            with tempfile.TemporaryFile("w+", encoding="utf-8") as lines:
                for row in rows:
                    lines.write(f"{json.dumps(row, default=cell, ensure_ascii=False)}\n")
                _as_json(zipped, name, lines)
                _as_csv(zipped, name, lines)
    found.seek(0)
    return found


def _as_json(zipped: zipfile.ZipFile, name: str, lines: IO[str]) -> None:
    lines.seek(0)
    with zipped.open(f"{name}.json", "w") as file, io.TextIOWrapper(file, encoding="utf-8") as text:
        text.write("[")
        for number, line in enumerate(lines):
            text.write(f"{',' if number else ''}\n{line.rstrip()}")
        text.write("\n]\n")


def _as_csv(zipped: zipfile.ZipFile, name: str, lines: IO[str]) -> None:
    lines.seek(0)
    with zipped.open(f"{name}.csv", "w") as file, io.TextIOWrapper(file, encoding="utf-8", newline="") as text:
        text.write(BYTE_ORDER_MARK)
        writer = csv.writer(text)
        for number, line in enumerate(lines):
            row = json.loads(line)
            if not number:
                writer.writerow(row)
            writer.writerow(cell(value) for value in row.values())
