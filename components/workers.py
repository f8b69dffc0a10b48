"""The workers' page: all of them in a table, and one of them from near."""

from dash import html

from components import ids
from components.detail import WORKER, detail
from components.shell import failure_store
from components.worker_table import worker_panel


def layout() -> html.Section:
    """Both, of which a class shows one: so the table keeps its scroll, selection and filters while a worker is looked at."""
    table = html.Div([html.H1("Workers", className="visually-hidden"), worker_panel(), failure_store("workers")], className="roster__list")
    return html.Section([table, detail(WORKER)], id=ids.WORKERS_PAGE, className="roster")
