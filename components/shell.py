"""The frame around every page: top bar, navigation, stores and timers."""

from dash import dcc, html

from components import ids
from components.demo_panel import removal_question
from components.filter_bar import filter_bar, site_picker
from components.overview import overview
from components.welcome import welcome

REFRESH_MS = 5_000
LOADING, OVERVIEW, WELCOME, FAILED = "page page--loading", "page page--overview", "page page--welcome", "page page--failed"
"""Classes of the page: what it shows is decided by CSS, so that nothing is unmounted."""


def layout() -> html.Div:
    """The whole app; callbacks fill it."""
    return html.Div(
        [
            dcc.Location(id=ids.URL, refresh="callback-nav"),
            dcc.Store(id=ids.FILTERS),
            dcc.Store(id=ids.STAMP),
            dcc.Store(id=ids.NUDGE),
            dcc.Store(id=ids.FLOOR_DATA),
            dcc.Interval(id=ids.TICK, interval=REFRESH_MS),
            dcc.Interval(id=ids.SECOND, interval=1_000),
            html.A("Skip to the figures", href="#page", className="visually-hidden-focusable skip"),
            _top_bar(),
            _rail(),
            html.Main([_notice(), _result(), overview(), welcome(), _missing()], id=ids.PAGE, className=LOADING, tabIndex="-1"),
            removal_question(),
        ],
        id=ids.APP,
        className="app",
    )


def _top_bar() -> html.Header:
    return html.Header(
        [
            html.Span(
                [html.I(className="bi bi-activity", **{"aria-hidden": "true"}), html.Span("Factory Productivity", className="brand__name")], className="brand"
            ),
            site_picker(),
            filter_bar(),
            html.Span(
                [html.Span(className="badge-dot", **{"aria-hidden": "true"}), html.Span("loading", id=ids.BADGE_TEXT)],
                id=ids.BADGE,
                className="live live--waiting",
            ),
            html.Button(
                html.I(id=ids.THEME_ICON, className="bi bi-moon-stars", **{"aria-hidden": "true"}),
                id=ids.THEME_BUTTON,
                className="icon-button",
                type="button",
                n_clicks=0,
                **{"aria-label": "Switch between light and dark"},
            ),
        ],
        className="topbar",
    )


def _rail() -> html.Nav:
    """Navigation: one line a page; a page that isn't there yet has no link."""
    link = dcc.Link([html.I(className="bi bi-columns-gap", **{"aria-hidden": "true"}), html.Span("Overview")], href="/", className="rail__link rail__link--on")
    return html.Nav([link], className="rail", **{"aria-label": "Pages"})


def _notice() -> html.Div:
    return html.Div(
        [html.I(className="bi bi-exclamation-triangle", **{"aria-hidden": "true"}), html.Span("", id=ids.NOTICE_TEXT)],
        id=ids.NOTICE,
        className=notice_class(None),
        role="alert",
    )


def _result() -> html.Div:
    cross = html.I(className="bi bi-x-lg", **{"aria-hidden": "true"})
    close = html.Button(cross, id=ids.RESULT_CLOSE, className="icon-button", type="button", n_clicks=0, **{"aria-label": "Dismiss"})
    return html.Div([html.Span("", id=ids.RESULT_TEXT), close], id=ids.RESULT, className=result_class(None), role="status")


def _missing() -> html.Section:
    return html.Section(
        [html.H1("There is no such page"), html.P(["The address leads nowhere. ", dcc.Link("Go to the overview", href="/"), "."])], className="missing"
    )


def notice_class(sentence: str | None) -> str:
    """The class of the line that says what went wrong; hidden without a sentence."""
    return "notice notice--bad" if sentence else "notice notice--none"


def result_class(went_well: bool | None) -> str:
    """The class of the line that says what an action did; hidden before there was one."""
    return {None: "notice notice--none", True: "notice notice--good", False: "notice notice--bad"}[went_well]
