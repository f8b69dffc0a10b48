"""Events of a window counted by camera, as far back as they are few enough to be counted while somebody waits.

No index holds a site's events in order of time; one holds each worker's. Counting them costs about 1 µs an event (measured), so a
window that holds more than MOST_EVENTS is counted over its latest stretch only:

    ├───────────── window ──────────┼─ stretch ─┤
"""

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import CTE, BigInteger, ColumnElement, Connection, Join, and_, case, cast, func, literal, not_, select, union_all

from data_layer.portable import quotient
from data_layer.sql import look_up_in, visible
from data_layer.tables import events, workers
from data_layer.types import micros
from metrics.schedule import SiteRules
from metrics.units import DAY, HOUR, MINUTE, SECOND

MOST_EVENTS = 40_000
#: Received so long after its timestamp, an event is late.
LATE_AFTER = MINUTE
#: Lengths that a stretch may have if the whole window holds too much.
_LENGTHS = (365 * DAY, 90 * DAY, 30 * DAY, 7 * DAY, 2 * DAY, DAY, 12 * HOUR, 6 * HOUR, 3 * HOUR, HOUR, 15 * MINUTE, 5 * MINUTE, MINUTE)


@dataclass(frozen=True, slots=True)
class Counts:
    """What some events come to; times in µs UTC, None where there are no events.

    late: received more than LATE_AFTER after their timestamp; longest_delay: of these, µs. low_confidence: below the site's minimum.
    possible_duplicates: of the same second, worker and station, beyond the first one; events that name no worker are nobody's
    duplicates. first, last: timestamps. received: when the last one came.
    """

    events: int = 0
    late: int = 0
    longest_delay: int = 0
    low_confidence: int = 0
    possible_duplicates: int = 0
    first: int | None = None
    last: int | None = None
    received: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was counted: `[start, end)` in µs. whole: whether it is all of the window."""

    start: int
    end: int
    whole: bool


@dataclass(frozen=True)
class Counted:
    """All events of a site in a window `[start, end)` (µs)."""

    connection: Connection
    site_id: str
    rules: SiteRules
    start: int
    end: int

    @cached_property
    def stretch(self) -> Stretch:
        """All of the window, or the longest of the lengths whose events are few enough; the shortest in any case."""
        begins = [self.start, *(self.end - length for length in _LENGTHS if length < self.end - self.start)]
        fitting = bisect_left(begins[:-1], True, key=self._fits)
        return Stretch(begins[fitting], self.end, whole=fitting == 0)

    def by_camera(self) -> dict[str | None, Counts]:
        """Counts of the stretch's events, by camera; None for events without one."""
        at, received = micros(events.c.timestamp), micros(events.c.created_at)
        late = received - at > LATE_AFTER
        columns = [
            events.c.camera_id,
            func.count().label("events"),
            cast(func.sum(case((late, 1), else_=0)), BigInteger).label("late"),
            func.max(case((late, received - at), else_=0)).label("longest_delay"),
            cast(func.sum(case((not_(visible(self.rules)), 1), else_=0)), BigInteger).label("low_confidence"),
            func.min(at, type_=BigInteger).label("first"),
            func.max(at, type_=BigInteger).label("last"),
            func.max(received, type_=BigInteger).label("received"),
        ]
        rows = self.connection.execute(select(*columns).select_from(self._found()).group_by(events.c.camera_id)).mappings()
        found = {row["camera_id"]: {name: value for name, value in row.items() if name != "camera_id"} for row in rows}
        again = self._possible_duplicates()
        return {camera: Counts(**counts, possible_duplicates=again.get(camera, 0)) for camera, counts in found.items()}

    def last_by_station(self) -> dict[str, int]:
        """The stretch's last event at each station, whoever reported it (µs)."""
        last = func.max(micros(events.c.timestamp), type_=BigInteger)
        rows = self.connection.execute(select(events.c.station_id, last).select_from(self._found()).group_by(events.c.station_id))
        return {station: at for station, at in rows if station}

    def _possible_duplicates(self) -> dict[str | None, int]:
        """By the camera that came after another event of the same second, worker and station; such seconds are found in the index alone."""
        at = micros(events.c.timestamp)
        second = quotient(at, SECOND)
        keys = [events.c.worker_id, second.label("second"), events.c.station_id]
        found = self._found(someone=True)
        twice = select(*keys).select_from(found).group_by(*keys).having(func.count() > 1).cte("twice")
        own = and_(self._of(twice.c.worker_id, self.stretch.start), second == twice.c.second, events.c.station_id == twice.c.station_id)
        # The index goes by time, not by second.
        within = and_(own, at >= twice.c.second * SECOND, at < (twice.c.second + 1) * SECOND)
        place = func.row_number().over(partition_by=[twice.c.worker_id, twice.c.second, twice.c.station_id], order_by=[at.asc(), events.c.event_id])
        placed = select(events.c.camera_id, place.label("place")).select_from(look_up_in(twice, events, within)).subquery()
        counted = select(placed.c.camera_id, func.count()).where(placed.c.place > 1).group_by(placed.c.camera_id)
        return {row[0]: row[1] for row in self.connection.execute(counted)}

    def _found(self, *, someone: bool = False) -> Join:
        people = self._people(someone=someone)
        return look_up_in(people, events, self._of(people.c.worker, self.stretch.start))

    def _fits(self, begin: int) -> bool:
        people = self._people()
        some = select(literal(1)).select_from(look_up_in(people, events, self._of(people.c.worker, begin))).limit(MOST_EVENTS + 1)
        return (self.connection.scalar(select(func.count()).select_from(some.subquery())) or 0) <= MOST_EVENTS

    def _people(self, *, someone: bool = False) -> CTE:
        """The site's workers, and unless it must be someone '' for events without one."""
        registered = select(workers.c.worker_id.label("worker")).where(workers.c.site_id == self.site_id)
        return registered.cte("people") if someone else union_all(registered, select(literal(""))).cte("people")

    def _of(self, worker: ColumnElement[str], begin: int) -> ColumnElement[bool]:
        at = micros(events.c.timestamp)
        return and_(events.c.site_id == self.site_id, events.c.worker_id == worker, at >= begin, at < self.end)
