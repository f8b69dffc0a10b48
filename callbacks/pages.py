"""The pages: what the browser mounts when the address names one, without asking the server."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from dash import html
from dash.development.base_component import Component

from components import compare_page, overview, quality, shell, sites_page, stations, timeline_page, wall, workers
from components.detail import STATION, WORKER, detail
from components.settings import page as settings_page


class Page(NamedTuple):
    """body: the page. detail: its drill-down, which is mounted when one is looked at first and stays while the page does, as the body
    does: so the table keeps its scroll, selection and filters."""

    body: Callable[[], Component]
    detail: Callable[[], Component] | None = None


#: By the name of the page.
PAGES: Mapping[str, Page] = {
    "overview": Page(overview.layout),
    "workers": Page(workers.layout, lambda: detail(WORKER)),
    "stations": Page(stations.layout, lambda: detail(STATION)),
    "timeline": Page(timeline_page.layout),
    "quality": Page(quality.layout),
    "sites": Page(sites_page.layout),
    "compare": Page(compare_page.layout),
    "settings": Page(settings_page.layout),
    "wall": Page(wall.layout),
}


@cache
def shell_layout() -> html.Div:
    """The shell, with the layouts of all pages for the browser to mount; the same for every app."""
    return shell.layout({name: {part: make() for part, make in page._asdict().items() if make} for name, page in PAGES.items()})


@cache
def everything() -> html.Div:
    """Shell and all pages at once, as no browser shows them: every component that a callback may name."""
    return html.Div([shell.layout({}), *(make() for page in PAGES.values() for make in page if make)])
