"""Several sites beside one another: the figures of each, and over all that show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data_layer.answer import Answer
from data_layer.figures import factory_row
from data_layer.query import Row
from data_layer.shielding import withheld
from metrics.comparison import together
from metrics.kpis import FACTORY_FIGURES


@dataclass(frozen=True, slots=True)
class Comparison:
    """rows: figures of each site, in the order of the questions; None is what it keeps back, or what doesn't exist. together: over all sites that
    show a figure. counted: by figure, how many these are. untold: of each site, what it keeps back."""

    rows: Sequence[Row]
    together: Row
    counted: Mapping[str, int]
    untold: Sequence[frozenset[str]]


def comparison(answers: Sequence[Answer]) -> Comparison:
    """Figures of some sites, each in a window of its own; nothing is in the sums that the site's own row doesn't show."""
    totals = [answer.totals() for answer in answers]
    untold = [frozenset(withheld(answer, sums)) for answer, sums in zip(answers, totals, strict=True)]
    rows = [factory_row([answer], [sums]) for answer, sums in zip(answers, totals, strict=True)]
    figures, counted = together(totals, [FACTORY_FIGURES.keys() - kept for kept in untold])
    numbers = {name: sum(row[name] for row in rows) for name in ("worker_count", "station_count")}
    return Comparison(rows, {**figures, **numbers}, counted, untold)
