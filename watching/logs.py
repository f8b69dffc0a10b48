"""The log: one line a record, for people or as JSON; inside a request it names the request.

2026-11-22T13:52:10.123Z WARNING api.every_request [5d0c71e2-1f GET /api/metrics/factory] Answered 503 after 1.204 s.
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

log = logging.getLogger(__name__)

TEXT, JSON = "text", "json"

# In characters: statements and addresses may be as long as somebody likes.
_LONGEST_LINE, _LONGEST_PATH = 2_000, 500


#: Where a request's environment holds its id.
REQUEST_ID = "factory.request_id"
#: The WSGI environment of the request that this thread works on.
UNDER_WAY: ContextVar[Mapping[str, Any] | None] = ContextVar("request", default=None)


def request() -> dict[str, str]:
    """request_id, method and path of the request under way; nothing outside of one."""
    environ = UNDER_WAY.get()
    if environ is None:
        return {}
    path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")  # WSGI hands bytes over as characters
    return {"request_id": environ[REQUEST_ID], "method": environ["REQUEST_METHOD"][:32], "path": path[:_LONGEST_PATH]}


def set_up(level: str, form: str) -> None:
    """Send the log to standard error. level: DEBUG to ERROR. form: `text` or `json`."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == JSON else TextLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it names each of its plugins at every start
    logging.captureWarnings(True)
    threading.excepthook = _thread_failed


def of_the_web_server() -> dict[str, Any]:
    """What Granian is told of its own log: to send it where ours goes."""
    return {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None and failure.exc_type is not SystemExit:
        name = failure.thread.name if failure.thread else "?"
        log.critical("The thread %s has ended by an error.", name, exc_info=failure.exc_value)


class TextLines(logging.Formatter):
    """A line a record, and a stack below it, set in: whatever a client sends, only a record begins a line at its beginning."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the lines of its stack."""
        about = " ".join(request().values())
        lines = [f"{moment(record)} {record.levelname} {record.name}{f' [{about}]' if about else ''} {record.getMessage()}"]
        lines += [f"    {line}" for line in self._stack(record)]
        return "\n".join(one_line(line) for line in lines)

    def _stack(self, record: logging.LogRecord) -> Iterator[str]:
        if record.exc_info:
            yield from self.formatException(record.exc_info).split("\n")
        if record.stack_info:
            yield from record.stack_info.split("\n")


class JsonLines(JsonFormatter):
    """An object a record: time, level, logger, message; request_id, method and path inside a request; exc_info with a stack."""

    def __init__(self) -> None:
        super().__init__(["message"])

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """What stands first, then what the record brings."""
        log_data.update(time=moment(record), level=record.levelname, logger=record.name, **request())
        super().add_fields(log_data, record, message_dict)
        log_data["message"] = log_data["message"][:_LONGEST_LINE]
        if "exc_info" in log_data:
            log_data["exc_info"] = "\n".join(line[:_LONGEST_LINE] for line in log_data["exc_info"].split("\n"))


def moment(record: logging.LogRecord) -> str:
    """When a record was made: UTC, ISO 8601, to the millisecond."""
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def one_line(text: str) -> str:
    """A text without anything that ends a line or moves what a terminal shows; cut where it is very long."""
    cut = text if len(text) <= _LONGEST_LINE else text[:_LONGEST_LINE] + "…"
    return cut if cut.isprintable() else "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in cut)
