"""Query strings of metrics calls as questions."""

import re
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, TypeVar

from flask import request
from werkzeug.datastructures import MultiDict

from api.problems import Invalid
from api.routing import services
from data_layer.query import MetricsQuery
from data_layer.sites import MAIN
from ingest.timestamps import read_time
from metrics.local_time import day_number, local_clock
from metrics.units import to_datetime

_A_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
MOST_SITES = 100

Query = TypeVar("Query", bound=MetricsQuery)


def site_asked_for() -> str:
    """The site that a request is about."""
    return request.args.get("site_id", MAIN)


def sites_asked_for() -> tuple[str, ...]:
    """The sites that a request is about, where it may be about several. Raises Invalid."""
    sites = list_of(request.args, "site_id") or (MAIN,)
    if len(sites) > MOST_SITES:
        raise Invalid(f"site_id: at most {MOST_SITES} sites at once.")
    return sites


def metrics_query(**given: tuple[str, ...]) -> MetricsQuery:
    """The question about one site that the query string asks. given: filters that the path has set. Raises Invalid, UnknownSite."""
    return _query(MetricsQuery, site_asked_for(), given)


def metrics_queries(kind: type[Query], **given: Any) -> list[Query]:
    """The question that the query string asks, for each site that it names: a day is the site's own. given: further fields of the
    question. Raises Invalid, UnknownSite."""
    return [_query(kind, site_id, given) for site_id in sites_asked_for()]


def _query(kind: type[Query], site_id: str, given: dict[str, Any]) -> Query:
    arguments = request.args
    site = services().sites.get(site_id)
    start, end = bounds_asked_for(site.timezone)
    filters = {
        name: list_of(arguments, parameter)
        for name, parameter in (("worker_ids", "worker_id"), ("station_ids", "station_id"), ("station_types", "station_type"))
    }
    window = {"start": start, "end": end, "as_of": moment_of(arguments, "as_of", site.timezone), "shift": arguments.get("shift") or None}
    return kind(**{"site_id": site.site_id, **window, **filters, **given})


def one_of(name: str, known: Collection[str], default: str) -> str:
    """A parameter that is one of some words. Raises Invalid."""
    value = request.args.get(name, default)
    if value not in known:
        raise Invalid(f"{name}: must be one of {', '.join(known)}, not {value!r}.")
    return value


def list_of(arguments: MultiDict[str, str], name: str) -> tuple[str, ...]:
    """A parameter that may be given several times, each value once; an empty one is none."""
    return tuple(dict.fromkeys(value for value in arguments.getlist(name) if value))


def bounds_asked_for(timezone: str) -> tuple[datetime | None, datetime | None]:
    """Where the window begins and ends, on a site's clock; None where that is left out. Raises Invalid."""
    start, end = (moment_of(request.args, name, timezone) for name in ("from", "to"))
    if start and end and start > end:
        raise Invalid("to: must not lie before from.")
    return start, end


def moment_of(arguments: MultiDict[str, str], name: str, timezone: str) -> datetime | None:
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
