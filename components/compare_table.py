"""The tables of the comparison: the ranking by one figure, and all figures of all sites. Plain tables, so that they can be printed whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from components import ids
from components.kpi_card import Kpi, judgement
from components.site_figures import COUNTS, FIGURES
from components.wording import NO_DATA, number, signed


@dataclass(frozen=True, slots=True)
class Cell:
    """text: a figure or a difference. beside: what is said of it in small. judged: whether the difference is better, worse, or '' for neither."""

    text: str
    beside: str = ""
    judged: str = ""

    def drawn(self) -> dict[str, str]:
        """What the browser draws."""
        look = f" compare__judged--{self.judged}" if self.judged else ""
        small = {"beside": self.beside, "beside_look": f"compare__beside{look}"}
        return {"text": self.text, "text_look": "compare__text" + ("" if self.beside else look), **small}


@dataclass(frozen=True, slots=True)
class Line:
    """A row: a site, or all of them together. rank: None where there is none. about: its zone and time. path: of its overview, '' where that is not here.
    line_id: '' of all."""

    line_id: str
    rank: int | None
    name: str
    about: str
    path: str
    cells: Sequence[Cell]

    def drawn(self) -> dict[str, Any]:
        """What the browser draws."""
        look = "" if self.line_id else "compare__total"
        rank = number(self.rank) if self.line_id else ""
        words = {"rank": rank, "name": self.name, "about": self.about, "path": self.path}
        return {"id": self.line_id, "look": look, **words, "cells": [cell.drawn() for cell in self.cells]}


def with_unit(kpi: Kpi, value: float | None) -> str:
    """ "12.3 h", "87.5 %", "100.8 /h", "1,240"; a dash where there is none."""
    if value is None:
        return NO_DATA
    return f"{number(value, kpi.digits)} {kpi.unit}".rstrip()


def difference(kpi: Kpi, value: float | None, other: float | None) -> Cell:
    """How far a figure is from another one, better or worse."""
    if value is None or other is None:
        return Cell(NO_DATA)
    apart = value - other
    return Cell(signed(apart, kpi.digits) + (kpi.points if round(apart, kpi.digits) else ""), judged=judgement(kpi, apart))


def beside(kpi: Kpi, value: float | None, previous: float | None, otherwise: str = "") -> Cell:
    """A figure, and in small its change. otherwise: what is said where there is nothing to compare with."""
    if value is None or previous is None:
        return Cell(with_unit(kpi, value), otherwise)
    changed = difference(kpi, value, previous)
    return Cell(with_unit(kpi, value), changed.text, changed.judged)


def ranking_table() -> html.Div:
    """The ranking, into whose body the browser draws the rows."""
    heads = ["Figure", "Change on before", "Against the best", "Against all sites"]
    return _table("Sites by rank", ids.COMPARE_RANKING_ROWS, [(head, "") for head in heads], "compare__ranking")


def figures_table() -> html.Div:
    """All figures, a row a site, and one of all of them."""
    return _table("All figures of all sites", ids.COMPARE_FIGURES_ROWS, [(kpi.label, kpi.meaning) for kpi in (*FIGURES, *COUNTS)], "compare__all")


def _table(caption: str, body_id: str, heads: Sequence[tuple[str, str]], look: str) -> html.Div:
    """In a frame that scrolls by keyboard too, where the table is wider than the screen."""
    first = [html.Th("Rank", scope="col", className="compare__rank"), html.Th("Site", scope="col", className="compare__name")]
    others = [html.Th(title, scope="col", className="compare__figure", title=meaning or None) for title, meaning in heads]
    table = html.Table(
        [html.Caption(caption, className="visually-hidden"), html.Thead(html.Tr([*first, *others])), html.Tbody([], id=body_id)], className="compare__table"
    )
    return html.Div(table, className=f"compare__frame {look}", role="region", tabIndex="0", **{"aria-label": caption})
