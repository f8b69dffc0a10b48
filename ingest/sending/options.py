"""What can be said on the command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from ingest.sending.batch import MOST_EVENTS
from ingest.sending.delivery import KEY_VARIABLE
from ingest.sending.reading import FORMS

MOST_CONNECTIONS = 16


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; what can't be understood ends the program with a sentence and status 2."""
    parser = argparse.ArgumentParser(
        prog="python -m ingest.send",
        description="Send events from a file to a Factory Productivity server: JSON lines (one event a line) or CSV (the first line names the fields), "
        "gzipped if you like. Whatever breaks on the way, start it again: it goes on where it was, and every event is stored once.",
        epilog="Ends with a table on standard output. Exit status: 0 all taken, 1 some rejected, 2 stopped before the end.",
    )
    parser.add_argument("file", metavar="FILE", help="the file, or - for standard input")
    parser.add_argument("--url", required=True, help="of the server, such as http://127.0.0.1:5000")
    parser.add_argument("--key", help=f"the camera's key; better in the environment, as {KEY_VARIABLE}, where no process list shows it")
    parser.add_argument("--dry-run", action="store_true", help="have the events judged and store none; repeats within the file are seen within a batch only")
    parser.add_argument("--rejects", type=Path, metavar="PATH", help="write the events that were refused here, as JSON lines with line and reason")
    form = parser.add_argument_group("what the file holds")
    form.add_argument("--format", choices=FORMS, help="told by the name (.jsonl, .ndjson, .json, .csv, .tsv) or the first line if left out")
    form.add_argument(
        "--column", type=_column, action="append", default=[], metavar="THEIRS=FIELD", help="what a CSV's column holds; nothing after the = leaves it out"
    )
    way = parser.add_argument_group("how it is sent")
    way.add_argument("--batch", type=_number(1, MOST_EVENTS), default=1_000, metavar="N", help="events in a request (default %(default)s)")
    way.add_argument("--connections", type=_number(1, MOST_CONNECTIONS), default=4, metavar="N", help="requests at once (default %(default)s)")
    way.add_argument("--give-up-after", type=float, metavar="SECONDS", help="stop when the server does not answer for so long (default: never)")
    way.add_argument("--state", type=Path, metavar="PATH", help="where to note how far it has come (default: FILE.sent.json; none for standard input)")
    way.add_argument("--restart", action="store_true", help="begin at the beginning, whatever the state file says")
    way.add_argument("--progress", action=argparse.BooleanOptionalAction, help="draw a progress bar (default: if standard error is a terminal)")
    return parser.parse_args(arguments)


def _column(text: str) -> tuple[str, str]:
    theirs, found, field = text.rpartition("=")
    if not found or not theirs:
        raise argparse.ArgumentTypeError(f"{text!r} must look like THEIRS=FIELD")
    return theirs.strip(), field.strip()


class _number:  # noqa: N801 - reads as what it stands for: a type of option
    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most

    def __call__(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and self._least <= int(text) <= self._most):
            raise argparse.ArgumentTypeError(f"must be a whole number from {self._least} to {self._most:,}, not {text!r}")
        return int(text)
