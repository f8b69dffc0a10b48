"""What every request has, those of the pages included: an id, a measured time, and a line in the log where it fails or is slow.

It stands around the application, not in its hooks, which cost twice as much: a single event's way through the server is 500 µs.
"""

import itertools
import logging
import re
import secrets
from collections.abc import Iterable
from time import perf_counter
from typing import Any

from flask import Flask

from watching.logs import REQUEST_ID, UNDER_WAY
from watching.metering import Metering

log = logging.getLogger(__name__)

_SLOW_SECONDS = 1.0
_SANE = re.compile(r"[A-Za-z0-9._-]{1,128}").fullmatch


def register(app: Flask, metering: Metering) -> None:
    """Accompany every request of an app. An id that the sender gives is kept where it is sane: it ends up in logs and headers."""
    application, process, numbers = app.wsgi_app, secrets.token_hex(4), itertools.count(1)

    def accompanied(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID")
        request_id = given if given and _SANE(given) else f"{process}-{next(numbers):x}"
        status, rule = 500, None  # should the application give up without an answer

        def begin_answer(line: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
            nonlocal status, rule
            # Flask takes the request out of the environment when it has ended.
            status, rule = int(line[:3]), environ["werkzeug.request"].url_rule
            return start_response(line, [*headers, ("X-Request-ID", request_id)], *failure)

        environ[REQUEST_ID] = request_id
        UNDER_WAY.set(environ)
        began = perf_counter()
        try:
            return application(environ, begin_answer)
        finally:
            seconds = perf_counter() - began
            metering.answered(environ["REQUEST_METHOD"], rule and rule.rule, status, seconds)
            _log(status, seconds)
            # The thread lives on; what it logs before its next request is not this one's.
            UNDER_WAY.set(None)

    app.wsgi_app = accompanied  # type: ignore[method-assign]


def _log(status: int, seconds: float) -> None:
    """Two thousand requests a second are no news; one that failed or was slow is."""
    level = logging.WARNING if status >= 500 or seconds > _SLOW_SECONDS else logging.DEBUG
    if log.isEnabledFor(level):
        log.log(level, "Answered %d after %.3f s.", status, seconds, extra={"status": status, "seconds": round(seconds, 6)})
