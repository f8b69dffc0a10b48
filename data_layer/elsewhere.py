"""What another server says of a site, by local day, as the answer to a question about a window that whole days make up.

days told    ├──────┼──────┼──────┼───┤ as of
asked        ├──────┼──────┤                 exactly these days
                    ├──────┼──────┼───│      today so far: as of the last word
       ├────────┤                            no whole days: no figures
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

from data_layer.privacy import Level
from data_layer.query import MetricsQuery, SeriesQuery
from data_layer.shielding import OF_EACH, OF_PEOPLE
from data_layer.sites import Site
from metrics.kpis import FACTORY_FIGURES, factory_figures, plain
from metrics.local_time import date_of, day_number
from metrics.series import BUCKETS, edges
from metrics.totals import WORKER_TOTALS, FactorySums
from metrics.units import DAY, to_datetime, to_micros

_STRICTER = [Level.INDIVIDUAL, Level.TEAM, Level.STATION]


@dataclass(frozen=True, slots=True)
class Account:
    """What another server says of a site. as_of: up to when it said all there was. days: rows of `remote_days`, ascending. is_asked: whether we
    asked; else it told. is_silent: whether it did not answer, so that this is what it said before."""

    as_of: datetime | None
    worker_count: int
    station_count: int
    has_schedule: bool
    level: Level
    smallest_group: int
    days: Sequence[Any]
    is_asked: bool = False
    is_silent: bool = False


#: Of a server that was asked, and has not answered yet.
NO_ACCOUNT = Account(None, 0, 0, False, Level.INDIVIDUAL, 0, (), is_asked=True)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The answer. sums, untold: what is known, and the figures that are not to be shown. why: a sentence's end where that is all of them, else ''."""

    site: Site
    account: Account
    sums: FactorySums
    untold: frozenset[str]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """A figure by day or week. starts: of the buckets. values: None is a gap."""

    starts: Sequence[datetime]
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Days:
    """The local days (since 1970-01-01) that make up a window; first: None for all. heard: the moment (µs) after which a word says something of all of
    them. are_whole: whether they do make it up."""

    first: int | None
    last: int
    heard: int
    are_whole: bool

    @property
    def bounds(self) -> tuple[str | None, str]:
        """The first and the last one (ISO)."""
        return None if self.first is None else iso(self.first), iso(self.last)


def days_of(site: Site, query: MetricsQuery) -> Days:
    """The days of a window."""
    clock = site.rules.clock
    begin, end = (None if moment is None else to_micros(moment) for moment in (query.start, query.end))
    now = to_micros(query.as_of or datetime.now(UTC))
    until = now if end is None else end
    first, last = None if begin is None else clock.day_of(begin), clock.day_of(until - 1)
    # What reaches up to now, or beyond, is of the days until today, as far as that one was told.
    is_live = until >= now
    are_whole = (first is None or clock.day_start(first) == begin) and (is_live or clock.day_start(last + 1) == until)
    return Days(first, last, clock.day_start(min(last, clock.day_of(now))) if is_live else until, are_whole)


def iso(day: int) -> str:
    """A day since 1970-01-01 as text."""
    return date_of(day).isoformat()


def elsewhere(site: Site, days: Days, account: Account) -> Elsewhere:
    """The figures of some days."""
    why = _why_none(days, account)
    if why:
        return Elsewhere(site, account, FactorySums(dict.fromkeys(WORKER_TOTALS, 0), False, None, 0), frozenset(FACTORY_FIGURES), why)
    return Elsewhere(site, account, _sums(account.days, account), _untold(account.days, site, account))


def _why_none(days: Days, account: Account) -> str:
    if not days.are_whole:
        return "tells sums of whole days alone, of which this range is not made up"
    if account.as_of is None and account.is_silent:
        return "does not answer, and has not said anything of this range before"
    return "has told nothing of all this range yet" if account.as_of is None or to_micros(account.as_of) < days.heard else ""


def course(site: Site, query: SeriesQuery, account: Account) -> Course:
    """The figure that is asked for, by day or week; nothing by the hour."""
    rows, clock = account.days if BUCKETS[query.bucket] >= DAY else (), site.rules.clock
    if not rows:
        return Course((), ())
    [name], days = query.metrics, [day_number(date.fromisoformat(row.day)) for row in rows]
    bounds = edges(clock, clock.day_start(days[0]), clock.day_start(days[-1] + 1), BUCKETS[query.bucket]).tolist()
    values = []
    for low, high in pairwise(bounds):
        some = [row for row, day in zip(rows, days, strict=True) if low <= clock.day_start(day) < high]
        untold = not some or name in _untold(some, site, account)
        values.append(None if untold else plain(factory_figures([_sums(some, account)])[name])[0][0])
    return Course([to_datetime(low) for low in bounds[:-1]], values)


def _sums(rows: Sequence[Any], account: Account) -> FactorySums:
    used = [row for row in rows if row.utilized]
    sums = {name: sum(getattr(row, name) or 0 for row in rows) for name in WORKER_TOTALS}
    one = used[0] if len(used) == 1 else None
    return FactorySums(sums, account.has_schedule, one and one.utilization, one.utilized if one else 0)


def _untold(rows: Sequence[Any], site: Site, account: Account) -> frozenset[str]:
    """What the site's server keeps back, what our own rule does, and the mean over workers of several days, of which their means say nothing."""
    if sum(row.hours_left_out for row in rows) and not sum(row.hours_told for row in rows):
        return frozenset(FACTORY_FIGURES)
    several = sum(1 for row in rows if row.utilized) > 1
    untold = OF_EACH if several or account.level is not Level.INDIVIDUAL or not site.privacy.shows_people else frozenset()
    is_hidden = hidden(site, account.level, account.smallest_group) or any(row.active is None for row in rows)
    return frozenset(untold | (OF_PEOPLE if is_hidden else frozenset()))


def hidden(site: Site, level: Level, smallest_group: int) -> frozenset[str]:
    """Columns of `remote_days` that our own rule keeps back where it is stricter than that of the site's server."""
    wider = site.privacy.shows_groups and level is Level.TEAM and smallest_group < site.privacy.smallest_group
    if wider or _STRICTER.index(site.privacy.level) > _STRICTER.index(level):
        return frozenset({"active", "idle", "absent", "signal", "tracked", "utilization"})
    return frozenset()
