"""The comparison of all sites by one figure, and all their figures side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State

from callbacks import compare_course
from callbacks.compare_words import alone, made, notes, why_missing, words
from callbacks.context import Context
from callbacks.live import live
from callbacks.many_sites import Before, before, called, compared, each_site
from callbacks.sentence import time_shown
from callbacks.site_words import told_by
from components import ids
from components.compare_charts import bars_figure, bars_px
from components.compare_page import compare_class
from components.compare_table import Cell, Line, beside, difference, with_unit
from components.kpi_card import Kpi
from components.leaf import Leaf
from components.site_figures import COUNTS, FIGURES, RATIOS, figure_of
from components.sites_page import overview_of
from components.wording import NO_DATA, number
from data_layer.comparison import Comparison
from data_layer.query import Row
from metrics.comparison import best, ranks

ALL_SITES = "All sites"
OUTPUTS: dict[str, Any] = {
    "page": Leaf(ids.COMPARE, "className"),
    "words": Leaf(ids.COMPARE_WORDS, "children"),
    "alone": Leaf(ids.COMPARE_ALONE, "children"),
    "ranking": Output(ids.COMPARE_RANKING, "data"),
    "ranking_title": Leaf(ids.COMPARE_RANKING_TITLE, "children"),
    "bars": Output(ids.COMPARE_BARS, "figure"),
    "bars_style": Output(ids.COMPARE_BARS, "style"),
    "bars_title": Leaf(ids.COMPARE_BARS_TITLE, "children"),
    "figures": Output(ids.COMPARE_FIGURES, "data"),
    "notes": Leaf(ids.COMPARE_NOTES, "children"),
    "made": Leaf(ids.COMPARE_MADE, "children"),
}


def register(app: Dash, services: Any) -> None:
    """Fill the page; the browser draws its tables, keeps the choice of the figure in the address, and prints."""
    live(app, services, name="compare", page="compare", outputs=OUTPUTS)(compare)
    compare_course.register(app, services)
    _draw(app, ids.COMPARE_RANKING, ids.COMPARE_RANKING_ROWS)
    _draw(app, ids.COMPARE_FIGURES, ids.COMPARE_FIGURES_ROWS)
    app.clientside_callback(
        _function("chooseMetric"),
        Output(ids.COMPARE_METRIC, "value"),
        Output(ids.COMPARE_CSV, "href"),
        Input(ids.FILTERS, "data"),
        Input(ids.COMPARE_METRIC, "value"),
    )
    app.clientside_callback(_function("print"), Input(ids.COMPARE_PRINT, "n_clicks"), prevent_initial_call=True)


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction(namespace="sites", function_name=name)


def _draw(app: Dash, store: str, body: str) -> None:
    app.clientside_callback(_function("drawLines"), Input(store, "data"), State(body, "id"))


@dataclass(frozen=True)
class Ranked:
    """The sites in the order of one figure, those without it last. looks: by name."""

    looks: Sequence[Context]
    found: Comparison
    kpi: Kpi

    @cached_property
    def values(self) -> list[float | None]:
        """The figure at each site, in the order of the looks."""
        return [row[self.kpi.field] for row in self.found.rows]

    @cached_property
    def ranks(self) -> list[int | None]:
        """Their ranks: by what is better, or else by what is more."""
        return ranks(self.values, most_first=self.kpi.better >= 0)

    @property
    def order(self) -> list[int]:
        """The places of the looks by rank."""
        return sorted(range(len(self.looks)), key=lambda place: (self.ranks[place] is None, self.ranks[place] or 0))

    @property
    def best(self) -> float | None:
        """The best figure; None where neither more nor less is better."""
        return best(self.values, most_first=self.kpi.better > 0) if self.kpi.better else None

    def told(self, place: int) -> str:
        """By whom the figures at a site are told, if not by this server itself; else nothing."""
        told = self.found.remote[place]
        return "" if told is None else told_by(self.looks[place], told)

    def path(self, place: int) -> str:
        """The address of a site's overview, where this server has it."""
        return overview_of(self.looks[place].site.site_id) if self.found.remote[place] is None else ""

    @property
    def together(self) -> float | None:
        """The figure over all sites."""
        found: float | None = self.found.together[self.kpi.field]
        return found


def ranked(context: Context) -> Ranked:
    """All sites, ranked by the figure that the address names."""
    looks = each_site(context)
    return Ranked(looks, compared(looks), figure_of(context.asked.metric))


def compare(context: Context) -> dict[str, Any]:
    """Tables, bars and words; where there is one site alone, a word on what to do."""
    of = ranked(context)
    if len(of.looks) < 2:
        return {"page": compare_class(alone=True), "alone": alone()}
    earlier = before(of.looks, of.found)
    bars = [(called(of.looks[place]), of.values[place]) for place in of.order]
    return {
        "page": compare_class(alone=False),
        "words": words(context, len(of.looks)),
        "ranking": [line.drawn() for line in ranking(of, earlier)],
        "ranking_title": f"Ranking by {of.kpi.label.lower()}",
        "bars": bars_figure(of.kpi, bars, of.together if of.kpi.field in RATIOS else None, theme=context.theme),
        "bars_style": {"height": f"{bars_px(len(bars))}px"},
        "bars_title": f"{of.kpi.label} by site",
        "figures": [line.drawn() for line in figures(of, earlier)],
        "notes": notes(of.looks, of.found),
        "made": made(context, len(of.looks)),
    }


def ranking(of: Ranked, earlier: Before) -> list[Line]:
    """A line a site in the order of its rank, and one of all of them."""
    kpi, lines = of.kpi, []
    for place in of.order:
        one, value = of.looks[place], of.values[place]
        previous = earlier.rows.get(one.site.site_id, {}).get(kpi.field)
        cells = [Cell(with_unit(kpi, value)), difference(kpi, value, previous), against_best(of, value), against_all(of, value)]
        lines.append(Line(one.site.site_id, of.ranks[place], called(one), of.told(place), of.path(place), cells))
    together = [Cell(with_unit(kpi, of.together), of_how_many(of, kpi)), difference(kpi, of.together, earlier.together.get(kpi.field)), Cell(""), Cell("")]
    return [*lines, Line("", None, ALL_SITES, "", "", together)]


def against_best(of: Ranked, value: float | None) -> Cell:
    """How far a site is from the best one."""
    if of.best is not None and value == of.best:
        return Cell("best")
    return difference(of.kpi, value, of.best)


def against_all(of: Ranked, value: float | None) -> Cell:
    """How far a ratio is from that of all sites; of a sum, its share in it."""
    if of.kpi.field in RATIOS:
        return difference(of.kpi, value, of.together)
    return Cell(f"{number(100 * value / of.together, 1)} % of all" if value is not None and of.together else NO_DATA)


def figures(of: Ranked, earlier: Before) -> list[Line]:
    """All figures of each site with their change, and those of all sites together."""
    lines = []
    for place in of.order:
        one, row = of.looks[place], of.found.rows[place]
        cells, about = _cells(row, earlier.rows.get(one.site.site_id, {})), " · ".join(filter(None, [one.zone.key, time_shown(one), of.told(place)]))
        lines.append(Line(one.site.site_id, of.ranks[place], called(one), about, of.path(place), cells))
    together = _cells(of.found.together, earlier.together)
    partly = [
        Cell(cell.text, of_how_many(of, kpi) or cell.beside, cell.judged if not of_how_many(of, kpi) else "")
        for kpi, cell in zip(FIGURES, together, strict=False)
    ]
    return [*lines, Line("", None, ALL_SITES, "", "", [*partly, *together[len(FIGURES) :]])]


def _cells(row: Row, previous: Row) -> list[Cell]:
    changing = [beside(kpi, row[kpi.field], previous.get(kpi.field)) for kpi in FIGURES]
    return [*changing, *(Cell(with_unit(kpi, row[kpi.field])) for kpi in COUNTS)]


def compared_rows(of: Ranked) -> list[Row]:
    """The comparison as rows of raw numbers, in the order of the ranks, the last one of all sites: for files."""
    rows = []
    for place in of.order:
        one = of.looks[place]
        time = {"from": one.window.start, "to": one.window.end or one.now}
        told = {"note": "; ".join(filter(None, [of.told(place), why_missing(one, of.found, place)]))}
        rows.append({**of.found.rows[place], "name": called(one), "timezone": one.zone.key, **time, "rank": of.ranks[place], **told})
    partly = [f"{kpi.field}: {of_how_many(of, kpi)}" for kpi in FIGURES if of_how_many(of, kpi)]
    no_site = dict.fromkeys(("site_id", "timezone", "from", "to", "rank"))
    return [*rows, {**no_site, **of.found.together, "name": ALL_SITES, "note": "; ".join(partly)}]


def of_how_many(of: Ranked, kpi: Kpi) -> str:
    """ "2 of 3 sites", where not all sites tell a figure."""
    many = of.found.counted[kpi.field]
    return "" if many in (0, len(of.looks)) else f"{number(many)} of {number(len(of.looks))} sites"
