"""What stands around saving settings: the bar below the form, the question before it, and what becomes of it afterwards."""

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html

from components import ids
from components.settings.controls import button, question

#: How often is asked how far the recomputing has come.
ASK_EVERY_MS = 700


def save_bar() -> html.Div:
    """What is unsaved, and the two ways out, in sight wherever the form is; what became of saving, and somebody else's change, stand in it too."""
    save = button(ids.SETTINGS_SAVE, "Save …", "check-lg", look="primary", disabled=True)
    discard = html.Button("Discard changes", id=ids.SETTINGS_DISCARD, className="btn btn-secondary", type="button", n_clicks=0, disabled=True)
    state = html.Span("", id=ids.SETTINGS_STATE, role="status", className="save-bar__words")
    line = html.Div([state, html.Span([discard, save], className="save-bar__buttons")], className="save-bar__line")
    return html.Div([_conflict(), _outcome(), line], id=ids.SETTINGS_BAR, className=bar_class(unsaved=False))


def bar_class(*, unsaved: bool) -> str:
    """The class of the bar."""
    return "card-box save-bar for-administrators" + (" save-bar--unsaved" if unsaved else "")


def _conflict() -> html.Div:
    """Somebody else has saved other settings since the form was filled."""
    words = "Somebody has changed these settings since you began. Nothing of yours is saved, and nothing that you typed is lost."
    theirs = button(ids.SETTINGS_TAKE_THEIRS, "Discard mine, show theirs", "arrow-counterclockwise")
    mine = button(ids.SETTINGS_KEEP_MINE, "Keep mine, compare with theirs", "pencil")
    parts = [html.Span(words, className="save-bar__words"), html.Span([theirs, mine], className="save-bar__buttons")]
    return html.Div(parts, id=ids.SETTINGS_CONFLICT, className=conflict_class(False), role="alert")


def conflict_class(there_is: bool) -> str:
    """The class of what tells of a conflict."""
    return "save-bar__line save-bar__line--bad" if there_is else "save-bar__line d-none"


def _outcome() -> html.Div:
    track = html.Div(html.Div(id=ids.SETTINGS_PROGRESS_BAR, style=track_style(None)), className="recomputing", **{"aria-hidden": "true"})
    words = html.Span("", id=ids.SETTINGS_PROGRESS_TEXT, className="save-bar__words", role="status")
    stores = [dcc.Store(id=ids.SETTINGS_SAVED), dcc.Interval(id=ids.SETTINGS_TICK, interval=ASK_EVERY_MS, disabled=True)]
    return html.Div([words, track, *stores], id=ids.SETTINGS_PROGRESS, className=outcome_class("", went_well=True))


def outcome_class(words: str, *, went_well: bool) -> str:
    """The class of what became of saving: hidden when there is nothing to say, and when something is unsaved again."""
    if not words:
        return "save-bar__line d-none"
    return "save-bar__line save-bar__line--outcome" if went_well else "save-bar__line save-bar__line--bad"


def track_style(share: float | None) -> dict[str, str]:
    """How far the bar of the recomputing is: 0 to 1, or None where nothing is recomputed."""
    return {"display": "none"} if share is None else {"width": f"{share:.1%}"}


def save_question() -> dbc.Modal:
    """Asked before settings are saved: what will change, and what that means."""
    body = [html.Ul([], id=ids.SETTINGS_CHANGES, className="changes"), html.Div([], id=ids.SETTINGS_CONSEQUENCES, className="consequences")]
    buttons = [
        dbc.Button("Not yet", id=ids.SETTINGS_CANCEL, color="secondary", n_clicks=0),
        dbc.Button(html.Span("Save", id=ids.SETTINGS_CONFIRM_TEXT), id=ids.SETTINGS_CONFIRM, color="primary", n_clicks=0),
    ]
    return question(ids.SETTINGS_QUESTION, "Save these settings?", body, buttons)


def change_list(changes: Sequence[tuple[str, str, str]]) -> list[html.Li]:
    """What will change: label, what was, what will be; of lists what goes and what comes, '' where nothing does."""
    return [html.Li([html.Strong(f"{label}: "), *_change(was, will)]) for label, was, will in changes]


def _change(was: str, will: str) -> list[html.Del | html.Ins | str]:
    if was and will:
        return [html.Del(was), " → ", html.Ins(will)]
    return ["new: ", html.Ins(will)] if will else ["gone: ", html.Del(was)]


def consequence_list(sentences: Sequence[str]) -> list[html.P]:
    """What saving means, a sentence each."""
    return [html.P(sentence) for sentence in sentences]
