"""Query strings of metrics calls as questions."""

import re
from collections.abc import Collection
from datetime import date, datetime

from flask import request
from werkzeug.datastructures import MultiDict

from api.problems import Invalid
from api.routing import services
from data_layer.query import MetricsQuery
from data_layer.sites import MAIN
from ingest.timestamps import read_time
from metrics.local_time import day_number, local_clock
from metrics.units import to_datetime

_LISTS = {"worker_id", "station_id", "station_type"}
_KNOWN = {"site_id", "from", "to", "as_of", "shift"} | _LISTS
_A_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST_YEAR, _LAST_YEAR = 2000, 2099


def check_parameters(known: Collection[str]) -> None:
    """Refuse parameters that mean nothing here: a misspelt site_id must not become the main site. Raises Invalid."""
    unknown = sorted(request.args.keys() - set(known))
    if unknown:
        raise Invalid(f"{unknown[0]}: is not a parameter; known are {', '.join(sorted(known)) or 'none here'}.")
    repeated = [name for name in request.args if name not in _LISTS and len(request.args.getlist(name)) > 1]
    if repeated:
        raise Invalid(f"{repeated[0]}: may be given only once.")


def site_asked_for(parameters: Collection[str] = ("site_id",)) -> str:
    """The site that a request is about. parameters: all that it may have. Raises Invalid."""
    check_parameters(parameters)
    return request.args.get("site_id") or MAIN


def metrics_query(**given: tuple[str, ...]) -> MetricsQuery:
    """The question that the request's query string asks. given: filters that the path has set. Raises Invalid, UnknownSite."""
    arguments = request.args
    site = services().sites.get(site_asked_for(_KNOWN))
    moments = {name: _moment(arguments, name, site.timezone) for name in ("from", "to", "as_of")}
    if moments["from"] and moments["to"] and moments["from"] > moments["to"]:
        raise Invalid("to: must not lie before from.")
    filters = {
        name: _list(arguments, parameter) for name, parameter in (("worker_ids", "worker_id"), ("station_ids", "station_id"), ("station_types", "station_type"))
    }
    return MetricsQuery(
        site_id=site.site_id, start=moments["from"], end=moments["to"], as_of=moments["as_of"], shift=arguments.get("shift") or None, **{**filters, **given}
    )


def _list(arguments: MultiDict[str, str], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in arguments.getlist(name) if value))


def _moment(arguments: MultiDict[str, str], name: str, timezone: str) -> datetime | None:
    """An RFC 3339 time, or a date for its local midnight; without an offset it is read in the site's time zone."""
    text = arguments.get(name)
    if not text:
        return None
    try:
        if _A_DAY.fullmatch(text):
            # Midnight by the same clock that makes the rollups' days.
            moment = to_datetime(local_clock(timezone).day_start(day_number(date.fromisoformat(text))))
        else:
            # A "+" that was not escaped arrives as a space.
            moment = to_datetime(read_time(re.sub(r" (?=\d\d:\d\d$)", "+", text) if "T" in text.upper() else text, timezone))
    except (ValueError, OverflowError):
        raise Invalid(f'{name}: must be a time like "2026-01-15T10:15:00Z" or a day like "2026-01-15".') from None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise Invalid(f"{name}: must lie between {_FIRST_YEAR} and {_LAST_YEAR}.")
    return moment
