"""What hurts the figures, in words, the worst first: from facts about a site's data to sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from components.wording import count, day_clock, duration, listing, number
from data_layer.quality import CameraQuality, Quality, Tally

Level = Literal["lost", "wrong", "note"]

#: lost: figures lack something. wrong: they may be off. note: nothing is, but somebody should look.
LEVELS: tuple[Level, ...] = ("lost", "wrong", "note")

#: Coverage below this is worth a word (%).
GOOD_COVERAGE = 90.0
_CLOCK_OFF_SECONDS = 5.0
#: Shares of a camera's events from which on they are worth a word.
_MUCH_UNSURE, _MUCH_TWICE, _MUCH_LATE = 0.05, 0.01, 0.01
_MOST_STATIONS, _MOST_NAMED = 3, 2

#: Who sent something, and what it came to.
Source = tuple[str, Tally]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of the window, as in docs/metrics.md; percentage None where nobody knows it."""

    percentage: float | None = None
    tracked_hours: float | None = None
    no_signal_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that hurts. cost: what it costs, in words. hours, events: the same as numbers, by which findings are ordered."""

    level: Level
    what: str
    cost: str
    hours: float = 0.0
    events: int = 0


def findings(quality: Quality, coverage: Coverage, names: Mapping[str, str], now: datetime) -> list[Finding]:
    """What hurts the figures, the worst first; empty where nothing does. names: of stations, by id. now: on the site's clock.

    Silent cameras are told one by one, each with what it costs; what several do alike is told once.
    """
    heard = [(_who(camera), camera.tally) for camera in quality.cameras]
    all_events = [*heard, ("events without a camera", quality.without_camera)]
    found = [*_coverage(coverage), *_quarantine(quality), *_unsure(all_events), *_clocks(quality.cameras), *_twice(all_events), *_late(heard)]
    found += [finding for camera in quality.cameras for finding in _silence(camera, names, now)]
    return sorted(found, key=lambda one: (LEVELS.index(one.level), -one.hours, -one.events, one.what))


def _who(camera: CameraQuality) -> str:
    """ "camera C3"; a name stands in quotes, since it may hold a comma."""
    return f"camera “{camera.name}”" if camera.name else f"camera {camera.camera_id}"


def _coverage(coverage: Coverage) -> Iterator[Finding]:
    if coverage.percentage is not None and coverage.percentage < GOOD_COVERAGE:
        lost = coverage.no_signal_hours or 0.0
        cost = f"{number(lost, 1)} of {number(coverage.tracked_hours, 1)} tracked hours without a signal"
        yield Finding("lost", f"Coverage is {number(coverage.percentage, 1)} %", cost, lost)


def _quarantine(quality: Quality) -> Iterator[Finding]:
    waiting = quality.refusals.open
    if waiting:
        amount = (
            f"{number(waiting)} or more refused payloads wait" if quality.refusals.more else count(waiting, "refused payload waits", "refused payloads wait")
        )
        yield Finding("lost", f"{amount} in the quarantine", "what was refused is in no figure", events=waiting)


def _silence(camera: CameraQuality, names: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    lapse = camera.lapse
    if lapse is None:
        return
    since = "has never sent anything" if lapse.since is None else f"silent since {day_clock(lapse.since.astimezone(now.tzinfo), now.date())}"
    what = _opening(f"{_who(camera)} {since}")
    if lapse.unseen:
        yield Finding("lost", what, _unseen(lapse.unseen, names), sum(lost for _, lost in lapse.unseen))
    else:
        yield Finding("note", what, "its stations are reported by others" if camera.station_ids else "nobody knows which stations it sees")


def _unseen(stations: tuple[tuple[str, float], ...], names: Mapping[str, str]) -> str:
    """ "1.4 h of S3 unseen"; of several stations, how long together."""
    shown = listing([names.get(station_id, station_id) for station_id, _ in stations], _MOST_STATIONS)
    together = "" if len(stations) == 1 else " together"
    return f"{number(sum(lost for _, lost in stations), 1)} h of {shown} unseen{together}"


def _unsure(sources: Sequence[Source]) -> Iterator[Finding]:
    found = _with_much("low_confidence", sources, _MUCH_UNSURE)
    if found:
        cost = f"{_share('low_confidence', found)} below the minimum confidence, in no figure"
        yield Finding("lost", _opening(f"{_named(found)} unsure"), cost, events=_sum("low_confidence", found))


def _clocks(cameras: Sequence[CameraQuality]) -> Iterator[Finding]:
    off = [(_who(camera), camera.skew_seconds) for camera in cameras if abs(camera.skew_seconds or 0.0) > _CLOCK_OFF_SECONDS]
    off.sort(key=lambda one: -abs(one[1] or 0.0))
    if not off:
        return
    worst = off[0][1] or 0.0
    direction = f"{seconds(abs(worst))} {'behind' if worst > 0 else 'ahead'}"
    if len(off) > 1:
        cost = "their times are wrong by as much, unless their events take long to arrive"
        yield Finding("wrong", f"Clocks of {_listed([who for who, _ in off])} off, by up to {direction}", cost)
    elif worst > 0:
        yield Finding("wrong", f"Clock of {off[0][0]} {direction}", "its times are too early by as much, unless its events take that long to arrive")
    else:
        yield Finding("wrong", f"Clock of {off[0][0]} {direction}", "its times are too late by as much")


def _twice(sources: Sequence[Source]) -> Iterator[Finding]:
    found = _with_much("possible_duplicates", sources, _MUCH_TWICE)
    if found:
        cost = f"{_share('possible_duplicates', found)} of the same second, worker and station as another"
        yield Finding("wrong", _opening(f"{_named(found)} may report twice"), cost, events=_sum("possible_duplicates", found))


def _late(sources: Sequence[Source]) -> Iterator[Finding]:
    found = _with_much("late", sources, _MUCH_LATE)
    if found:
        delay = seconds(max(tally.longest_delay_seconds for _, tally in found))
        cost = f"{_share('late', found)} received over a minute after their time, up to {delay}; live figures lacked them until then"
        yield Finding("note", _opening(f"{_named(found)} late"), cost, events=_sum("late", found))


def _with_much(what: str, sources: Sequence[Source], share: float) -> list[Source]:
    """The sources of whose events at least that share is so, most of them first."""
    found = [(who, tally) for who, tally in sources if getattr(tally, what) and getattr(tally, what) >= share * tally.events]
    return sorted(found, key=lambda source: -getattr(source[1], what))


def _sum(what: str, sources: Sequence[Source]) -> int:
    return sum(getattr(tally, what) for _, tally in sources)


def _share(what: str, sources: Sequence[Source]) -> str:
    """ "38 of 1,780 events (2.1 %)"."""
    some, events = _sum(what, sources), _sum("events", sources)
    percentage = some / events * 100
    return f"{number(some)} of {count(events, 'event')} ({number(percentage, 0 if percentage >= 10 else 1)} %)"


def _named(sources: Sequence[Source]) -> str:
    return _listed([who for who, _ in sources])


def _listed(names: list[str]) -> str:
    """ "camera C1", "camera C1 and camera C2", "camera C1, camera C2 and 3 more"."""
    return " and ".join(names) if len(names) <= _MOST_NAMED else listing(names, _MOST_NAMED)


def _opening(sentence: str) -> str:
    """With a capital letter; an id within it stays as it is."""
    return sentence[0].upper() + sentence[1:]


def seconds(length: float) -> str:
    """ "0.4 s", "37 s", "2 h 10"."""
    if length >= 120:
        return duration(timedelta(seconds=length))
    return f"{number(length, 0 if length >= 10 else 1)} s"
