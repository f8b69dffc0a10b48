"""What the document says is so: generated requests to every operation, good and bad, and nothing undescribed in their answers."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import available_timezones

import pytest
import schemathesis
from documented import Served, copied, document, fill, services_on
from flask import Flask
from hypothesis import strategies as st
from hypothesis_profiles import core
from schemathesis.checks import CheckContext
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

import api as http

CONFIG = schemathesis.Config.from_dict(
    {
        # NUL characters fit every schema of a text, and no database: they are refused (tests/malformed.py).
        "generation": {"allow-x00": False, "with-security-parameters": False},
        # Of a batch only the bad events are refused, with 207; too many of them are 413.
        "checks": {"negative_data_rejection": {"expected-statuses": [207, 400, 404, 405, 413, 415, 422]}},
    }
)

#: What no schema can say: the sentences with which requests that fit the description are refused all the same.
BEYOND_SCHEMAS = {
    "two parameters": r"(to: must not lie before from\.|metric: must be one of .* by (site|worker|workstation), not )",
    "how much there is": r"(bucket: the window holds more than 10,000 buckets|bucket: that is [\d,]+ values|to: the window holds [\d,]+ intervals)",
    "the calendar": r"((from|to|as_of): must be a time like |days: there is no day )",
    "address and body": r"[a-z]+_(id|name): must be the one in the path, or be left out\.",
    "what exists, seen from an event": r"site_id: there is no site ",
    "two fields": r"(worker|workstation)_id: is missing or empty, and (working|idle|absent|product_count) needs it\.",
    "the data, else the envelope": r"(timestamp: is missing\.|(time|recordedtime): must be an RFC 3339 time)",
    "how a number is written": r"(event_id|sequence): must be .*, not a number with a fraction\.",
    "the time zone": r"(from|to|as_of): must lie between 2000 and 2099\.",
    "the clock": r"(as_of: must not lie in the future\.|timestamp: .* lies (more than 5 minutes ahead of the server's clock|before 2000-01-01)\.)",
    "what is reserved": r"source: 'demo' is kept for demo data",
    "entries that differ": r"(exceptions: there is more than one for a date|days: must name each day once)\.",
    "what must outlive what": r"retention\.(interval|rollup)_days: must be null, (as|or at least) ",
    "what is sealed": r"(timezone: what lies before .* is sealed in |timestamp: lies before .*, the raw horizon of site )",
    "what was stored before": r".* was sent before",
    "what was handed out": r"cursor: must be the next_cursor of a page, as it came\.",
    "what the quarantine holds": r"(Still refused|The payload still can't be read): ",
}
_REFUSED = re.compile(rf"(None of the events could be taken in; the first one: )?({'|'.join(BEYOND_SCHEMAS.values())})", re.DOTALL)


def fitting_requests_are_taken(context: CheckContext, answer: schemathesis.Response, case: schemathesis.Case) -> None:
    """As Schemathesis' own check of that kind, but for the rules beyond schemas."""
    if answer.status_code == 422 and _REFUSED.match(answer.json().get("detail", "")):
        return
    positive_data_acceptance(context, answer, case)


# Times about which the server has something to say; its clock stands at the end of 2026.
schemathesis.openapi.format("date-time", st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31)).map(lambda at: f"{at.isoformat()}Z"))
schemathesis.openapi.format("date", st.dates(datetime(2000, 1, 1).date(), datetime(2099, 12, 31).date()).map(str))
schemathesis.openapi.format("iana-timezone", st.sampled_from(sorted(available_timezones() - {"localtime", "posixrules"})))

SERVED = Served()
DOCUMENT = document()
schema = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)
schema.app = SERVED

# Lines of JSON are a text to OpenAPI. Some of these are torn, blank or no events: each is judged on its own.
_GOOD = DOCUMENT["paths"]["/api/events/batch"]["post"]["requestBody"]["content"]["application/x-ndjson"]["example"].splitlines()
_LINES = st.lists(st.sampled_from([*_GOOD, "{", "", "7", '{"event_type": "idle"}']), max_size=20)
schemathesis.openapi.media_type("application/x-ndjson", _LINES.map(lambda lines: "\n".join([*lines, _GOOD[0]]).encode()))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database with something of everything."""
    folder = tmp_path_factory.mktemp("filled")
    fill(folder)
    return folder


@pytest.fixture(autouse=True)
def served(filled: Path, tmp_path: Path) -> Iterator[None]:
    """The API on a copy of it."""
    services = services_on(copied(filled, tmp_path))
    try:
        app = Flask("factory")
        http.register(app, services)
        SERVED.app = app
        yield
    finally:
        services.close()


@schema.parametrize()
@core(20)
def test_every_answer_is_described(case: schemathesis.Case) -> None:
    case.call_and_validate(additional_checks=[fitting_requests_are_taken], excluded_checks=[positive_data_acceptance, ignored_auth])
