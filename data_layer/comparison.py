"""Several sites beside one another: the figures of each, and over all that show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data_layer.answer import Answer
from data_layer.elsewhere import Elsewhere
from data_layer.figures import factory_row
from data_layer.query import Row
from data_layer.shielding import withheld
from metrics.comparison import together
from metrics.kpis import FACTORY_FIGURES, factory_figures, plain
from metrics.totals import FactorySums, Totals


@dataclass(frozen=True, slots=True)
class Comparison:
    """rows: figures of each site, in the order of the questions; None is what it keeps back, or what doesn't exist. together: over all sites that
    show a figure. counted: by figure, how many these are. untold: of each site, what it keeps back. remote: what its own server told, where it has one."""

    rows: Sequence[Row]
    together: Row
    counted: Mapping[str, int]
    untold: Sequence[frozenset[str]]
    remote: Sequence[Elsewhere | None] = ()


def comparison(asked: Sequence[Answer | Elsewhere]) -> Comparison:
    """Figures of some sites, each in a window of its own; nothing is in the sums that the site's own row doesn't show."""
    found = [_of_own(one) if isinstance(one, Answer) else _of_remote(one) for one in asked]
    rows, totals, untold = [row for row, _, _ in found], [sums for _, sums, _ in found], [kept for _, _, kept in found]
    figures, counted = together(totals, [FACTORY_FIGURES.keys() - kept for kept in untold])
    numbers = {name: sum(row[name] for row in rows) for name in ("worker_count", "station_count")}
    return Comparison(rows, {**figures, **numbers}, counted, untold, [one if isinstance(one, Elsewhere) else None for one in asked])


def _of_own(answer: Answer) -> tuple[Row, Totals | FactorySums, frozenset[str]]:
    sums = answer.totals()
    return factory_row([answer], [sums]), sums, frozenset(withheld(answer, sums))


def _of_remote(told: Elsewhere) -> tuple[Row, Totals | FactorySums, frozenset[str]]:
    """As of a site of our own; what isn't told is None."""
    figures = {name: None if name in told.untold else plain(figure)[0][0] for name, figure in factory_figures([told.sums]).items()}
    row = {"site_id": told.site.site_id, **figures, "worker_count": told.account.worker_count, "station_count": told.account.station_count}
    return row, told.sums, told.untold
