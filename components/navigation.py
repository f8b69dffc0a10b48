"""The pages, and the ways to them."""

from dataclasses import dataclass

from dash import dcc, html

from components import ids


@dataclass(frozen=True, slots=True)
class Page:
    """name: what callbacks call it. icon: a Bootstrap icon."""

    name: str
    path: str
    title: str
    icon: str
    #: What it shows, where a site may not.
    of: str = ""


PAGES = (
    Page("overview", "/", "Overview", "columns-gap"),
    Page("workers", "/workers", "Workers", "people", " of-people"),
    Page("stations", "/stations", "Stations", "hdd-stack"),
    Page("timeline", "/timeline", "Timeline", "bar-chart-steps", " of-moments"),
    Page("quality", "/quality", "Data quality", "shield-check"),
    Page("sites", "/sites", "Sites", "buildings", " of-many-sites"),
    Page("settings", "/settings", "Settings", "sliders"),
)


def navigation() -> html.Nav:
    """The rail, or the bar at the foot of a phone. The links' addresses follow the filters, in the browser."""
    return html.Nav([_link(page) for page in PAGES], className="rail", **{"aria-label": "Pages"})


def _link(page: Page) -> dcc.Link:
    icon = html.I(className=f"bi bi-{page.icon}", **{"aria-hidden": "true"})
    return dcc.Link(
        [icon, html.Span(page.title, className="rail__title")],
        id=ids.nav(page.name),
        href=page.path,
        className=f"rail__link rail__link--{page.name}{page.of}",
        title=page.title,
    )
