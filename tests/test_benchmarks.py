"""The pure parts of the benchmarks: what they compute of samples, what they send, and that the raw loop stores what it is given."""

import json
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from benchmarks import report
from benchmarks.dataset import batches, encoded, history
from benchmarks.feed import batch
from benchmarks.figures import Figure
from benchmarks.publish import incomplete
from benchmarks.questions import LENGTHS, windows
from benchmarks.raw_limit import RawLimit
from benchmarks.statistics import Turns, in_turns, percentile
from data_layer.sqlite import sqlite_driver
from ingest.event import SiteRules
from ingest.parse import parse_batch
from metrics.units import to_micros


@pytest.mark.parametrize(
    ("samples", "share", "expected"),
    [([7.0], 50, 7.0), ([7.0], 99, 7.0), ([4.0, 1.0, 3.0, 2.0], 50, 2.0), (range(1, 101), 99, 99), (range(1, 102), 99, 100), ([1.0, 2.0], 100, 2.0)],
)
def test_a_percentile_is_one_of_the_samples(samples: Any, share: float, expected: float) -> None:
    assert percentile(samples, share) == expected


def test_the_limit_has_the_first_turn_and_the_last() -> None:
    order: list[str] = []

    def measured(who: str, rate: float) -> float:
        order.append(who)
        return rate

    turns = in_turns(["one", "two", "three"], lambda piece: measured(f"own {piece}", 5.0), lambda piece: measured(f"limit {piece}", 10.0))
    assert order == ["limit one", "own one", "limit two", "own two", "limit three"]
    assert (turns.value, turns.limit, turns.ratio) == (5.0, 10.0, 0.5)


def test_a_machine_that_slows_down_does_not_change_the_ratio() -> None:
    """Each rate is held against the mean of the limits before and after it."""
    turns = Turns(own=[75.0, 25.0, 10.0], limits=[100.0, 50.0, 0.0, 20.0])
    assert turns.ratio == 1.0
    assert turns.limit == 35.0
    assert turns.value == 25.0


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"value": 10.0}, None),
        ({"value": 10.0, "target": 10.0}, True),
        ({"value": 9.9, "target": 10.0}, False),
        ({"value": 9.9, "target": 10.0, "less_is_better": True}, True),
        ({"value": 10.1, "target": 10.0, "less_is_better": True}, False),
        ({"value": 10.0, "limit": 20.0, "target_ratio": 0.5}, True),
        ({"value": 10.0, "limit": 21.0, "target_ratio": 0.5}, False),
        ({"value": 10.0, "limit": 21.0, "target_ratio": 0.5, "paired": 0.6}, True),
        ({"value": 10.0, "target": 10.0, "limit": 21.0, "target_ratio": 0.5}, False),
        ({"value": 10.0, "limit": 201.0, "target_ratio": 0.05, "less_is_better": True}, True),
        ({"value": 10.0, "target_ratio": 0.5}, False),
    ],
)
def test_a_figure_meets_all_of_its_targets_or_none(what: dict[str, Any], expected: bool | None) -> None:
    figure = Figure("section", "what", unit="ms", **what)
    assert figure.met is expected
    assert Figure.from_json(json.loads(json.dumps(figure.as_json()))) == figure


def test_the_table_has_a_row_for_each_figure_but_the_details() -> None:
    figures = [
        Figure("batches", "of a thousand", 45_000.4, "events/s", limit=60_000, target=60_000, target_ratio=0.5, paired=0.73),
        Figure("batches", "fine", 1, "ms", detail=("fine",)),
        Figure("reading", "workers", 12.34, "ms", target=15, less_is_better=True),
        Figure("reading", "  beside DuckDB", 12.34, "ms", limit=1_234, target_ratio=0.05, less_is_better=True),
    ]
    assert [line.split("  ") and " ".join(line.split()) for line in report.table(figures).splitlines()] == [
        "what this project limit ratio target met",
        "─" * len(report.table(figures).splitlines()[1]),
        "of a thousand 45,000 events/s 60,000 events/s 0.73 ≥ 60,000 events/s, ≥ 0.5 of the limit NO",
        "",
        "workers 12.3 ms ≤ 15 ms yes",
        "beside DuckDB 12.3 ms 1,234 ms 0.01 ≤ 0.05 of the limit yes",
    ]


def test_each_window_is_asked_for_between_midnights_and_ragged() -> None:
    today = date(2026, 4, 2)
    found = windows(today)
    assert [window.days for window in found] == [days for days in LENGTHS.values() for _ in range(2)]
    for even, ragged in zip(found[::2], found[1::2], strict=True):
        # Local days: the clocks changed on 29 March.
        assert (even.end.date() - even.begin.date()).days == even.days
        assert {even.begin.time(), even.end.time()} == {time()}
        assert timedelta(0) < (ragged.end.replace(tzinfo=None) - ragged.begin.replace(tzinfo=None)) - timedelta(days=ragged.days) < timedelta(days=1)
        assert 0 not in (ragged.begin.minute, ragged.begin.second, ragged.end.minute, ragged.end.second)
        assert max(even.end, ragged.end).date() <= today
    assert found[0].query == "from=2026-04-01T00:00:00&to=2026-04-02T00:00:00"


@pytest.mark.parametrize("size", [100, 300, 1_000])
def test_what_is_fed_is_new_of_the_present_and_taken(size: int) -> None:
    begin, rate = datetime(2026, 1, 15, 8, tzinfo=UTC), 10
    moments = [begin + timedelta(seconds=number / rate) for number in range(3 * rate)]
    events = []
    for number, moment in enumerate(moments):
        parsed = parse_batch(batch(moment, number, size, rate), {"main": SiteRules("UTC")}, to_micros(moment))
        assert (len(parsed.events), parsed.rejected) == (size, [])
        assert to_micros(moment) - 1_000_000 // rate < parsed.events[0].timestamp
        assert parsed.events[-1].timestamp == to_micros(moment)
        events += parsed.events
    assert all(one.timestamp < other.timestamp for one, other in pairwise(events))
    assert len({event.worker_id for event in events}) == 100
    assert sum(event.event_type == "product_count" for event in events) == 300


def test_the_raw_loop_stores_every_event_once(tmp_path: Path) -> None:
    bodies = list(batches(encoded(history(1_000)), 100))
    with RawLimit(tmp_path / "raw.db") as raw:
        raw.insert(bodies, a_commit=3)
        raw.insert(bodies[:2])
    connection = sqlite_driver().connect(str(tmp_path / "raw.db"))
    assert connection.execute("SELECT count(*), count(DISTINCT worker_id), min(site_id) FROM events").fetchone() == (1_000, 100, "main")
    assert {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")} == {
        "ux_events_identity",
        "ux_events_client_id",
        "ix_events_time",
    }
    connection.close()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"only": None, "full": True, "failed": []}, None),
        ({"only": ["batches"], "full": True, "failed": []}, "no full run"),
        ({"only": None, "full": False, "failed": []}, "no full run"),
        ({"only": None, "full": True, "failed": ["pages"]}, "pages"),
    ],
)
def test_only_a_whole_run_is_published(options: dict[str, Any], expected: str | None) -> None:
    reason = incomplete({"options": options})
    assert reason is None if expected is None else expected in reason
