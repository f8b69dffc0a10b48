"""The stations' page: all of them in a table, and one of them from near."""

from dash import html

from components import ids
from components.detail import STATION, detail
from components.shell import failure_store
from components.station_table import station_panel


def layout() -> html.Section:
    """Both, of which a class shows one: so the table keeps its scroll, selection and filters while a station is looked at."""
    table = html.Div([html.H1("Stations", className="visually-hidden"), station_panel(), failure_store("stations")], className="roster__list")
    return html.Section([table, detail(STATION)], id=ids.STATIONS_PAGE, className="roster")
