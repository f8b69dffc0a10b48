"""All that a site's events say before a window or a filter is looked at."""

from dataclasses import dataclass
from datetime import timedelta, tzinfo
from zoneinfo import ZoneInfo

from .events import Event, stored, visible
from .moments import local_day, parse
from .schedule import Shift, scheduled_time, shifts_of_days
from .segments import Segment
from .settings import Version, has_schedule, in_force, versions
from .state_intervals import Interval, Surroundings, intervals_and_attendance, observations


@dataclass(frozen=True)
class History:
    """A site's visible events with everything that follows from them at a clock; `clock` is None while nothing was seen and no as_of is given."""

    zone: tzinfo
    workers: list[str]
    stations: list[str]
    events: list[Event]
    first: int | None
    clock: int | None
    has_schedule: bool
    shifts: list[Shift]
    scheduled: list[Segment]
    intervals: dict[str, list[Interval]]
    attended: dict[str, list[Shift]]


def recount(site: dict, posted: list[dict], query: dict) -> History:
    """Read a site's settings and events; of the query only `from` and `as_of` matter here."""
    zone = ZoneInfo(site["timezone"])
    remaining = versions(site)
    accepted = stored(posted, zone)
    seen = visible(accepted, remaining, zone)
    instants = [event.instant for event in seen]
    as_of = [parse(query["as_of"], zone)] if query.get("as_of") else []
    given = [parse(query["from"], zone)] if query.get("from") else []
    clock = max(instants + as_of, default=None)
    shifts = _shifts(remaining, min(instants + given + as_of), clock, zone) if clock is not None else []
    around = Surroundings(has_schedule(remaining), shifts, scheduled_time(shifts), clock or 0, bool(as_of))
    workers = sorted({event.worker for event in accepted if event.worker is not None})
    lives = {worker: _life([event for event in seen if event.worker == worker], remaining, zone, around) for worker in workers}
    return History(
        zone=zone,
        workers=workers,
        # A station whose type is known was registered by hand, if no event did it.
        stations=sorted({event.station for event in accepted if event.station is not None} | set(site.get("stations") or {})),
        events=seen,
        first=min(instants, default=None),
        clock=clock,
        has_schedule=around.has_schedule,
        shifts=shifts,
        scheduled=around.scheduled,
        intervals={worker: intervals for worker, (intervals, _) in lives.items()},
        attended={worker: attended for worker, (_, attended) in lives.items()},
    )


def _shifts(remaining: list[Version], earliest: int, latest: int, zone: tzinfo) -> list[Shift]:
    """Every shift that can reach into the time between; a shift lasts into its next day at most."""
    return shifts_of_days(remaining, local_day(earliest, zone) - timedelta(days=2), local_day(latest, zone) + timedelta(days=1), zone)


def _life(events: list[Event], remaining: list[Version], zone: tzinfo, around: Surroundings) -> tuple[list[Interval], list[Shift]]:
    timeouts = {event: in_force(remaining, local_day(event.instant, zone)).signal_timeout for event in events}
    return intervals_and_attendance(observations(events, timeouts, around.shifts), around)
