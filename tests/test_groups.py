"""Hours told of groups: nobody can be worked out, however answers are added and subtracted."""

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_layer.groups import Crowd, is_told, parted
from metrics.columns import columns
from metrics.units import HOUR
from metrics.window import Filters, resolve


def people(first: int, count: int) -> set[int]:
    return set(range(first, first + count))


@pytest.mark.parametrize(
    ("seen", "groups"),
    [
        ({}, []),
        ({1: people(1, 4)}, []),
        ({1: people(1, 5)}, [{1}]),
        ({1: people(1, 2), 2: people(3, 3)}, [{1, 2}]),
        # The two at station 3 would be the whole less the others.
        ({1: people(1, 7), 2: people(8, 5), 3: people(13, 2)}, [{1}, {2, 3}]),
        ({1: people(1, 5), 2: people(6, 1)}, [{1, 2}]),
        ({1: people(1, 6), 2: people(7, 3), 3: people(10, 2)}, [{1}, {2, 3}]),
        # Who was at two stations is one person.
        ({1: people(1, 3), 2: people(1, 3)}, []),
    ],
)
def test_stations_are_parted(seen: dict[int, set[int]], groups: list[set[int]]) -> None:
    assert [set(group) for group in parted(seen, 5)] == groups


stations = st.dictionaries(st.integers(1, 5), st.sets(st.integers(1, 14), min_size=1), max_size=5)


def subsets(of: list[int]) -> list[frozenset[int]]:
    return [frozenset(some) for some in chain.from_iterable(combinations(of, size) for size in range(1, len(of) + 1))]


def spanned(vector: list[int], by: list[list[int]]) -> bool:
    """Whether a vector is a sum of multiples of others."""

    def rank(rows: list[list[int]]) -> int:
        return int(np.linalg.matrix_rank(np.array(rows or [[0] * len(vector)])))

    return rank(by) == rank([*by, vector])


@given(stations, st.integers(2, 6))
def test_no_arithmetic_tells_of_fewer(seen: dict[int, set[int]], smallest: int) -> None:
    """Whoever asks for all that is told, and adds and subtracts it, gets no sum of stations with fewer people."""
    known = sorted(seen)
    groups = parted(seen, smallest)
    told = [some for some in subsets(known) if groups and is_told(groups, some)]
    answers = [[int(station in some) for station in known] for some in told]
    for some in subsets(known):
        if spanned([int(station in some) for station in known], answers):
            assert len(set().union(*(seen[station] for station in some))) >= smallest


@given(stations, st.integers(2, 6))
def test_everything_together_is_told_of_enough(seen: dict[int, set[int]], smallest: int) -> None:
    everybody = set().union(*seen.values())
    assert bool(parted(seen, smallest)) == (len(everybody) >= smallest)


# Hours of a window

FIVE = [(0, 1, worker) for worker in range(1, 6)]


def crowd(*rows: tuple[int, int, int], others: tuple[int, ...] = ()) -> Crowd:
    """Four hours from the epoch. rows: hour, station, worker."""
    hour, station, worker = zip(*rows, strict=True) if rows else ((), (), ())
    return Crowd(columns(at=[number * HOUR for number in range(5)])["at"], columns(hour=hour, station=station, worker=worker), columns(hour=others)["hour"])


def told(of: Crowd, *edges: float, clock: float = 4, stations: frozenset[int] | None = None) -> tuple[list[tuple[float, float]], list[int], list[int]]:
    """Hours of a window with these edges that are told; of each bucket, how many are, and are not."""
    window = resolve([int(edge * HOUR) for edge in edges], int(clock * HOUR), Filters())
    found = of.told(window, stations, 5)
    spans = [(start / HOUR, end / HOUR) for start, end in zip(found.parts["start"].tolist(), found.parts["end"].tolist(), strict=True)]
    return spans, found.counted.tolist(), found.left_out.tolist()


@pytest.mark.parametrize(
    ("edges", "clock", "spans", "counted", "left_out"),
    [
        ((0, 4), 4, [(0, 4)], [1], [0]),
        # An hour that is cut, or not over, is left out whole.
        ((0.5, 4), 4, [(1, 4)], [0], [1]),
        ((0, 0.5), 4, [], [0], [1]),
        ((0, 4), 0.9, [], [0], [1]),
        ((0, 1, 4), 4, [(0, 1), (1, 4)], [1, 0], [0, 0]),
        ((1, 3), 4, [(1, 3)], [0], [0]),
        ((4, 9), 4, [], [0], [0]),
    ],
)
def test_whole_hours_are_told(edges: tuple[float, ...], clock: float, spans: list, counted: list[int], left_out: list[int]) -> None:
    assert told(crowd(*FIVE), *edges, clock=clock) == (spans, counted, left_out)


def test_hours_of_few_are_left_out() -> None:
    assert told(crowd(*FIVE, (1, 1, 1), (1, 2, 2)), 0, 4) == ([(0, 1), (2, 4)], [1], [1])


def test_what_somebody_did_not_at_work_is_nothing_to_tell_alone() -> None:
    assert told(crowd(*FIVE, others=(0, 2)), 0, 4) == ([(0, 2), (3, 4)], [1], [1])


def test_a_station_is_told_where_it_is_a_group() -> None:
    seen = crowd(*FIVE, *((1, 1, worker) for worker in range(1, 6)), (1, 2, 9))
    assert told(seen, 0, 4, stations=frozenset({1})) == ([(0, 1), (2, 4)], [1], [1])
    assert told(seen, 0, 4, stations=frozenset({2})) == ([(0, 1), (2, 4)], [0], [1])
    assert told(seen, 0, 4, stations=frozenset({1, 2})) == ([(0, 4)], [2], [0])
