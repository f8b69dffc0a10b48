"""A key figure: label, value with unit, change against the previous equal window, its course, and a door to its explanation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from components import ids
from components.sparkline import sparkline
from components.wording import number, signed


@dataclass(frozen=True, slots=True)
class Kpi:
    """field: of the figures of docs/metrics.md. unit: beside the value. points: what a change is counted in. meaning: a sentence for a mouse that
    rests on it. better: whether more is better (1), worse (-1) or neither (0)."""

    key: str
    field: str
    label: str
    unit: str
    digits: int
    points: str
    meaning: str
    better: int = 1


KPIS = (
    Kpi("productive", "total_productive_time_hours", "Productive hours", "h", 1, " h", "Time that all workers spent working, added up."),
    Kpi("units", "total_production_count", "Units produced", "", 0, "", "Finished units that cameras counted, those that no worker is named for too."),
    Kpi("rate", "average_production_rate", "Production rate", "/h", 1, "", "Units produced per productive hour."),
    Kpi(
        "utilization",
        "average_utilization_percentage",
        "Average utilization",
        "%",
        1,
        " pt",
        "Working time as a share of working and idle time: the mean over all workers who were seen at work.",
    ),
    Kpi(
        "coverage",
        "coverage_percentage",
        "Coverage",
        "%",
        1,
        " pt",
        "Share of the scheduled time of the workers on shift in which cameras knew what they did. The rest is no signal.",
    ),
)
_LONGEST_AT_FULL_SIZE = 8

AT_WORK_NOW = Kpi(
    "at-work", "at_work_now", "At work now", "", 0, "", "Workers who are working or idle at this moment, whatever range is chosen, of all workers of the site."
)

WORKER_KPIS = (
    Kpi("active", "total_active_time_hours", "Working hours", "h", 1, " h", "Time that the worker spent working."),
    Kpi("idle", "total_idle_time_hours", "Idle hours", "h", 1, " h", "Time that the worker was at a station without working.", better=-1),
    Kpi("utilization", "utilization_percentage", "Utilization", "%", 1, " pt", "Working time as a share of working and idle time."),
    Kpi("units", "total_units_produced", "Units produced", "", 0, "", "Finished units that cameras counted for the worker."),
    Kpi("rate", "units_per_hour", "Units per hour", "/h", 1, "", "Units produced per working hour."),
    Kpi("coverage", "coverage_percentage", "Coverage", "%", 1, " pt", "Share of the worker's scheduled time in which cameras knew what the worker did."),
)
STATION_KPIS = (
    Kpi("occupancy", "occupancy_time_hours", "Occupied hours", "h", 1, " h", "Time that anybody was at the station; two people for one hour are one hour."),
    Kpi("working", "working_time_hours", "Working hours", "h", 1, " h", "Time that anybody worked at the station."),
    Kpi(
        "utilization", "utilization_percentage", "Utilization", "%", 1, " pt", "Occupied time as a share of scheduled time, or of the range without a schedule."
    ),
    Kpi("share", "working_percentage", "Working share", "%", 1, " pt", "Working time as a share of occupied time."),
    Kpi("units", "total_units_produced", "Units produced", "", 0, "", "Finished units that cameras counted at the station."),
    Kpi("rate", "throughput_rate", "Throughput", "/h", 1, "", "Units produced per occupied hour."),
)
"""The figures of a drill-down."""


def kpi_card(kpi: Kpi, scope: str, of: str) -> html.Article:
    """The card of a figure. The browser draws the figure from the page's store (see `assets/41-cards.js`); until then the stylesheet shows an em dash.

    of: factory, worker or workstation.
    """
    head = html.Header([html.H2(kpi.label, className="kpi__label", title=kpi.meaning), _door(kpi, of)], className="kpi__head")
    return html.Article([head, html.Div(id=ids.kpi(kpi.key, scope), className="kpi__body")], className="card-box kpi")


def _door(kpi: Kpi, of: str) -> html.Button:
    """The way to what the number is made of."""
    icon = html.I(className="bi bi-info-circle", **{"aria-hidden": "true"})
    words = {"aria-label": f"Explain {kpi.label.lower()}"}
    return html.Button(icon, id=ids.explain(kpi.field, of), className="icon-button", type="button", n_clicks=0, title="Explain this number", **words)


def kpi_cards(kpis: Sequence[Kpi], scope: str, of: str) -> html.Div:
    """A row of cards and the store that fills them."""
    return html.Div([dcc.Store(id=ids.cards(scope)), *(kpi_card(kpi, scope, of) for kpi in kpis)], className="kpis")


def kpi_leaves(
    kpi: Kpi, value: float | None, previous: float | None = None, *, unit: str | None = None, hint: str = "", trend: Sequence[float | None] = ()
) -> dict[str, Any]:
    """What a card shows: value, unit, change, and the look of icon, lines and sparkline.

    value: None shows an em dash without a unit. previous: None (nothing to compare with) shows the hint in place of a change.
    trend: the figure over the window, for the sparkline. Green is better and orange worse, not up and down.
    """
    unit = "" if value is None else kpi.unit if unit is None else unit
    text = number(value, kpi.digits)
    leaves = {"value": text, "unit": unit, "figure": figure_class(text + unit), "change": hint, "icon": "", "line": "kpi__change", "spark": sparkline(trend)}
    if value is None or previous is None:
        return leaves
    difference = round(value - previous, kpi.digits)
    if difference == 0:
        return leaves | {"change": "no change", "icon": "bi bi-dash"}
    judged = judgement(kpi, difference)
    return leaves | {
        "change": signed(difference, kpi.digits) + kpi.points,
        "icon": f"bi bi-arrow-{'up' if difference > 0 else 'down'}-right",
        "line": f"kpi__change kpi__change--{judged}" if judged else "kpi__change",
    }


def judgement(kpi: Kpi, difference: float) -> str:
    """Whether a difference, as it is shown, is better or worse; nothing where it is neither."""
    rounded = round(difference, kpi.digits)
    if rounded == 0:
        return ""
    return {1: "better", 0: "", -1: "worse"}[kpi.better * (1 if rounded > 0 else -1)]


def figure_class(text: str) -> str:
    """The class of a figure's line: smaller where it would not fit a card at the full size."""
    return "kpi__figure" + (" kpi__figure--long" if len(text) > _LONGEST_AT_FULL_SIZE else "")
