"""From one worker's events to state intervals and attended shifts: rules 2, 3 and 5."""

from dataclasses import dataclass

from .events import Event
from .moments import HOUR
from .schedule import Shift, Span, span_of
from .segments import Segment, common, length, union


@dataclass(frozen=True)
class Interval:
    """One worker in one state at one workstation, half-open."""

    worker: str
    station: str | None
    state: str
    start: int
    end: int


@dataclass(frozen=True)
class Observation:
    """An event, the state after it, the limits that hold from it on, and the same worker's next event."""

    event: Event
    state: str | None
    station: str | None
    timeout: int | None
    span: Span | None
    following: Event | None
    following_span: Span | None


@dataclass(frozen=True)
class Surroundings:
    """What a worker's events are read in: the site's shifts, its scheduled time and the clock of rule 4."""

    has_schedule: bool
    shifts: list[Shift]
    scheduled: list[Segment]
    clock: int
    as_of: bool


def observations(events: list[Event], timeouts: dict[Event, int | None], shifts: list[Shift]) -> list[Observation]:
    """One worker's visible events in the order of rule 2, each with the state after it."""
    ordered = sorted(events, key=Event.order)
    spans = [span_of(event.instant, shifts) for event in ordered]
    seen: list[Observation] = []
    state, station = None, None
    for n, event in enumerate(ordered):
        if event.type != "product_count":
            state, station = event.type, event.station
        elif state == "absent":
            state, station = None, None
        last = n + 1 == len(ordered)
        seen.append(Observation(event, state, station, timeouts[event], spans[n], None if last else ordered[n + 1], None if last else spans[n + 1]))
    return seen


def intervals_and_attendance(seen: list[Observation], around: Surroundings) -> tuple[list[Interval], list[Shift]]:
    """One worker's intervals and the shifts that the worker attends, which only working and idle decide."""
    busy = [(o, _reach(o, around, [])) for o in seen if o.state in ("working", "idle")]
    attended = attended_shifts(union([segment for _, segments in busy for segment in segments]), around.shifts)
    away = [(o, _on_schedule(_reach(o, around, attended), around)) for o in seen if o.state == "absent"]
    found = [Interval(o.event.worker, o.station, o.state, start, end) for o, segments in busy + away for start, end in segments]
    return merged(found), attended


def attended_shifts(occupied: list[Segment], shifts: list[Shift]) -> list[Shift]:
    """The shifts of which working and idle cover at least an hour."""
    return [shift for shift in shifts if length(common(occupied, list(shift.spans))) >= HOUR]


def _on_schedule(absence: list[Segment], around: Surroundings) -> list[Segment]:
    """Lunch is no absence: at a site with a schedule absent counts inside scheduled time only."""
    return common(absence, around.scheduled) if around.has_schedule else absence


def _reach(o: Observation, around: Surroundings, attended: list[Shift]) -> list[Segment]:
    """When the state after an observation holds, before absent is cut to scheduled time; working and idle ask nothing of `attended`."""
    held = o.state == "absent" and o.span is not None and o.span.shift in attended
    if o.following is None:
        return _held_open(o, around) if held else _open(o, around)
    if _seen_again(o, around):
        return _between(o)
    if held:
        return common([(o.event.instant, o.following.instant)], list(o.span.shift.spans))
    return []


def _seen_again(o: Observation, around: Surroundings) -> bool:
    overtime = around.has_schedule and (o.span is None or o.following_span is None)
    return _within(o.following.instant - o.event.instant, o.timeout, overtime)


def _within(gap: int, timeout: int | None, overtime: bool) -> bool:
    return (timeout is None or gap <= timeout) and (not overtime or gap <= HOUR)


def _between(o: Observation) -> list[Segment]:
    """What counts between two observations that are near enough."""
    here, there = o.span, o.following_span
    whole = union([(o.event.instant, o.following.instant)])
    if here is None or there is None or here == there:
        return whole
    if here.shift == there.shift:
        return common(whole, list(here.shift.spans))
    return common(whole, union([(here.start, here.end), (there.start, there.end)]))


def _held_open(o: Observation, around: Surroundings) -> list[Segment]:
    """A last absent in an attended shift: rule 5, first case."""
    end_of_shift = o.span.shift.spans[-1][1]
    if not around.as_of and around.clock < end_of_shift:
        return []
    return common([(o.event.instant, min(around.clock, end_of_shift))], list(o.span.shift.spans))


def _open(o: Observation, around: Surroundings) -> list[Segment]:
    """Any other last state: rule 5, second case."""
    overtime = around.has_schedule and o.span is None
    if not around.as_of or not _within(around.clock - o.event.instant, o.timeout, overtime):
        return []
    whole = union([(o.event.instant, around.clock)])
    return whole if o.span is None else common(whole, list(o.span.shift.spans))


def merged(intervals: list[Interval]) -> list[Interval]:
    """The intervals in the order of time, equal neighbours made one."""
    joined: list[Interval] = []
    for one in sorted(intervals, key=lambda i: (i.worker, i.start, i.end)):
        last = joined[-1] if joined else None
        if last and (last.worker, last.station, last.state, last.end) == (one.worker, one.station, one.state, one.start):
            joined[-1] = Interval(one.worker, one.station, one.state, last.start, one.end)
        else:
            joined.append(one)
    return joined
