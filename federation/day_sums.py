"""A site's sums by local day, as far as it shows them: what its server tells a central one. Nobody is in them."""

import math
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from data_layer.answer import EVERYTHING, Answer, Wanted
from data_layer.elsewhere import iso
from data_layer.outbox import REACH
from data_layer.privacy import About, Level
from data_layer.query import SeriesQuery
from data_layer.reader import answer_to
from data_layer.registered import Registered
from data_layer.sites import Site
from metrics.kpis import by_bucket, mean_utilization
from metrics.local_time import day_number
from metrics.units import BEGINNING, to_datetime

#: In a request, which makes some hundred kilobytes.
MOST_DAYS = 400

OF_PEOPLE = ("active", "idle", "absent", "signal", "tracked")
#: No event is earlier.
_EARLIEST = day_number(date(2000, 1, 1))


def local_days(connection: Connection, site: Site, low: int, high: int, now: int) -> range:
    """The local days (since 1970-01-01) that meet `[low, high]` (µs), of those that there can be anything of: kept, and begun by now."""
    clock = site.rules.clock
    if low <= BEGINNING:
        low = _answer(connection, SeriesQuery(site_id=site.site_id, as_of=to_datetime(now))).stored_extent[0]
    low, high = max(low, site.horizons.kept_from), min(high, now)
    return range(clock.day_of(low), clock.day_of(high) + 1) if low <= high else range(0)


def moving_from(site: Site, since: int) -> int:
    """From when on (µs) sums may have moved since a moment (µs) by the clock alone: by what was open then, and has gone on or is lost."""
    timeouts = (version.signal_timeout for version in site.rules.versions)
    return since - max(REACH, *(timeout // timedelta(microseconds=1) for timeout in timeouts if timeout is not None))


def first_kept_day(site: Site) -> str:
    """The first local day of which the site has anything left (ISO)."""
    return iso(max(site.rules.clock.day_of(site.horizons.kept_from), _EARLIEST))


def day_sums(connection: Connection, site: Site, days: range, now: datetime) -> list[dict[str, Any]]:
    """The sums of some days that follow each other, as the API tells and takes them. now: up to when counts what is still open."""
    if not days:
        return []
    clock = site.rules.clock
    start, end = (to_datetime(clock.day_start(day)) for day in (days[0], days[-1] + 1))
    answer = _answer(connection, SeriesQuery(site_id=site.site_id, start=start, end=end, as_of=now, bucket="1d"))
    totals = answer.totals()
    sums = {name: by_bucket(totals, name).tolist() for name in (*OF_PEOPLE, "units", "events")}
    means, utilized = mean_utilization([totals])
    told, left_out = ([0] * totals.buckets,) * 2 if answer.told_hours is None else (answer.told_hours.counted.tolist(), answer.told_hours.left_out.tolist())
    level, found = site.privacy.level, []
    for place, low in enumerate(answer.edges[:-1].tolist()):
        shown = {name: None if level is Level.STATION and name in OF_PEOPLE else values[place] for name, values in sums.items()}
        mean = None if level is not Level.INDIVIDUAL or math.isnan(means[place]) else float(means[place])
        hours = {"hours_told": told[place], "hours_left_out": left_out[place]}
        used = {"utilization": mean, "utilized": 0 if mean is None else utilized[place]}
        found.append({"day": iso(clock.day_of(low)), **shown, **used, **hours})
    return found


def site_sums(connection: Connection, site: Site, days: range, now: datetime) -> dict[str, Any]:
    """The sums of some days, and what goes with them, as the API tells and takes them."""
    about = {"revision": site.revision, "timezone": site.timezone, "as_of": now, **_registered(connection, site)}
    return {**about, "days": day_sums(connection, site, days, now)}


def _registered(connection: Connection, site: Site) -> dict[str, Any]:
    """How many workers and stations the site has, and by which rule it shows them."""
    names, rule = Registered.load(connection, site.site_id).names, site.privacy
    counts = {"worker_count": len(names.workers), "station_count": len(names.stations), "has_schedule": site.has_schedule}
    return {**counts, "privacy": {"level": rule.level.value, "smallest_group": rule.smallest_group}}


def _answer(connection: Connection, query: SeriesQuery) -> Answer:
    return answer_to(connection, query, Wanted(workers=EVERYTHING.workers), About.SUMS)
