"""Percentiles of samples, and rates that were measured in turns."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from statistics import fmean, median
from typing import TypeVar

_Piece = TypeVar("_Piece")


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` percent of the samples don't exceed (the nearest-rank method)."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


@dataclass(frozen=True)
class Turns:
    """Rates of the project and of a limit, measured in turns: limit, project, limit, project, limit.

    A machine whose speed drifts changes both alike, so each rate of the project is held against the two limits around it.
    """

    own: Sequence[float]
    limits: Sequence[float]

    @property
    def value(self) -> float:
        """The project's median rate."""
        return median(self.own)

    @property
    def limit(self) -> float:
        """The limit's median rate."""
        return median(self.limits)

    @property
    def ratio(self) -> float:
        """The median of the ratios of each turn."""
        return median(self.ratios)

    @property
    def ratios(self) -> list[float]:
        """The ratio of each turn."""
        return [own / fmean(around) for own, around in zip(self.own, zip(self.limits, self.limits[1:], strict=False), strict=True)]

    @property
    def interval(self) -> tuple[float, float]:
        """What holds the true median of the ratios in 95 of 100 runs: two of the ratios themselves (a sign test's interval)."""
        ordered, outside = sorted(self.ratios), 0
        while 2 * sum(comb(len(ordered), below) for below in range(outside + 1)) <= 0.05 * 2 ** len(ordered):
            outside += 1
        return ordered[max(0, outside - 1)], ordered[-max(1, outside)]


def in_turns(pieces: Sequence[_Piece], own: Callable[[_Piece], float], limit: Callable[[_Piece], float]) -> Turns:
    """Rates of both on the same pieces of work; the last piece is the limit's alone."""
    owns, limits = [], []
    for number, piece in enumerate(pieces, start=1):
        limits.append(limit(piece))
        if number < len(pieces):
            owns.append(own(piece))
    return Turns(owns, limits)
