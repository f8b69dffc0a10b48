"""What a worker does from coming to going: works, rests, goes away, helps at another station, finishes units.

            5–40 min       1–8 min           3–15 min
comes ──▶ working ──────▶ idle ──▶ working ──▶ absent ──▶ working (perhaps elsewhere) ──▶ … ──▶ absent
"""

from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import NamedTuple

from ingest.simulation.crews import Stay
from ingest.simulation.plan import Plan
from metrics.units import MINUTE, SECOND

WORKING, IDLE, ABSENT, PRODUCT_COUNT = "working", "idle", "absent", "product_count"

#: Minutes that a state lasts, at least and at most.
LENGTHS = {WORKING: (5.0, 40.0), IDLE: (1.0, 8.0), ABSENT: (3.0, 15.0)}
#: Seconds between two signals of somebody who is there.
HEARTBEAT = (20.0, 60.0)

_MILLISECOND = 1_000
_FOLLOWS = {WORKING: ((IDLE, 0.75), (ABSENT, 0.12), (WORKING, 0.13)), IDLE: ((WORKING, 0.9), (ABSENT, 0.1)), ABSENT: ((WORKING, 1.0),)}
_MOVES = {WORKING: 1.0, IDLE: 0.1, ABSENT: 0.3}  # how likely the next stretch of work is at another station, by what was before
_COMES_LATE, _LEAVES_EARLY = (0.0, 3.0), (0.0, 2.0)  # minutes


class Moment(NamedTuple):
    """What is to be seen of a worker at a moment (µs UTC, whole milliseconds). station: its place. count: units, 0 unless they are counted."""

    at: int
    event_type: str
    station: int
    count: int  # type: ignore[assignment]  # moments have counts; that tuples can count is of no use here
    confidence: float


@lru_cache(maxsize=512)
def story(plan: Plan, stay: Stay) -> tuple[Moment, ...]:
    """A worker's moments during a stay, in order of time, no two at once. A stay that ends later begins with the same ones."""
    chance = plan.chance("story", stay.worker, stay.start)
    at, leaves = stay.start + _minutes(chance, _COMES_LATE), stay.end - _minutes(chance, _LEAVES_EARLY)
    worker = plan.all_workers[stay.worker]
    state, station = WORKING, worker.home
    told: list[Moment] = []
    while at < leaves:
        until = at + _length(chance, state, worker.stamina)
        told += (moment for moment in _stretch(plan, chance, state, station, at, until) if moment.at < leaves)
        following = _drawn(chance, _FOLLOWS[state])
        if following == WORKING and chance.random() < _MOVES[state]:
            station = _elsewhere(plan, chance, station, worker.home)
        state, at = following, until
    told.append(Moment(leaves, ABSENT, station, 0, _confidence(chance)))
    return tuple(told)


def _stretch(plan: Plan, chance: Random, state: str, station: int, start: int, end: int) -> Iterator[Moment]:
    """A state's beginning, then what is seen again and again; nobody sends signals of somebody who is away."""
    yield Moment(start, state, station, 0, _confidence(chance))
    if state == ABSENT:
        return
    per_micro = plan.all_stations[station].units_per_hour * chance.uniform(0.85, 1.15) / (60 * MINUTE)
    since, begun = start, chance.random()  # a piece was in work already
    for at in _heartbeats(chance, start, end):
        begun += (at - since) * per_micro
        since, finished = at, int(begun) if state == WORKING else 0
        begun -= finished
        yield Moment(at, PRODUCT_COUNT if finished else state, station, finished, _confidence(chance))


def _heartbeats(chance: Random, start: int, end: int) -> Iterator[int]:
    at = start + _seconds(chance, HEARTBEAT)
    while at < end - SECOND:
        yield at
        at += _seconds(chance, HEARTBEAT)


def _elsewhere(plan: Plan, chance: Random, station: int, home: int) -> int:
    """Back home, or to a neighbour of it."""
    if station != home:
        return home
    return (home + chance.choice((-1, 1))) % plan.stations


def _length(chance: Random, state: str, stamina: float) -> int:
    shortest, longest = LENGTHS[state]
    usual = stamina if state == WORKING else 0.3
    return _whole(chance.triangular(shortest, longest, shortest + (longest - shortest) * usual) * MINUTE)


def _drawn(chance: Random, possible: tuple[tuple[str, float], ...]) -> str:
    return chance.choices([state for state, _ in possible], [weight for _, weight in possible])[0]


def _confidence(chance: Random) -> float:
    return round(chance.uniform(0.75, 0.99), 2)


def _minutes(chance: Random, bounds: tuple[float, float]) -> int:
    return _whole(chance.uniform(*bounds) * MINUTE)


def _seconds(chance: Random, bounds: tuple[float, float]) -> int:
    return _whole(chance.uniform(*bounds) * SECOND)


def _whole(micros: float) -> int:
    """Whole milliseconds, as cameras report time."""
    return round(micros / _MILLISECOND) * _MILLISECOND
