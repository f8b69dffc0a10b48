"""The router: the address decides which page is mounted; a page stays mounted while only its drill-down changes."""

from collections.abc import Callable, Mapping
from typing import Any

from dash import Dash, Input, Output
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from access.roles import Role
from callbacks.gate import callback
from components import ids, overview, quality, stations, timeline_page, wall, workers
from components.settings import page as settings_page

#: Layouts by the name of their page.
LAYOUTS: Mapping[str, Callable[[], Component]] = {
    "overview": overview.layout,
    "workers": workers.layout,
    "stations": stations.layout,
    "timeline": timeline_page.layout,
    "quality": quality.layout,
    "settings": settings_page.layout,
    "wall": wall.layout,
}


def register(app: Dash) -> None:
    """Mount the page that the address names."""

    @callback(app, Output(ids.PAGE_BODY, "children"), Input(ids.PAGE_NAME, "data"), role=Role.ANYONE)
    def page(name: str | None) -> Any:
        if name is None:
            raise PreventUpdate
        return LAYOUTS[name]() if name in LAYOUTS else []
