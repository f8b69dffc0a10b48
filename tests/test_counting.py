"""Units and events by hour are those of the events, whatever the refresher remembers of the rounds before."""

from collections.abc import Iterator

import pytest
from metrics_harness import SiteUnderTest, site_under_test

from data_layer import catching_up, tables
from data_layer.catching_up import catch_up
from data_layer.counting import HourCounts
from data_layer.frames import Frames


def made(clock: str, worker: str = "W2", units: int = 1, station: str = "S2") -> dict:
    return {"timestamp": f"2026-01-15T{clock}Z", "worker_id": worker, "workstation_id": station, "event_type": "product_count", "count": units}


@pytest.fixture
def site() -> Iterator[SiteUnderTest]:
    with site_under_test() as found:
        yield found


def outputs(site: SiteUnderTest) -> dict[tuple[int, str], tuple[int, int]]:
    """Units and events by hour of the day and worker."""
    return {(row[0].hour, row[1]): row[3:5] for row in site.rows(tables.outputs.hours)}  # type: ignore[attr-defined,misc]


def post(site: SiteUnderTest, *events: dict) -> None:
    site.post(events)
    site.catch_up()


def test_only_what_was_touched_is_counted_again(site, monkeypatch):
    asked: list[int] = []
    real = Frames.outputs_by_cell
    monkeypatch.setattr(
        Frames, "outputs_by_cell", lambda self, ranges, *rest: asked.append(sum(high - low for low, high in ranges)) or real(self, ranges, *rest)
    )
    post(site, made("08:10:00"), made("08:40:05"))
    asked.clear()
    post(site, made("08:40:07", units=3))
    post(site, made("08:12:00", units=5), made("08:12:11"))
    assert [length // 1_000_000 for length in asked] == [10, 20]
    assert outputs(site) == {(8, "W2"): (11, 5)}


def test_who_is_new_shifts_the_numbers_of_the_others(site):
    post(site, made("08:10:00", units=4))
    post(site, made("08:40:00", "W1", 2, "S1"))
    post(site, made("08:50:00", "W0", 1))
    assert outputs(site) == {(8, "W0"): (1, 1), (8, "W1"): (2, 1), (8, "W2"): (4, 1)}


def test_hours_before_the_ones_remembered_are_counted_on_their_own(site):
    post(site, made("10:10:00"))
    post(site, made("05:10:00", units=2))
    post(site, made("10:20:00", units=3))
    post(site, made("05:20:00"), made("10:30:00"))
    assert outputs(site) == {(5, "W2"): (3, 2), (10, "W2"): (5, 3)}


def test_what_another_refresher_has_seen_to_is_forgotten(site):
    post(site, made("08:10:00"))
    site.post([made("08:10:01", units=7)])
    catch_up(site.database, site.site_id, counts=HourCounts())
    post(site, made("08:40:00"))
    assert outputs(site) == {(8, "W2"): (9, 3)}


def test_what_another_refresher_saw_to_meanwhile_is_forgotten(site, monkeypatch):
    post(site, made("08:10:00"))
    real, others = catching_up.refresh, [made("08:10:01", units=7)]

    def meanwhile(*arguments: object) -> object:
        found = real(*arguments)
        if others:
            site.post([others.pop()])
            catch_up(site.database, site.site_id, counts=HourCounts())
        return found

    monkeypatch.setattr(catching_up, "refresh", meanwhile)
    post(site, made("08:40:00"))
    post(site, made("08:50:00"))
    assert outputs(site) == {(8, "W2"): (10, 4)}


def test_events_below_a_new_threshold_are_no_longer_counted(site):
    post(site, {**made("08:10:00", units=6), "confidence": 0.4}, made("08:20:00"))
    site.put({"min_confidence": 0.5})
    post(site, made("08:40:00"))
    assert outputs(site) == {(8, "W2"): (2, 2)}
