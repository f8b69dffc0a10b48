"""The metrics' single functions: the algebra of segments and columns against sets and dictionaries, gaps by table, exact units."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.columns import Columns, changes, columns, concat, empty, look_up, member, order_by, sum_by
from metrics.intervals import seen_again
from metrics.kpis import hours, percentage, plain, ratio
from metrics.segments import clip, clip_to_own, length, nonempty, segments, union
from metrics.units import FOREVER, HOUR, MINUTE, SECOND, to_datetime, to_micros

many = settings(max_examples=300, deadline=None)


def array(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def rows(frame: Columns, *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(frame[name].tolist() for name in names or frame.names), strict=True))


# Segments, against sets of integers

numbers = st.integers(0, 24)
frames = st.lists(st.tuples(st.integers(0, 2), numbers, numbers)).map(
    lambda found: columns(key=[key for key, _, _ in found], start=[start for _, start, _ in found], end=[end for _, _, end in found])
)


def points(frame: Columns) -> dict[int, list[int]]:
    """By key: every integer in every row, as often as rows hold it."""
    found: dict[int, list[int]] = {}
    for key, start, end in rows(frame, "key", "start", "end"):
        found.setdefault(key, []).extend(range(start, end))
    return {key: sorted(inside) for key, inside in found.items() if inside}


def as_sets(frame: Columns) -> dict[int, list[int]]:
    return {key: sorted(set(inside)) for key, inside in points(frame).items()}


def valid(frame: Columns) -> Columns:
    """Rows with their ends in order; empty ones may be among them."""
    return frame.assign(start=np.minimum(frame["start"], frame["end"]), end=np.maximum(frame["start"], frame["end"]))


@many
@given(frames)
def test_union_holds_each_point_once(frame):
    found = union(nonempty(valid(frame)), ["key"])
    assert points(found) == as_sets(valid(frame))
    ordered = rows(found, "key", "start", "end")
    assert ordered == sorted(ordered)
    assert all(one[0] != following[0] or one[2] < following[1] for one, following in pairwise(ordered))


@many
@given(frames)
def test_union_without_groups(frame):
    found = union(nonempty(valid(frame).assign(key=0)))
    assert found.names == ["start", "end"]
    assert points(found.assign(key=0)) == as_sets(valid(frame).assign(key=0))


def test_union_of_distant_groups_does_not_overflow():
    """Groups are lifted above one another in one pass, unless that many microseconds are more than an integer holds."""
    frame = columns(key=range(2_000), start=[0, 5] * 1_000, end=[FOREVER, 7] * 1_000)
    assert rows(union(frame, ["key"])) == rows(frame)
    together = concat([frame, columns(key=[0, 1], start=[3, 6], end=[4, FOREVER])])
    assert rows(union(together, ["key"]))[:2] == [(0, 0, FOREVER), (1, 5, FOREVER)]


@many
@given(frames, frames)
def test_clip_keeps_what_lies_in_segments(frame, others):
    frame = valid(frame).assign(number=np.arange(len(frame)))
    cut = union(nonempty(valid(others)))
    inside = {at for start, end in rows(cut) for at in range(start, end)}
    found = clip(frame, cut["start"], cut["end"])
    by_row = frame.assign(key=frame["number"])
    assert points(found.assign(key=found["number"])) == {key: kept for key, own in points(by_row).items() if (kept := [at for at in own if at in inside])}
    for start, end, segment in rows(found, "start", "end", "segment"):
        assert cut["start"][segment] <= start < end <= cut["end"][segment]
    assert rows(found, "key", "number") == [rows(frame, "key", "number")[number] for number in found["number"].tolist()]


@many
@given(frames, frames)
def test_clip_to_own_keeps_what_lies_in_segments_of_its_key(frame, others):
    frame = valid(frame).assign(number=np.arange(len(frame)))
    owned = union(nonempty(valid(others)), ["key"])
    mixed = owned.rows(np.arange(len(owned))[::-1])
    own = as_sets(owned)
    expected = {}
    for key, start, end, number in rows(frame, "key", "start", "end", "number"):
        if kept := [at for at in range(start, end) if at in own.get(key, [])]:
            expected[number] = kept
    found = clip_to_own(frame, mixed, "key")
    assert points(found.assign(key=found["number"])) == expected


def test_segments_and_lengths():
    assert length(segments([0, 5], [2, 9])) == 6
    assert length(segments([], [])) == 0
    assert len(union(segments([], []))) == 0
    assert len(clip(segments([], []), array(0), array(5))) == 0
    assert len(clip(segments([0], [5]), array(), array())) == 0


# Columns


@many
@given(frames)
def test_sum_by_adds_up_each_group(frame):
    expected: dict[int, int] = {}
    for key, start, _ in rows(frame):
        expected[key] = expected.get(key, 0) + start
    assert rows(sum_by(frame, ["key"], ["start"])) == sorted(expected.items())


@many
@given(frames)
def test_sum_by_several_columns(frame):
    expected: dict[tuple[int, int], int] = {}
    for key, start, end in rows(frame):
        expected[start, key] = expected.get((start, key), 0) + end
    assert rows(sum_by(frame, ["start", "key"], ["end"])) == [(*key, total) for key, total in sorted(expected.items())]


@many
@given(frames, frames)
def test_member_is_in(frame, keys):
    known = set(rows(keys, "key", "start"))
    assert member(frame, keys, ["key", "start"]).tolist() == [row in known for row in rows(frame, "key", "start")]


@many
@given(st.dictionaries(st.integers(-5, 20), st.integers(-9, 9)), st.lists(st.integers(-9, 25)))
def test_look_up_is_get(known, wanted):
    keys = sorted(known)
    assert look_up(array(*keys), array(*(known[key] for key in keys)), array(*wanted), default=77).tolist() == [known.get(key, 77) for key in wanted]


@many
@given(frames)
def test_order_is_stable_and_changes_begin_groups(frame):
    order = order_by(frame, ["key"])
    assert order.tolist() == sorted(range(len(frame)), key=lambda row: frame["key"][row])
    ordered = frame.rows(order)["key"].tolist()
    assert changes(frame.rows(order), ["key"]).tolist() == [row == 0 or ordered[row] != ordered[row - 1] for row in range(len(ordered))]


def test_columns_are_never_changed_in_place():
    frame = columns(a=[1, 2], b=[3, 4])
    assert frame.assign(a=0)["a"].tolist() == [0, 0]
    assert frame["a"].tolist() == [1, 2]
    assert concat([frame, frame.pick("b", "a")]).names == ["a", "b"]
    assert len(empty("a")) == 0


# Whether the time between two observations counts


@pytest.mark.parametrize(
    ("why", "event", "following", "timeout", "on_shift", "counts"),
    [
        ("near enough", "08:00:00", "09:00:00", HOUR, True, True),
        ("a microsecond too far", "08:00:00", "09:00:00.000001", HOUR, True, False),
        ("no time at all", "08:00:00", "08:00:00", SECOND, True, True),
        ("overtime, within the hour", "17:10:00", "18:10:00", 8 * HOUR, False, True),
        ("overtime, a microsecond later", "17:10:00", "18:10:00.000001", 8 * HOUR, False, False),
        ("overtime, later", "17:10:00", "18:11:00", 8 * HOUR, False, False),
        ("a short timeout rules overtime too", "17:10:00", "17:40:00", 10 * MINUTE, False, False),
        ("no limit", "08:00:00", "23:00:00", np.iinfo(np.int64).max, True, True),
        ("no limit, but overtime", "18:00:00", "23:00:00", np.iinfo(np.int64).max, False, False),
    ],
)
def test_seen_again(why, event, following, timeout, on_shift, counts):
    at, then = (to_micros(datetime.fromisoformat(f"2026-01-15T{text}+00:00")) for text in (event, following))
    assert seen_again(array(at), array(then), array(timeout), np.array([on_shift])).tolist() == [counts], why


# Units


def test_microseconds_are_exact():
    moment = datetime(2026, 1, 15, 10, 15, 0, 123_457, tzinfo=UTC)
    assert to_micros(moment) == 1_768_472_100_123_457
    assert to_datetime(to_micros(moment)) == moment
    assert to_micros(moment.astimezone(ZoneInfo("Asia/Kathmandu"))) == to_micros(moment)


def test_nothing_is_divided_by_nothing():
    assert plain(ratio(np.array([5, 3, 0]), np.array([0, 4, 0]))) == [None, 0.75, None]
    assert plain(percentage(np.array([1]), np.array([4]))) == [25.0]
    # Ten thousand workers in ten years; 100.0 times this, divided by this again, is more than 100.
    everything = np.array([7_000_000_000_000_000 + odd for odd in range(1, 2_000, 2)])
    assert (everything.astype(float) * 100.0 / everything > 100).any()
    assert set(plain(percentage(everything, everything))) == {100.0}
    assert plain(hours(np.array([90 * MINUTE]))) == [1.5]
    assert plain(np.array([[3, 4]])) == [[3, 4]]
