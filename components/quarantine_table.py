"""The quarantine: what was refused and why, one entry from near, and taking it up again."""

import json
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from components import ids
from components.grid import Column, grid, grid_style, text_column
from components.wording import count, day_clock, number

#: Entries that "Show older" adds at a time, and the most that are shown.
PAGE_ROWS = 50
MOST_ROWS = 1_000
#: So much of a payload the table shows.
PREVIEW_CHARACTERS = 160
_GRID_ROWS = 8
#: Indented, deep nesting grows; beyond this the payload is shown as it came.
_LONGEST_PRETTY = 200_000

_STATUS = {"open": "Waiting", "replayed": "Replayed", "barred": "Barred"}
_BARRED = "This event was sent with a key that may not send it: nobody can take it up."

# What is loaded is the newest part of a longer list: to sort that part alone would mislead.
_FIXED: Column = {"sortable": False}
COLUMNS: list[Column] = [
    text_column("received", "Received", 120, **_FIXED),
    text_column("reason", "Reason", 230, tooltipField="reason", **_FIXED),
    text_column("payload", "Payload", 160, cellClass="cell-payload", **_FIXED),
    text_column("status", "Status", 95, **_FIXED),
]


def quarantine_panel() -> html.Section:
    """The card, with nothing in it yet."""
    switch = dbc.Switch(id=ids.QUARANTINE_ALL, label="Show replayed ones", value=False, className="quarantine__switch")
    every = _button(ids.REPLAY_ALL, "Replay all", "arrow-repeat", disabled=True)
    head = [html.H2("Quarantine"), html.Span("", id=ids.QUARANTINE_NOTE, className="panel__note"), switch, every]
    result = html.P("", id=ids.QUARANTINE_RESULT, className="quarantine__result", role="status")
    older = html.Button("Show older entries", id=ids.QUARANTINE_OLDER, className=older_class(more=False), type="button", n_clicks=0)
    table = grid(ids.QUARANTINE_GRID, COLUMNS, nothing="Nothing was refused", label="Quarantine, newest first", style=grid_style(4))
    table.children.dashGridOptions |= {"rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True}}
    # The space bar selects by itself.
    table.children.eventListeners = {"cellKeyDown": ["params.event.key === 'Enter' && params.node.setSelected(true, true)"]}
    body = html.Div([html.Div([table, older], className="quarantine__list"), _entry()], className="quarantine__body")
    good = html.P([html.I(className="bi bi-check-circle", **{"aria-hidden": "true"}), "Nothing was refused."], className="quarantine__none")
    return html.Section(
        [html.Header(head, className="panel__head"), result, good, body, dcc.Store(id=ids.REPLAYED_TO)],
        id=ids.QUARANTINE_PANEL,
        className=quarantine_class(None),
    )


def _entry() -> html.Article:
    hint = html.P("Choose an entry to see what was sent.", className="entry__hint")
    head = html.Header([html.H3("", id=ids.entry("title")), _button(ids.REPLAY, "Replay", "arrow-repeat", disabled=True)], className="entry__head")
    payload = html.Pre("", id=ids.entry("payload"), className="entry__payload", tabIndex="0", role="region", **{"aria-label": "Payload"})
    body = html.Div([head, html.P("", id=ids.entry("reason"), className="entry__reason"), payload], className="entry__body")
    return html.Article(
        [hint, body, dcc.Store(id=ids.entry("id"))], id=ids.entry("box"), className=entry_class(chosen=False), **{"aria-label": "Entry of the quarantine"}
    )


def _button(button_id: str, words: str, icon: str, *, disabled: bool) -> html.Button:
    content = [html.I(className=f"bi bi-{icon}", **{"aria-hidden": "true"}), words]
    return html.Button(content, id=button_id, className="btn btn-secondary btn-sm with-icon", type="button", n_clicks=0, disabled=disabled)


def entry_rows(entries: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Rows for the grid. now: on the site's clock."""
    return [
        {
            "id": str(entry["quarantine_id"]),
            "received": _received(entry["received_at"], now),
            "reason": entry["reason"],
            "payload": " ".join(entry["payload"].split()),
            "status": _STATUS.get(entry["status"], entry["status"]),
        }
        for entry in entries
    ]


def entry_leaves(entry: dict[str, Any], now: datetime) -> dict[str, Any]:
    """An entry from near, by the names of its leaves."""
    where = "" if entry["site_id"] else ", of no site"
    return {
        "id": entry["quarantine_id"],
        "box": entry_class(chosen=True),
        "title": f"Entry {number(entry['quarantine_id'])}, received {_received(entry['received_at'], now)}{where}",
        "reason": f"{entry['reason']} {_BARRED}" if entry["status"] == "barred" else entry["reason"],
        "payload": pretty(entry["payload"]),
        "disabled": entry["status"] != "open",
    }


def pretty(payload: str) -> str:
    """A payload as it reads best: JSON over many lines, anything else as it came."""
    try:
        text = json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = payload
    # Halves of surrogate pairs are text to JSON and none to UTF-8.
    return (text if len(text) <= _LONGEST_PRETTY else payload).encode("utf-8", "backslashreplace").decode()


def quarantine_note(shown: int, waiting: int, *, more: bool, everything: bool) -> str:
    """ "12 waiting, newest first"; more: there are older ones than were counted."""
    waits = f"{number(waiting)} or more waiting" if more else f"{number(waiting)} waiting"
    return f"{waits}, {count(shown, 'entry', 'entries')} shown, newest first" if everything or shown != waiting else f"{waits}, newest first"


def quarantine_class(entries: int | None, *, hidden: bool = False) -> str:
    """The class of the card; None before anything is known. hidden: from who may not see what was refused."""
    if hidden:
        return "d-none"
    return "card-box panel quarantine" + {None: " quarantine--waiting", 0: " quarantine--none"}.get(entries, "")


def quarantine_style(rows: int) -> dict[str, str]:
    """The height of the table."""
    return grid_style(rows, _GRID_ROWS)


def entry_class(*, chosen: bool) -> str:
    """The class of the place for one entry; before one is chosen it says how to."""
    return "entry" if chosen else "entry entry--none"


def older_class(*, more: bool) -> str:
    """The class of the button that shows older entries: hidden where there are none."""
    return "btn btn-secondary btn-sm" + ("" if more else " d-none")


def _received(moment: datetime, now: datetime) -> str:
    zone: tzinfo | None = now.tzinfo
    return day_clock(moment.astimezone(zone), now.date(), seconds=True)
