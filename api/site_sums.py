"""A site's sums by local day: asked for, or told by its own server."""

from datetime import date
from typing import Any

import msgspec
from flask import Blueprint, Response
from werkzeug.exceptions import Forbidden

from access.roles import Role
from access.web.gate import principal
from api.body import json_object
from api.problems import Invalid, problem
from api.routing import JSON, Answer, Body, answer, route, services
from api.schemas.service import NoParameters
from api.schemas.site_sums import MOST_DAYS, SiteSums, SumsKept, SumsQuestion, ToldSums
from api.window import bounds_asked_for
from data_layer.query import TooMuch
from data_layer.remote import HasOwnEvents, Told, check_own, keep, sums_told
from data_layer.sites import Site, load_site
from federation.day_sums import local_days, site_sums
from ingest.timestamps import read_time
from metrics.units import BEGINNING, FOREVER, to_datetime, to_micros

bp = Blueprint("site_sums", __name__)

_DAY = {"active": 12600000000, "idle": 1800000000, "absent": 0, "signal": 0, "tracked": 0, "units": 5, "events": 5}
_EXAMPLE = {
    "revision": 812,
    "timezone": "UTC",
    "as_of": "2026-01-15T14:00:00Z",
    "worker_count": 1,
    "station_count": 1,
    "has_schedule": False,
    "privacy": {"level": "individual", "smallest_group": 5},
    "days": [{"day": "2026-01-15", **_DAY, "utilization": 87.5, "utilized": 1, "hours_told": 0, "hours_left_out": 0}],
    "is_all": True,
    "void_from": None,
}
#: So far its server's clock may be ahead of ours, as that of a camera may.
_AHEAD_MICROS = 5 * 60 * 1_000_000
#: A question waits so long for what was stored before it.
_PATIENCE_SECONDS = 0.25


@route(
    bp,
    "GET",
    "/sites/<id:site_id>/sums",
    role=Role.VIEWER,
    tag="Sites",
    query=SumsQuestion,
    answers={200: Answer(SiteSums, headers=("Data-Stale",)), 404: "There is no such site."},
    sample="/api/sites/main/sums?from=2026-01-15&to=2026-01-16",
)
def sums(site_id: str) -> Response:
    """What a site comes to on each of some local days, as far as it shows that, with open states up to now; or what its own server told last."""
    site = services().sites.get(site_id)
    low, high = (None if moment is None else to_micros(moment) for moment in bounds_asked_for(site.timezone))
    stale = {} if services().refresher.wait(site_id, _PATIENCE_SECONDS) else {"Data-Stale": "true"}
    now = services().clock.now()
    asking = services().asking
    with services().database.read() as connection:
        if asking is not None and site_id in asking.site_ids:
            check_own(connection, [site_id], asking.site_ids)
        site = load_site(connection, site_id)
        told = sums_told(connection, site, low, high)
        if told is not None:
            return answer(told)
        days = local_days(connection, site, BEGINNING if low is None else low, FOREVER if high is None else high - 1, to_micros(now))
        if len(days) > MOST_DAYS:
            raise TooMuch(f"from, to: there are {len(days):,} days between them; ask for at most {MOST_DAYS:,} at once.")
        return answer(site_sums(connection, site, days, now), headers=stale)


@route(
    bp,
    "PUT",
    "/sites/<id:site_id>/sums",
    role=Role.CAMERA,
    tag="Sites",
    query=NoParameters,
    body=Body({JSON: ToldSums}, {JSON: _EXAMPLE}),
    answers={
        200: SumsKept,
        404: "There is no such site.",
        409: "The site has another time zone here, or events of its own.",
    },
    sample="/api/sites/hall-2/sums",
)
def put_sums(site_id: str) -> Response:
    """Take the sums of some local days from a site's own server; the same ones again, or older ones, change nothing."""
    site = services().sites.get(site_id)
    if principal().cameras is not None:
        raise Forbidden("A key for some cameras alone can’t speak for a whole site.")
    given = json_object({*ToldSums.__struct_fields__})
    try:
        told = msgspec.convert(given, ToldSums)
    except msgspec.ValidationError as error:
        raise Invalid(_sentence(str(error))) from None
    if told.timezone != site.timezone:
        return problem(409, f"timezone: site {site_id} has {site.timezone} here, and its days are those of another zone: give it the same settings.")
    return _kept(site, _checked(told))


def _kept(site: Site, told: Told) -> Response:
    with services().database.write() as connection:
        try:
            found = keep(connection, site.site_id, told)
        except HasOwnEvents as error:
            return problem(409, str(error))
    services().refresher.notify({site.site_id})
    return answer({"site_id": site.site_id, "revision_before": found.before, "is_late": found.is_late})


def _checked(told: ToldSums) -> Told:
    """Raises Invalid."""
    days = [_day(day.day) for day in told.days]
    if len({*days}) < len(days):
        raise Invalid("days: must name each day once.")
    if told.void_from is not None:
        _day(told.void_from)
    try:
        moment = read_time(told.as_of, "UTC")
    except (ValueError, OverflowError):
        raise Invalid('as_of: must be a time like "2026-01-15T14:00:00Z".') from None
    if not 0 <= moment <= services().clock.micros() + _AHEAD_MICROS:
        raise Invalid("as_of: must not lie in the future.")
    rows: list[dict[str, Any]] = [msgspec.structs.asdict(day) for day in told.days]
    counts = (told.worker_count, told.station_count, told.has_schedule, told.privacy.level, told.privacy.smallest_group)
    return Told(told.revision, to_datetime(moment), told.is_all, told.void_from, *counts, rows)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"days: there is no day {text!r}.") from None


def _sentence(complaint: str) -> str:
    """msgspec's "Expected `int`, got `str` - at `$.days[0].units`" with the field first."""
    what, _, path = complaint.partition(" - at `$")
    return f"{path.strip('.`') or 'body'}: {what[:1].lower()}{what[1:]}."
