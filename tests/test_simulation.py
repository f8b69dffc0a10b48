"""The simulated factory: the same whenever it is asked for, believable, and with faults that are worth looking at."""

import hashlib
import json
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import groupby, pairwise

import pytest
from http_api import NOW, Api
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core
from metrics_harness import rules_of
from strategies import CHANGES, sites

from ingest.simulation.crews import Stay, next_stay, stays
from ingest.simulation.deliveries import Delivery, Json, deliveries
from ingest.simulation.faults import LONGEST_REPEAT, LONGEST_WAY, hour
from ingest.simulation.plan import CAMERA_IDS, MOST_STATIONS, MOST_WORKERS, STATION_IDS, WORKER_IDS, Plan
from ingest.simulation.playing import Pace, as_sent, pieces
from ingest.simulation.registration import entries, missing
from ingest.simulation.story import HEARTBEAT, LENGTHS, story
from metrics.schedule import Break, SettingsVersion, Shift, SiteRules, build
from metrics.units import DAY, HOUR, MINUTE, SECOND, to_micros

PLAN = Plan()
NO_SHIFTS = SiteRules("Europe/Berlin")
DAY_SHIFT = SiteRules("Europe/Berlin", (SettingsVersion(shifts=(Shift(8 * 60, 17 * 60, frozenset(range(5)), "day", (Break(12 * 60, 13 * 60),)),)),))
END = to_micros(NOW)
PINNED = "7699d47d437824ab9af39243b9feb09de39270dc3f9167b6472b7cb302470508"

plans = st.builds(Plan, st.sampled_from(["main", "north"]), st.integers(0, 5), st.integers(1, 7), st.integers(3, 5), st.integers(1, 3))
moments = st.sampled_from(sorted({day for days in CHANGES.values() for day in days})).flatmap(
    lambda day: st.integers(-2 * DAY, 3 * DAY).map(lambda shift: at(f"{day}T00:00:00Z") + shift)
)


@cache
def of_a_day(rules: SiteRules = NO_SHIFTS) -> list[Delivery]:
    """What is sent in a day that has ended."""
    return deliveries(PLAN, rules, END - DAY, END)


def events(sent: list[Delivery], *, again: bool = False) -> list[Json]:
    return [event for delivery in sent if delivery.again == again for event in delivery.events]


def at(text: str) -> int:
    return to_micros(datetime.fromisoformat(text))


def by_worker(sent: list[Delivery]) -> dict[str, list[Json]]:
    found = defaultdict(list)
    for event in sorted(events(sent), key=lambda event: event["timestamp"]):
        found[event["worker_id"]].append(event)
    return found


def test_repeatable() -> None:
    sent = of_a_day()
    story.cache_clear()
    hour.cache_clear()
    assert deliveries(replace(PLAN), NO_SHIFTS, END - DAY, END) == sent
    # Pinned: who starts again after an upgrade, or from another process, must not tell the same hour anew.
    told = json.dumps([event for delivery in sent for event in delivery.events])
    assert hashlib.sha256(told.encode()).hexdigest() == PINNED


@given(plans, sites(), moments, st.lists(st.integers(0, 6 * HOUR), max_size=3))
@core(15)
def test_the_pieces_are_the_whole(plan: Plan, site: dict, start: int, cuts: list[int]) -> None:
    """Somebody who asks every second is told what somebody is told who asks once."""
    rules = rules_of(site)
    bounds = [start, *sorted(start + cut for cut in cuts), start + 6 * HOUR]
    whole = deliveries(plan, rules, start, start + 6 * HOUR)
    assert [delivery for low, high in pairwise(bounds) for delivery in deliveries(plan, rules, low, high)] == whole
    assert all(start <= delivery.moment < start + 6 * HOUR for delivery in whole)


def test_cuts_beside_what_is_late() -> None:
    """A second look begins or ends just where a late batch, or one that comes again, is sent."""
    whole = [delivery for delivery in of_a_day() if delivery.moment >= END - 8 * HOUR]
    late = [delivery.moment for delivery in whole if delivery.again or delivery.moment - at(delivery.events[0]["timestamp"]) > MINUTE]
    assert len(late) > 30
    bounds = sorted({END - 8 * HOUR, END, *late, *(moment + 1 for moment in late)})
    assert [delivery for low, high in pairwise(bounds) for delivery in deliveries(PLAN, NO_SHIFTS, low, high)] == whole


@given(plans, sites(), moments)
@core(20)
def test_nothing_is_told_before_it_happens_and_nobody_is_twice_at_once(plan: Plan, site: dict, start: int) -> None:
    sent = deliveries(plan, rules_of(site), start, start + 10 * HOUR)
    for delivery in sent:
        times = [at(event["timestamp"]) for event in delivery.events]
        assert times == sorted(times)
        assert 0 < delivery.moment - times[-1] <= delivery.moment - times[0] <= LONGEST_WAY + LONGEST_REPEAT
        assert delivery.camera_id in CAMERA_IDS[: plan.cameras]
    for own in by_worker(sent).values():
        assert all(earlier["timestamp"] < later["timestamp"] for earlier, later in pairwise(own))
    ids = [event["event_id"] for event in events(sent)]
    assert len(set(ids)) == len(ids)


@given(plans, sites(), moments)
@core(50)
def test_work_keeps_to_the_shifts(plan: Plan, site: dict, start: int) -> None:
    rules = rules_of(site)
    found = stays(plan, rules, start, start + DAY)
    spans = build(rules, start, start + DAY).spans
    bounds = list(zip(spans["start"].tolist(), spans["end"].tolist(), strict=True))
    for stay in found:
        assert stay.start < start + DAY and stay.end > start
        assert not rules.has_schedule or any(low == stay.start and stay.end <= high for low, high in bounds)
    for earlier, later in pairwise(found):
        assert earlier.worker < later.worker or (earlier.worker == later.worker and earlier.end <= later.start)


def test_the_shifts_of_a_day_share_the_workers() -> None:
    early, late = Shift(6 * 60, 14 * 60, frozenset({0, 1})), Shift(14 * 60, 22 * 60)
    rules = SiteRules("UTC", (SettingsVersion(shifts=(early, late)),))
    monday = at("2026-11-16T00:00:00Z")
    crews = [Counter(stay.start for stay in stays(PLAN, rules, day, day + DAY)) for day in (monday, monday + 2 * DAY)]
    assert crews[0] == {monday + 6 * HOUR: 9, monday + 14 * HOUR: 9}
    assert crews[1] == {monday + 2 * DAY + 14 * HOUR: 18}  # on Wednesday there is one shift for all of them


def test_shifts_that_overlap_are_not_worked_twice() -> None:
    """Around the clock from Monday, and from Tuesday noon: who came first goes when the next stay begins."""
    rules = SiteRules("UTC", (SettingsVersion(shifts=(Shift(8 * 60, 8 * 60, frozenset({0})), Shift(0, 12 * 60, frozenset({1})))),))
    monday = at("2026-11-16T00:00:00Z")
    own = [stay for stay in stays(PLAN, rules, monday, monday + 2 * DAY) if stay.worker == 0]
    assert own == [Stay(0, monday + 8 * HOUR, monday + DAY), Stay(0, monday + DAY, monday + 36 * HOUR)]


def test_without_shifts_somebody_is_always_at_work() -> None:
    for quarter in range(96):
        now = END - DAY + quarter * 15 * MINUTE
        assert len(stays(PLAN, NO_SHIFTS, now, now + 1)) == PLAN.workers // 3


@pytest.mark.parametrize(
    ("now", "comes"),
    [
        ("2026-11-20T06:59:00Z", "2026-11-20T07:00:00Z"),  # Berlin is an hour ahead
        ("2026-11-20T11:30:00Z", "2026-11-20T12:00:00Z"),  # lunch
        ("2026-11-20T16:30:00Z", "2026-11-23T07:00:00Z"),  # over the weekend
    ],
)
def test_when_somebody_comes(now: str, comes: str) -> None:
    assert stays(PLAN, DAY_SHIFT, at(now), at(now) + 1) == []
    assert next_stay(PLAN, DAY_SHIFT, at(now)) == at(comes)


def test_nobody_ever_comes() -> None:
    long_ago = SettingsVersion(exceptions=((datetime(2020, 1, 1).date(), (Shift(8 * 60, 17 * 60),)),))
    assert next_stay(PLAN, SiteRules("UTC", (long_ago,)), END) is None


def test_stories_are_believable() -> None:
    seen = Counter()
    for worker in range(PLAN.workers):
        stay = Stay(worker, END, END + 8 * HOUR)
        told = story(PLAN, stay)
        assert stay.start <= told[0].at <= stay.start + 3 * MINUTE
        assert stay.end - 2 * MINUTE <= told[-1].at <= stay.end
        assert told[-1].event_type == "absent"
        assert all(moment.at % 1_000 == 0 and 0.75 <= moment.confidence <= 0.99 for moment in told)
        assert all((moment.count > 0) == (moment.event_type == "product_count") for moment in told)
        for earlier, later in pairwise(told):
            if earlier.event_type != "absent":
                assert 0 < later.at - earlier.at <= (HEARTBEAT[1] + 1) * SECOND
        # Units are finished by somebody at work; a stretch at another station is another stretch.
        states = [
            (list(group), key) for key, group in groupby(told, key=lambda moment: (moment.event_type.replace("product_count", "working"), moment.station))
        ]
        for (moments_, (state, station)), (following, _) in pairwise(states):
            length = (following[0].at - moments_[0].at) / MINUTE
            assert moments_[0].event_type == state
            assert LENGTHS[state][0] <= length <= LENGTHS[state][1] or following[0] is told[-1] or (state == "absent" and following[0].event_type == "absent")
            seen[state] += 1
            seen["elsewhere"] += station != PLAN.all_workers[worker].home
    assert min(seen[kind] for kind in ("working", "idle", "absent", "elsewhere")) > 20


def test_a_longer_stay_begins_alike() -> None:
    shorter, longer = (story(PLAN, Stay(3, END, END + hours * HOUR)) for hours in (4, 8))
    assert shorter[:-1] == longer[: len(shorter) - 1]
    assert longer[len(shorter) - 1].at > shorter[-2].at


def test_units_come_at_the_pace_of_the_station() -> None:
    units, worked = Counter(), Counter()
    for worker in range(PLAN.workers):
        state = ""
        for earlier, later in pairwise(story(PLAN, Stay(worker, END, END + 8 * HOUR))):
            state = state if earlier.event_type == "product_count" else earlier.event_type
            worked[earlier.station] += later.at - earlier.at if state == "working" else 0
            units[earlier.station] += earlier.count
    for place, station in enumerate(PLAN.all_stations):
        assert units[place] / (worked[place] / HOUR) == pytest.approx(station.units_per_hour, rel=0.1)


def test_workers_differ() -> None:
    shares = []
    for worker in range(PLAN.workers):
        spent: Counter[str] = Counter()
        state = ""
        for earlier, later in pairwise(moment for day in range(5) for moment in story(PLAN, Stay(worker, END + day * DAY, END + day * DAY + 8 * HOUR))):
            state = state if earlier.event_type == "product_count" else earlier.event_type
            spent[state] += later.at - earlier.at
        shares.append(spent["working"] / (spent["working"] + spent["idle"]))
    assert 0.7 < min(shares) < max(shares) - 0.03 < 0.95


def test_another_seed_tells_another_story() -> None:
    others = (PLAN, Plan(seed=2), Plan("north"), Plan(workers=19))
    told = [{(event["worker_id"], event["timestamp"]) for event in events(deliveries(plan, NO_SHIFTS, END - HOUR, END))} for plan in others]
    for one, other in pairwise([*told, told[0]]):
        assert len(one & other) < 5


def test_cameras_fall_silent_and_send_it_all_later() -> None:
    late = [delivery for delivery in of_a_day() if delivery.moment - at(delivery.events[0]["timestamp"]) > 3 * MINUTE and not delivery.again]
    assert len(late) > 5
    assert max(len(delivery.events) for delivery in late) > 10
    silences = 0
    for place, camera in enumerate(PLAN.all_cameras):
        sent = [delivery.moment for delivery in of_a_day() if delivery.camera_id == camera.camera_id and not delivery.again]
        for number in range((END - DAY) // HOUR, END // HOUR):
            silent = hour(PLAN, place, number).silent
            if silent is not None:
                silences += 1
                assert number * HOUR <= silent.start < silent.end < (number + 1) * HOUR
                assert bisect_left(sent, silent.start) == bisect_left(sent, silent.end)
    assert silences > 10


def test_some_batches_come_twice() -> None:
    sent = of_a_day()
    firsts = {json.dumps(delivery.events): delivery.moment for delivery in sent if not delivery.again}
    again = [delivery for delivery in sent if delivery.again and delivery.moment > END - DAY + LONGEST_REPEAT]
    assert len(again) > 50
    assert all(0 < delivery.moment - firsts[json.dumps(delivery.events)] <= LONGEST_REPEAT for delivery in again)


def test_some_hours_have_poor_sight() -> None:
    blurred = [event for event in events(of_a_day()) if event["confidence"] < 0.55]
    assert 0.01 < len(blurred) / len(events(of_a_day())) < 0.2
    assert all(event["confidence"] >= 0.75 or 0.37 <= event["confidence"] <= 0.5 for event in events(of_a_day()))
    for event in blurred:
        moment, place = at(event["timestamp"]), CAMERA_IDS.index(event["camera_id"])
        span = hour(PLAN, place, moment // HOUR).blurred
        assert span is not None and span.start <= moment < span.end


def test_one_clock_is_wrong() -> None:
    skews = defaultdict(set)
    for delivery in of_a_day():
        if not delivery.again:
            skews[delivery.camera_id] |= {delivery.moment - at(event["sent_at"]) for event in delivery.events}
    assert all(len(found) == 1 for found in skews.values())
    sizes = sorted(abs(skew) / SECOND for found in skews.values() for skew in found)
    assert sizes[-2] <= 1.5 < 8 <= sizes[-1] <= 25


def test_who_and_what_there_is() -> None:
    most = Plan(workers=MOST_WORKERS, stations=MOST_STATIONS, cameras=MOST_STATIONS)
    for plan in (PLAN, most, Plan(workers=1, stations=1, cameras=1)):
        assert [worker.worker_id for worker in plan.all_workers] == [*WORKER_IDS[: plan.workers]]
        assert [station.station_id for station in plan.all_stations] == [*STATION_IDS[: plan.stations]]
        assert [camera.camera_id for camera in plan.all_cameras] == [*CAMERA_IDS[: plan.cameras]]
        assert len({worker.name for worker in plan.all_workers}) == plan.workers
        assert len({station.name for station in plan.all_stations}) == plan.stations
        assert [station for camera in plan.all_cameras for station in camera.station_ids] == [*STATION_IDS[: plan.stations]]
    assert {station.type for station in PLAN.all_stations} == {"assembly", "inspection", "packaging"}
    for event in events(of_a_day()):
        assert event["workstation_id"] in PLAN.all_cameras[CAMERA_IDS.index(event["camera_id"])].station_ids


def test_what_is_registered() -> None:
    everything = entries(PLAN)
    assert missing(PLAN, []) == everything
    assert missing(PLAN, [(entry.kind, entry.id) for entry in everything[3:]] + [("workers", "W1")]) == everything[:3]
    assert Counter(entry.kind for entry in everything) == {"workstations": 8, "workers": 18, "cameras": 4}


@pytest.mark.parametrize("rules", [NO_SHIFTS, DAY_SHIFT])
def test_the_server_takes_everything(api: Api, rules: SiteRules) -> None:
    """And what it makes of it is a factory in which people work most of the time."""
    sent = [event for delivery in of_a_day(rules) for event in delivery.events]
    distinct = {event["event_id"] for event in sent}
    answers = [api.post_batch(sent[start : start + 5_000]) for start in range(0, len(sent), 5_000)]
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json["success_count"] for answer in answers) == len(sent)
    assert sum(answer.json["duplicate_count"] for answer in answers) == len(sent) - len(distinct) > 0
    workers = api.metrics("workers").json
    assert len(workers) == PLAN.workers
    assert all(65 < row["utilization_percentage"] < 98 and row["units_per_hour"] > 10 for row in workers)
    assert [camera["station_ids"] for camera in api.get("/api/cameras").json] == [list(camera.station_ids) for camera in PLAN.all_cameras]


def test_another_site(api: Api) -> None:
    api.put("/api/sites/north", {})
    api.take_in(events(deliveries(Plan("north"), NO_SHIFTS, END - HOUR, END)))
    assert {row[0] for row in api.stored()} == {"north"}


@pytest.mark.parametrize(
    ("speed", "since", "after", "reached"),
    [
        (1, 0, 0, 0),
        (1, 0, 5, 5),
        (1, 60, 0, 0),  # what has passed is due at once
        (1, 60, 5, 5),
        (10, 60, 0, -60),
        (10, 60, 3, -30),
        (10, 60, 6, 0),
        (10, 60, 7, 7),  # never ahead of time
        (2.5, 60, 8, -40),
        (10, 60, -1, -70),  # the clock was set back
    ],
)
def test_pace(speed: float, since: int, after: int, reached: int) -> None:
    assert Pace(END, END - since * SECOND, speed).reached(END + after * SECOND) == END + reached * SECOND


@given(st.floats(1, 10_000), st.integers(0, 10 * DAY), st.integers(0, 10 * DAY))
def test_no_pace_is_ahead_of_time(speed: float, since: int, after: int) -> None:
    pace = Pace(END, END - since, speed)
    assert END - since <= pace.reached(END + after) <= pace.reached(END + after + SECOND) <= END + after + SECOND
    assert pace.reached(END + after) <= END + after


@given(st.integers(0, 3 * HOUR), st.integers(-HOUR, 3 * HOUR))
def test_pieces(start: int, length: int) -> None:
    found = list(pieces(start, start + length))
    assert sum(high - low for low, high in found) == max(0, length)
    assert all(0 < high - low <= 10 * MINUTE for low, high in found)
    assert all(earlier[1] == later[0] for earlier, later in pairwise(found))


def test_what_is_sent_later_does_not_say_when() -> None:
    delivery = next(delivery for delivery in of_a_day() if len(delivery.events) > 1)
    assert as_sent(delivery, delivery.moment + 5 * SECOND) == list(delivery.events)
    assert as_sent(delivery, delivery.moment + 6 * SECOND) == [{name: value for name, value in event.items() if name != "sent_at"} for event in delivery.events]
