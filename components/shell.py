"""The frame around every page: top bar, navigation, stores and timers."""

from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.explain_panel import explain_panel
from components.filter_bar import filter_bar, site_picker
from components.navigation import navigation

#: Where nothing is pushed, time moves on all the same: open states last longer.
REFRESH_MS = 30_000


_STORES = (ids.FILTERS, ids.VIEW, ids.MOUNTED, ids.REVISION, ids.THEME, ids.STAMP, ids.NUDGE, ids.SETTINGS_DRAFTS)


def layout(pages: Mapping[str, Mapping[str, Component]]) -> html.Div:
    """The whole app without a page; the browser mounts one, and callbacks fill it. pages: what there is to mount, by page and part."""
    return html.Div(
        [
            dcc.Location(id=ids.URL, refresh="callback-nav"),
            *(dcc.Store(id=store) for store in _STORES),
            dcc.Store(id=ids.LAYOUTS, data=pages),
            dcc.Interval(id=ids.TICK, interval=REFRESH_MS),
            dcc.Interval(id=ids.SECOND, interval=1_000),
            html.A("Skip to the figures", href="#page", className="visually-hidden-focusable skip"),
            _top_bar(),
            navigation(),
            html.Main(
                [
                    _open_to_all(),
                    _notice(),
                    _result(),
                    *live_stores("frame"),
                    _sentence(),
                    html.Div(id=ids.PAGE_BODY),
                    html.Div(id=ids.PAGE_DETAIL),
                    _missing(),
                ],
                id=ids.PAGE,
                className="page",
                tabIndex="-1",
            ),
            explain_panel(),
        ],
        id=ids.APP,
        className="app app--loading",
    )


def live_stores(*names: str) -> list[dcc.Store]:
    """Where the live callbacks of these names say why they couldn't fill the page, and hand it its words; each page's layout holds those of its callbacks."""
    return [dcc.Store(id=of(name)) for name in names for of in (ids.failure, ids.leaves)]


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
                role="status",
                **{"aria-live": "off"},
            ),
            _theme_button(),
            html.A(
                [html.I(className="bi bi-person-circle", **{"aria-hidden": "true"}), html.Span("My account", className="visually-hidden")],
                href="/account",
                className="icon-button for-the-known",
                title="My account",
            ),
            dcc.Link(
                [html.I(className="bi bi-display", **{"aria-hidden": "true"}), html.Span("Show as a wall screen", className="visually-hidden")],
                id=ids.WALL_LINK,
                href="/wall",
                className="icon-button wall-link",
                title="Wall screen",
            ),
        ],
        className="topbar",
    )


def _theme_button() -> html.Button:
    icon = html.I(id=ids.THEME_ICON, className="bi bi-moon-stars", **{"aria-hidden": "true"})
    words = {"aria-label": "Switch between light and dark"}
    return html.Button(icon, id=ids.THEME_BUTTON, className="icon-button", type="button", n_clicks=0, title="Light or dark", **words)


def _sentence() -> html.P:
    leaves = [html.Span("", id=ids.SENTENCE_LEAD), html.Strong("", id=ids.SENTENCE_WHEN), html.Span("", id=ids.SENTENCE_REST)]
    return html.P(leaves, className="sentence")


def _open_to_all() -> html.P:
    """Said as long as nobody has to sign in."""
    words = "Anybody on this machine can read and change everything here. "
    return html.P([words, html.A("Set up sign-in", href="/users"), "."], className="notice open-to-all")


def _notice() -> html.Div:
    return html.Div(
        [html.I(className="bi bi-exclamation-triangle", **{"aria-hidden": "true"}), html.Span("", id=ids.NOTICE_TEXT)],
        id=ids.NOTICE,
        className="notice notice--none",
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


def result_class(went_well: bool | None) -> str:
    """The class of the line that says what an action did; hidden before there was one."""
    return {None: "notice notice--none", True: "notice notice--good", False: "notice notice--bad"}[went_well]
