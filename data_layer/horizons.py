"""For how long a site keeps what, and how far back its data reach.

    kept_from      detailed_from        sealed_before    accepted_from            now
        │                │                    │                │                   │
        ├─ rollups ──────┼────────────────────┼────────────────┼───────────────────┤
                         ├─ intervals ────────┼────────────────┼───────────────────┤
                                              ├─ raw events ───┼───────────────────┤
                                                               ├─ late events may ─┤

Events are kept two days longer than they are accepted late, and intervals two days longer than events: the shift that a late event
lies in, and who attends it, can then be worked out from all that belongs to it. What lies before `sealed_before` never changes.
"""

from dataclasses import astuple, dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Select, select, update

from data_layer.putting import put
from data_layer.settings_json import InvalidSettings, Json
from data_layer.tables import retention
from data_layer.types import micros
from metrics.local_time import LocalClock, date_of
from metrics.schedule import SiteRules
from metrics.units import BEGINNING

#: No shift is longer, so that nothing accepted can reach further back.
MARGIN_DAYS = 2
_MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days a site keeps its raw events, its intervals, and its sums by hour, day and week; None is for ever."""

    raw_event_days: int | None = None
    interval_days: int | None = None
    rollup_days: int | None = None

    @property
    def limited(self) -> bool:
        """Whether anything is not kept for ever."""
        return self != ALL_FOR_EVER


ALL_FOR_EVER = Retention()


@dataclass(frozen=True, slots=True)
class Horizons:
    """How far back a site's data reach: instants in µs UTC, local midnights; BEGINNING where there is no end to it.

    accepted_from: events before it are refused. sealed_before: raw events before it are archived, and no figure before it changes.
    detailed_from: states before it are known by whole hours only. kept_from: before it nothing is known.
    """

    accepted_from: int = BEGINNING
    sealed_before: int = BEGINNING
    detailed_from: int = BEGINNING
    kept_from: int = BEGINNING

    def seals(self, start: int | None) -> bool:
        """Whether raw events of a window that begins at an instant, or with all there is, may be archived."""
        return self.sealed_before > BEGINNING and (start is None or start < self.sealed_before)


SINCE_EVER = Horizons()


def retention_from_json(value: object) -> Retention:
    """Days from their JSON object; those left out are None. Raises InvalidSettings."""
    fields = list(Retention.__dataclass_fields__)
    if not isinstance(value, dict):
        raise InvalidSettings(f"retention: must be an object with {', '.join(fields)}.")
    unknown = sorted(value.keys() - set(fields))
    if unknown:
        raise InvalidSettings(f"retention.{unknown[0]}: is not a field; known are {', '.join(fields)}.")
    found = Retention(**{name: _days(value.get(name), name) for name in fields})
    for (name, days), (longer_name, longer) in pairwise(zip(fields, astuple(found), strict=True)):
        if longer is not None and (days is None or longer < days):
            least = "null, as" if days is None else "null, or at least"
            raise InvalidSettings(f"retention.{longer_name}: must be {least} {name}, since events become intervals, and intervals sums.")
    return found


def _days(value: object, name: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or not 1 <= value <= _MOST_DAYS:
        raise InvalidSettings(f"retention.{name}: must be a whole number of days from 1 to {_MOST_DAYS:,}, or null to keep them for ever.")
    return int(value)


def retention_json(kept: Retention) -> Json:
    """Days as JSON."""
    return dict(zip(Retention.__dataclass_fields__, astuple(kept), strict=True))


def planned(kept: Retention, clock: LocalClock, now: int) -> Horizons:
    """Where the horizons belong at a moment (µs): at local midnights, that of rollups on a Monday, so that hours, days and weeks go together."""
    today = clock.day_of(now)

    def before(days: int | None, margin: int) -> int:
        return today - _MOST_DAYS if days is None else today - days - margin

    accepted = before(kept.raw_event_days, 0)
    sealed = before(kept.raw_event_days, MARGIN_DAYS)
    detailed = min(before(kept.interval_days, 0), sealed - MARGIN_DAYS)
    summed = min(before(kept.rollup_days, 0), detailed)
    monday = summed - (summed + _EPOCH_WEEKDAY) % 7
    limits = (kept.raw_event_days, kept.raw_event_days, kept.interval_days, kept.rollup_days)
    days = (accepted, sealed, detailed, monday)
    return Horizons(*(BEGINNING if limit is None else max(BEGINNING, clock.day_start(day)) for limit, day in zip(limits, days, strict=True)))


def accepted_behind(clock: LocalClock, seal: int) -> int:
    """The earliest that events may be accepted from, where history is sealed before an instant."""
    return BEGINNING if seal == BEGINNING else clock.day_start(clock.day_of(seal) + MARGIN_DAYS)


#: 1970-01-01 was a Thursday, the third day after a Monday.
_EPOCH_WEEKDAY = 3


def load_retention(connection: Connection, site_id: str) -> tuple[Retention, Horizons] | None:
    """What a site keeps, and how far back it reaches; None where nobody has said anything."""
    return _read(connection, _selected().where(retention.c.site_id == site_id)).get(site_id)


def all_retention(connection: Connection) -> dict[str, tuple[Retention, Horizons]]:
    """The same of all sites where anybody has, by id."""
    return _read(connection, _selected())


def _selected() -> Select[Any]:
    reached = [micros(retention.c[name]) for name in Horizons.__dataclass_fields__]
    return select(retention.c.site_id, *(retention.c[name] for name in Retention.__dataclass_fields__), *reached)


def _read(connection: Connection, rows: Select[Any]) -> dict[str, tuple[Retention, Horizons]]:
    return {row[0]: (Retention(*row[1:4]), Horizons(*(BEGINNING if at is None else at for at in row[4:]))) for row in connection.execute(rows)}


def store_retention(connection: Connection, site_id: str, kept: Retention) -> None:
    """Note for how long a site keeps what; how far that has come stays as it is."""
    put(connection, retention, {"site_id": site_id}, retention_json(kept))


def move_horizons(connection: Connection, site_id: str, **reached: int) -> None:
    """Note how far it has come; instants by the names of Horizons."""
    connection.execute(update(retention).where(retention.c.site_id == site_id).values(**reached))


def first_day(rules: SiteRules, horizon: int) -> date:
    """The local date that begins at a horizon."""
    return date_of(rules.clock.day_of(horizon))
