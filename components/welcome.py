"""What a site without a single event shows: how to get the first ones."""

from dash import html

from components import ids
from components.demo_panel import load_button
from components.wording import count


def welcome() -> html.Section:
    """Two ways in: demo data, or a first event by curl."""
    return html.Section(
        [
            html.I(className="bi bi-activity welcome__mark", **{"aria-hidden": "true"}),
            html.H1("Waiting for the first event"),
            html.P("", id=ids.WELCOME_NOTE, className="welcome__note"),
            html.Div(
                [
                    html.Div(
                        [
                            html.H2("Look around first"),
                            html.P("Six invented workers at six stations, two past days and today until now. They can be removed again without a trace."),
                            load_button(ids.WELCOME_LOAD, ids.WELCOME_LOAD_TEXT, color="primary"),
                        ],
                        className="card-box panel for-administrators",
                    ),
                    html.Div(
                        [
                            html.H2("Or post an event"),
                            html.P("Cameras send JSON over HTTP. From a terminal, the first one goes like this:"),
                            html.Pre(
                                html.Code("", id=ids.WELCOME_CURL),
                                tabIndex="0",
                                className="welcome__curl",
                                **{"aria-label": "Command that posts a first event"},
                            ),
                            html.P(
                                ["It needs a key: an administrator makes one under ", html.A("Keys", href="/keys"), "."],
                                className="welcome__hint for-the-known",
                            ),
                            html.P("This page notices by itself.", className="welcome__hint"),
                        ],
                        className="card-box panel",
                    ),
                ],
                className="welcome__ways",
            ),
        ],
        className="welcome",
    )


def welcome_note(site_name: str, worker_count: int) -> str:
    """Why the page is empty, in words."""
    if not worker_count:
        return f"{site_name} has no events yet. As soon as there are some, hours, units and states appear here."
    people = f"{count(worker_count, 'worker')} {'is' if worker_count == 1 else 'are'}"
    return f"{people} registered at {site_name}, but no event counts yet: either none has come, or all are below the site's minimum confidence."
