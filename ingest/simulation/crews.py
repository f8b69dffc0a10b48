"""Who works when: the workers dealt out to the shifts of the site; without any, to three that go around the clock."""

from collections import defaultdict
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from ingest.simulation.plan import Plan
from metrics.schedule import SHIFTS_A_DAY, SettingsVersion, Shift, SiteRules, build
from metrics.units import DAY, HOUR

_AROUND_THE_CLOCK = SettingsVersion(shifts=(Shift(6 * 60, 14 * 60), Shift(14 * 60, 22 * 60), Shift(22 * 60, 6 * 60)))


class Stay(NamedTuple):
    """A stretch without a break in which a worker (by place) is at work: `[start, end)`, µs UTC."""

    worker: int
    start: int
    end: int


def stays(plan: Plan, rules: SiteRules, start: int, end: int) -> list[Stay]:
    """Who is at work in `[start, end)` (µs UTC), each stay whole; by worker, then time. No two of a worker overlap."""
    days = range(start // DAY, (end - 1) // DAY + 1)
    found = {stay for day in days for stay in _of_day(plan, rules, day) if stay.end > start and stay.start < end}
    return sorted(found)


def next_stay(plan: Plan, rules: SiteRules, now: int) -> int | None:
    """When the next worker comes (µs UTC); None if nobody does within a week."""
    return min((stay.start for stay in stays(plan, rules, now, now + 7 * DAY) if stay.start > now), default=None)


@lru_cache(maxsize=64)
def _of_day(plan: Plan, rules: SiteRules, day: int) -> list[Stay]:
    """The stays that touch a day of UTC."""
    by_worker: dict[int, list[Stay]] = defaultdict(list)
    for stay in _as_scheduled(plan, rules, day * DAY, (day + 1) * DAY):
        by_worker[stay.worker].append(stay)
    return [stay for own in by_worker.values() for stay in _apart(sorted(own)) if stay.end > day * DAY and stay.start < (day + 1) * DAY]


def _as_scheduled(plan: Plan, rules: SiteRules, start: int, end: int) -> list[Stay]:
    """The spans around a stretch of time, each with the crew of its shift: the shifts of a day share the workers evenly."""
    schedule = build(rules if rules.has_schedule else SiteRules(rules.timezone, (_AROUND_THE_CLOCK,)), start, end)
    of_day: dict[int, list[int]] = defaultdict(list)
    for shift in schedule.shifts["shift"].tolist():
        of_day[shift // SHIFTS_A_DAY].append(shift)
    found = []
    for shift, begins, ends in zip(*(schedule.spans[name].tolist() for name in ("shift", "start", "end")), strict=True):
        shifts = of_day[shift // SHIFTS_A_DAY]
        crew = (worker for worker in range(plan.workers) if shifts[worker * len(shifts) // plan.workers] == shift)
        found += [Stay(worker, begins, ends) for worker in crew]
    return found


def _apart(own: list[Stay]) -> list[Stay]:
    """One worker's stays, each ending at the latest when the next one begins; what is left must be worth coming for."""
    beyond = Stay(0, own[-1].end + HOUR, 0)
    cut = [stay._replace(end=min(stay.end, following.start)) for stay, following in pairwise([*own, beyond])]
    return [stay for stay in cut if stay.end - stay.start >= HOUR // 4]
