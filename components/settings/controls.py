"""What the settings' forms are made of: a labelled control with its help and its error, buttons with icons, and choices of time zones."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import dash_bootstrap_components as dbc
from dash import dcc, html

from components import ids

#: Names in the database of zones that are no place's, or another name's copy for old programs.
_NO_PLACES = ("posix/", "right/", "SystemV/", "Etc/", "US/")


def field(name: str, label: str, control: Any, explained: str) -> html.Div:
    """A control under its label, with what it means, and what is wrong with it beside. name: of `ids.setting`."""
    error = html.P("", id=ids.setting_error(name), className="field__error", role="status")
    words = html.Label(label, htmlFor=ids.setting(name), className="field__label")
    return html.Div([words, control, error, html.P(explained, className="field__help")], className="field")


def hidden_label(words: str, control: Any, class_name: str = "") -> html.Label:
    """A control that shows by its place what it is, and tells a screen reader."""
    return html.Label([html.Span(words, className="visually-hidden"), control], className=class_name)


def button(button_id: Any, words: Any, icon: str, *, look: str = "secondary", **more: Any) -> html.Button:
    """A button with an icon before its words."""
    content = [html.I(className=f"bi bi-{icon}", **{"aria-hidden": "true"}), words]
    return html.Button(content, id=button_id, className=f"btn btn-{look} with-icon", type="button", n_clicks=0, **more)


def small_button(button_id: Any, words: str, icon: str) -> html.Button:
    """A quiet button amid a form."""
    content = [html.I(className=f"bi bi-{icon}", **{"aria-hidden": "true"}), words]
    return html.Button(content, id=button_id, className="quiet-button", type="button", n_clicks=0)


def cross(button_id: Any, words: str) -> html.Button:
    """A button that takes away the row it stands in."""
    icon = html.I(className="bi bi-x-lg", **{"aria-hidden": "true"})
    return html.Button(icon, id=button_id, className="icon-button", type="button", n_clicks=0, title=words, **{"aria-label": words})


def zone_picker(picker_id: str, label: str) -> html.Div:
    """A searchable list of time zones."""
    picker = dcc.Dropdown(id=picker_id, options=zone_options(None), clearable=False, placeholder="Choose a time zone", maxHeight=320)
    return html.Div(picker, role="group", className="zone-picker", **{"aria-label": label})


def zone_options(chosen: str | None) -> list[dict[str, str]]:
    """The IANA zones that are places, and the chosen one, whatever it is."""
    names = _places() if chosen is None or chosen in _places() else (chosen, *_places())
    return [{"value": name, "label": name.replace("_", " ")} for name in names]


@cache
def _places() -> tuple[str, ...]:
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith(_NO_PLACES))
    return ("UTC", *places)


def question(modal_id: str, title: Any, body: Sequence[Any], buttons: Sequence[Any]) -> dbc.Modal:
    """A question that must be answered before something happens."""
    parts = [dbc.ModalHeader(dbc.ModalTitle(title)), dbc.ModalBody(list(body)), dbc.ModalFooter(list(buttons))]
    return dbc.Modal(parts, id=modal_id, is_open=False, centered=True)
