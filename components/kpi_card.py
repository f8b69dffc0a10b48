"""A key figure: label, value with unit, change against the previous equal window, and what it means."""

from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import html

from components import ids
from components.wording import number, signed


@dataclass(frozen=True, slots=True)
class Kpi:
    """field: of the factory figures of docs/metrics.md. unit: beside the value. points: what a change is counted in."""

    key: str
    field: str
    label: str
    unit: str
    digits: int
    points: str
    explain: str


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
    "at-work", "", "At work now", "", 0, "", "Workers who are working or idle at this moment, whatever range is chosen, of all workers of the site."
)


def kpi_card(kpi: Kpi) -> html.Article:
    """The card of a figure that callbacks fill leaf by leaf; an em dash until they do."""
    door = ids.kpi(kpi.key, "explain")
    return html.Article(
        [
            html.Header(
                [
                    html.H2(kpi.label, className="kpi__label"),
                    html.Button(
                        html.I(className="bi bi-info-circle", **{"aria-hidden": "true"}),
                        id=door,
                        className="icon-button",
                        type="button",
                        **{"aria-label": f"What {kpi.label.lower()} means"},
                    ),
                    dbc.Popover(dbc.PopoverBody(kpi.explain), target=door, trigger="legacy", placement="bottom"),
                ],
                className="kpi__head",
            ),
            html.P(
                [
                    html.Span(number(None), id=ids.kpi(kpi.key, "value"), className="kpi__value"),
                    html.Span(kpi.unit, id=ids.kpi(kpi.key, "unit"), className="kpi__unit"),
                ],
                id=ids.kpi(kpi.key, "figure"),
                className=figure_class(number(None)),
            ),
            html.P(
                [
                    html.I(id=ids.kpi(kpi.key, "icon"), className="", **{"aria-hidden": "true"}),
                    html.Span("", id=ids.kpi(kpi.key, "change")),
                ],
                id=ids.kpi(kpi.key, "line"),
                className="kpi__change",
            ),
        ],
        className="card-box kpi",
    )


def kpi_leaves(kpi: Kpi, value: float | None, previous: float | None = None, *, unit: str | None = None, hint: str = "") -> dict[str, str]:
    """The texts and classes of a card's leaves.

    value: None shows an em dash without a unit. previous: None (nothing to compare with) shows the hint in place of a change.
    More is better for every figure here, so green goes up and orange down.
    """
    unit = "" if value is None else kpi.unit if unit is None else unit
    text = number(value, kpi.digits)
    leaves = {"value": text, "unit": unit, "figure": figure_class(text + unit), "change": hint, "icon": "", "line": "kpi__change"}
    if value is None or previous is None:
        return leaves
    difference = round(value - previous, kpi.digits)
    if difference == 0:
        return leaves | {"change": "no change", "icon": "bi bi-dash"}
    better = difference > 0
    return leaves | {
        "change": signed(difference, kpi.digits) + kpi.points,
        "icon": f"bi bi-arrow-{'up' if better else 'down'}-right",
        "line": f"kpi__change kpi__change--{'better' if better else 'worse'}",
    }


def figure_class(text: str) -> str:
    """The class of a figure's line: smaller where it would not fit a card at the full size."""
    return "kpi__figure" + (" kpi__figure--long" if len(text) > _LONGEST_AT_FULL_SIZE else "")
