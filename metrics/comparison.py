"""Figures of several sites beside one another: of those that tell them together, and who is first."""

from collections.abc import Collection, Sequence

from metrics.kpis import FACTORY_FIGURES, Row, factory_figures, plain
from metrics.totals import FactorySums, Totals

#: Figures of scheduled time: sites without a schedule have no part in them.
OF_SCHEDULES = frozenset(name for name, sums in FACTORY_FIGURES.items() if "tracked" in sums)


def together(sites: Sequence[Totals | FactorySums], told: Sequence[Collection[str]]) -> tuple[Row, dict[str, int]]:
    """The factory's figures over those sites that tell them (metrics.md "Over several sites"), and of how many sites each is.

    sites: sums over windows of one bucket. told: of each site, the names of the figures that it tells. What no site tells is None.
    """
    figures: Row = {}
    counted: dict[str, int] = {}
    by_sites: dict[tuple[int, ...], Row] = {}
    for name in FACTORY_FIGURES:
        telling = tuple(place for place, names in enumerate(told) if name in names)
        if telling not in by_sites:
            by_sites[telling] = _sum([sites[place] for place in telling])
        figures[name] = by_sites[telling][name]
        counted[name] = sum(1 for place in telling if name not in OF_SCHEDULES or sites[place].is_tracked)
    return figures, counted


def _sum(sites: Sequence[Totals | FactorySums]) -> Row:
    if not sites:
        return dict.fromkeys(FACTORY_FIGURES)
    return {name: plain(figure)[0][0] for name, figure in factory_figures(sites).items()}


def ranks(values: Sequence[float | None], *, most_first: bool = True) -> list[int | None]:
    """The place of each value, from 1: equal ones share a place, and the next one is as many places further down. What doesn't exist has none.

    87.5  90.0  None  87.5  60.0      2  1  None  2  4
    """
    known = sorted((value for value in values if value is not None), reverse=most_first)
    return [None if value is None else known.index(value) + 1 for value in values]


def best(values: Sequence[float | None], *, most_first: bool = True) -> float | None:
    """The value that is first; None where there is none."""
    known = [value for value in values if value is not None]
    return (max if most_first else min)(known, default=None)
