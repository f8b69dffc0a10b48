"""Demo data: loading it, and removing it after a question that names what will be lost."""

import dash_bootstrap_components as dbc
from dash import html

from components import ids


def load_button(button_id: str, text_id: str, *, color: str) -> dbc.Button:
    """ "Load demo data"; callbacks disable it and change its words while it runs."""
    icon = html.I(className="bi bi-database-add", **{"aria-hidden": "true"})
    return dbc.Button([icon, html.Span("Load demo data", id=text_id)], id=button_id, color=color, className="with-icon", n_clicks=0)


def demo_panel() -> html.Section:
    """The card; its class says whether the demo is loaded."""
    return html.Section(
        [
            html.H2("Demo data"),
            html.P(
                [
                    html.Span(
                        "Six invented workers at six stations, from the day before yesterday until now. Their figures would count among those of this site.",
                        className="demo__offer",
                    ),
                    html.Span(
                        "The figures of this site count the demo's invented workers and stations. Loading again only adds what has happened since.",
                        className="demo__loaded",
                    ),
                ],
                className="demo__words",
            ),
            html.Div(
                [
                    load_button(ids.DEMO_LOAD, ids.DEMO_LOAD_TEXT, color="secondary"),
                    dbc.Button("Remove demo data …", id=ids.DEMO_ASK, color="secondary", className="demo__loaded", n_clicks=0),
                ],
                className="demo__buttons",
            ),
        ],
        id=ids.DEMO_PANEL,
        className=demo_class(False),
    )


def demo_class(loaded: bool) -> str:
    """The class of the card."""
    return "card-box panel demo for-administrators " + ("demo--loaded" if loaded else "demo--offered")


def removal_question() -> dbc.Modal:
    """Asked before the demo's events go."""
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("Remove the demo data?")),
            dbc.ModalBody(
                [
                    html.P(
                        [
                            "Every event that the demo brought to ",
                            html.Strong("this site", id=ids.DEMO_SITE),
                            " will be lost, and with it the hours, units and states of the demo's workers and stations, for every day.",
                        ]
                    ),
                    html.P("What your own cameras and clients have posted stays. The demo can be loaded again.", className="mb-0"),
                ]
            ),
            dbc.ModalFooter(
                [
                    dbc.Button("Keep it", id=ids.DEMO_KEEP, color="secondary", n_clicks=0),
                    dbc.Button(html.Span("Remove demo data", id=ids.DEMO_REMOVE_TEXT), id=ids.DEMO_REMOVE, color="danger", n_clicks=0),
                ]
            ),
        ],
        id=ids.DEMO_MODAL,
        is_open=False,
        centered=True,
    )
