"""The list of sites, and the way to a new one."""

from collections.abc import Sequence
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html

from components import ids
from components.settings.controls import button, zone_picker
from components.wording import count


def sites_panel() -> html.Section:
    """All sites, each a link to its settings."""
    new = button(ids.SITE_NEW, "New site …", "plus-lg", look="secondary for-administrators-of-all")
    head = html.Header([html.H2("Sites"), new], className="panel__head panel__head--apart")
    return html.Section([head, html.Ul([], id=ids.SITE_LIST, className="sites"), dcc.Store(id=ids.SITE_ROWS)], className="card-box panel")


def site_links(sites: Sequence[tuple[str, str, str, int]], shown: str) -> list[html.Li]:
    """sites: id, name, time zone and number of shifts of each. shown: the one whose settings the page shows."""
    return [_site(*site, is_shown=site[0] == shown) for site in sites]


def _site(site_id: str, name: str, timezone: str, shifts: int, *, is_shown: bool) -> html.Li:
    words = [html.Strong(name), html.Span(f"{site_id} · {timezone} · {count(shifts, 'shift') if shifts else 'no shifts'}")]
    current = {"aria-current": "true"} if is_shown else {}
    link = dcc.Link(words, href=f"/settings?{urlencode({'site': site_id})}", className="sites__link sites__link--on" if is_shown else "sites__link")
    return html.Li(link, **current)


def new_site() -> dbc.Modal:
    """The form of a new site."""
    parts = [
        html.Label("Id", htmlFor=ids.SITE_NEW_ID, className="field__label"),
        dbc.Input(id=ids.SITE_NEW_ID, type="text", maxLength=128, autoComplete="off"),
        html.P("What cameras send as site_id. It can't be changed later.", className="field__help"),
        html.Label("Name", htmlFor=ids.SITE_NEW_NAME, className="field__label"),
        dbc.Input(id=ids.SITE_NEW_NAME, type="text", maxLength=200, autoComplete="off"),
        html.Span("Time zone", className="field__label"),
        zone_picker(ids.SITE_NEW_ZONE, "Time zone of the new site"),
        html.P("", id=ids.SITE_NEW_ERROR, className="field__error", role="alert"),
    ]
    buttons = [
        dbc.Button("Cancel", id=ids.SITE_NEW_CANCEL, color="secondary", n_clicks=0),
        dbc.Button("Create site", id=ids.SITE_NEW_CREATE, color="primary", n_clicks=0),
    ]
    return dbc.Modal(
        [dbc.ModalHeader(dbc.ModalTitle("New site")), dbc.ModalBody(parts, className="new-site"), dbc.ModalFooter(buttons)],
        id=ids.SITE_NEW_BOX,
        is_open=False,
        centered=True,
    )
