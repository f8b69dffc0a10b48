"""Layout of the first page: the sentence, key figures, the floor, workers and stations."""

from dash import html

from components import ids
from components.demo_panel import demo_panel
from components.floor import floor_panel
from components.kpi_card import AT_WORK_NOW, KPIS, kpi_card
from components.station_table import station_panel
from components.worker_table import worker_panel


def overview() -> html.Section:
    """The page with every leaf in place and no figure yet."""
    return html.Section(
        [
            html.H1("Overview", className="visually-hidden"),
            html.P(
                [
                    html.Span("", id=ids.SENTENCE_LEAD),
                    html.Strong("", id=ids.SENTENCE_WHEN),
                    html.Span("", id=ids.SENTENCE_REST),
                ],
                className="sentence",
            ),
            html.Div([kpi_card(kpi) for kpi in (*KPIS, AT_WORK_NOW)], className="kpis"),
            floor_panel(),
            worker_panel(),
            station_panel(),
            demo_panel(),
        ],
        className="overview",
    )
