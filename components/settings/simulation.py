"""The switch of the simulation: an invented factory that works while it runs, so that the floor moves."""

from datetime import datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from components import ids
from components.settings.controls import button, question
from components.wording import count, day_clock


def simulation_panel() -> html.Section:
    """The card; its class says whether it runs, and whether there is anything of it to remove."""
    buttons = [
        button(ids.SIMULATION_START, "Start the simulation", "play-fill"),
        button(ids.SIMULATION_STOP, "Stop it", "stop-fill"),
        html.Button("Remove its data …", id=ids.SIMULATION_ASK, className="btn btn-secondary", type="button", n_clicks=0),
    ]
    words = html.P("", id=ids.SIMULATION_WORDS, className="demo__words", role="status")
    parts = [html.H2("Simulation"), words, html.Div(buttons, className="demo__buttons")]
    return html.Section(parts, id=ids.SIMULATION_PANEL, className=simulation_class(running=False, has_data=False))


def simulation_class(*, running: bool, has_data: bool) -> str:
    """The class of the card."""
    return "card-box panel demo simulation for-administrators" + (" simulation--running" if running else "") + (" simulation--data" if has_data else "")


def simulation_words(status: Any, now: datetime, *, has_data: bool) -> str:
    """What the simulation does, in a sentence or two. status: see `ingest.simulation.running`. now: on the site's clock."""
    factory = f"{count(status.workers, 'worker')} at {count(status.stations, 'station')}"
    if not status.running:
        offer = f"An invented factory of {factory} that works in real time, with lost signals, repeats and late batches. Its figures count among this site's."
        return f"{offer} It stands still; its events are still here." if has_data else offer
    local = status.since.astimezone(now.tzinfo)
    said = f"The simulation runs since {day_clock(local, now.date())}: {count(status.events, 'event')} from {factory}."
    if status.trouble:
        return f"{said} It is held up: {status.trouble}"
    return f"{said} {_at_work(status, now)}"


def _at_work(status: Any, now: datetime) -> str:
    if status.at_work:
        return f"{count(status.at_work, 'worker')} {'is' if status.at_work == 1 else 'are'} at work now."
    if status.next_shift is None:
        return "Nobody is at work now."
    return f"Nobody is at work now; the next shift begins {day_clock(status.next_shift.astimezone(now.tzinfo), now.date())}."


def simulation_question() -> dbc.Modal:
    """Asked before the simulation's data go."""
    lost = "The simulation at "
    body = [
        html.P(
            [
                lost,
                html.Strong("this site", id=ids.SIMULATION_SITE),
                " stops, and every event that it brought will be lost, with the hours, units and states of its workers and stations, for every day.",
            ]
        ),
        html.P("What your own cameras and clients have posted stays. The simulation can be started again.", className="mb-0"),
    ]
    buttons = [
        dbc.Button("Keep them", id=ids.SIMULATION_KEEP, color="secondary", n_clicks=0),
        dbc.Button(html.Span("Remove simulated data", id=ids.SIMULATION_REMOVE_TEXT), id=ids.SIMULATION_REMOVE, color="danger", n_clicks=0),
    ]
    return question(ids.SIMULATION_MODAL, "Remove the simulated data?", body, buttons)
