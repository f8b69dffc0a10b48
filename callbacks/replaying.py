"""The quarantine of the data-quality page: its entries, one from near, and taking them up again."""

import logging
import time
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from access.roles import Role
from access.web.gate import principal
from access.web.witness import EVERYTHING, note
from callbacks.context import Context, UnknownSiteError, look
from callbacks.filters import Filters
from callbacks.gate import callback
from callbacks.live import live
from callbacks.quality_facts import local, read
from callbacks.telling import tell_change
from components import ids
from components.leaf import Leaf
from components.quarantine_table import (
    MOST_ROWS,
    PAGE_ROWS,
    PREVIEW_CHARACTERS,
    entry_leaves,
    entry_rows,
    older_class,
    quarantine_class,
    quarantine_note,
    quarantine_style,
)
from components.wording import count, number
from data_layer import refused
from data_layer.query import Row
from data_layer.scope import UnknownSite

log = logging.getLogger(__name__)

OUTPUTS = {
    "rows": Output(ids.QUARANTINE_GRID, "rowData"),
    "style": Output(ids.QUARANTINE_GRID, "style"),
    "note": Leaf(ids.QUARANTINE_NOTE, "children"),
    "panel": Leaf(ids.QUARANTINE_PANEL, "className"),
    "older": Leaf(ids.QUARANTINE_OLDER, "className"),
    "all": Output(ids.REPLAY_ALL, "disabled"),
}
STATES = {"clicks": Input(ids.QUARANTINE_OLDER, "n_clicks"), "everything": Input(ids.QUARANTINE_ALL, "value")}
ENTRY = {
    "id": Output(ids.entry("id"), "data"),
    "box": Output(ids.entry("box"), "className"),
    "title": Output(ids.entry("title"), "children"),
    "reason": Output(ids.entry("reason"), "children"),
    "payload": Output(ids.entry("payload"), "children"),
    "disabled": Output(ids.REPLAY, "disabled"),
}
RESULT = Output(ids.QUARANTINE_RESULT, "children", allow_duplicate=True)
_FAILED = "That could not be replayed; the server's log says why. Nothing was lost."


def register(app: Dash, services: Any) -> None:
    """Wire the quarantine."""
    live(app, services, name="quality-quarantine", page="quality", outputs=OUTPUTS, states=STATES)(entries)

    @callback(
        app,
        output=ENTRY,
        inputs={"rows": Input(ids.QUARANTINE_GRID, "selectedRows"), "search": State(ids.FILTERS, "data"), "shown": State(ids.entry("id"), "data")},
        prevent_initial_call=True,
        role=Role.SUPERVISOR,
    )
    def entry(rows: list[Row] | None, search: str | None, shown: int | None) -> dict[str, Any]:
        # Each refresh tells what is selected anew; who has read half of a payload goes on reading.
        if not rows or int(rows[0]["id"]) == shown:
            raise PreventUpdate
        try:
            context = look(services, search)
        except UnknownSiteError:
            raise PreventUpdate from None
        return one_entry(context, int(rows[0]["id"]))

    @callback(
        app,
        RESULT,
        Output(ids.REPLAY, "disabled", allow_duplicate=True),
        Input(ids.REPLAY, "n_clicks"),
        State(ids.entry("id"), "data"),
        prevent_initial_call=True,
        role=Role.SUPERVISOR,
    )
    def replay(clicks: int | None, entry_id: int | None) -> tuple[Any, ...]:
        if not clicks or entry_id is None:
            raise PreventUpdate
        words, nudge, done = one_again(services, entry_id)
        if done is True:
            note("replayed", subject=str(entry_id))
        tell_change(nudge)
        return words, done

    @callback(
        app,
        RESULT,
        Output(ids.REPLAYED_TO, "data"),
        Input(ids.REPLAY_ALL, "n_clicks"),
        State(ids.FILTERS, "data"),
        State(ids.REPLAYED_TO, "data"),
        running=[(Output(ids.REPLAY_ALL, "disabled"), True, False)],
        prevent_initial_call=True,
        role=Role.SUPERVISOR,
    )
    def replay_all(clicks: int | None, search: str | None, reached: Row | None) -> tuple[Any, ...]:
        if not clicks:
            raise PreventUpdate
        site_id = Filters.from_query(search).site_id
        words, nudge, stopped = all_again(services, site_id, reached)
        if nudge is not no_update:
            note("replayed", site_id, EVERYTHING)
        tell_change(nudge)
        return words, stopped


def entries(context: Context, clicks: int | None, everything: bool | None) -> dict[str, Any]:
    """The newest entries. clicks: how often older ones were asked for. everything: whether replayed ones are wanted too."""
    if not principal().may(Role.SUPERVISOR, context.site.site_id):
        # Payloads name people, and say what a camera saw of them.
        return {"panel": quarantine_class(None, hidden=True)}
    limit = min(PAGE_ROWS * (1 + (clicks or 0)), MOST_ROWS)
    waiting = read(context).refusals
    with context.services.database.read() as connection:
        found = refused.page(connection, context.site.site_id, limit=limit, everything=bool(everything), characters=PREVIEW_CHARACTERS)
    rows = entry_rows(found.entries, local(context))
    return {
        "rows": rows,
        "style": quarantine_style(len(rows)),
        "note": quarantine_note(len(rows), waiting.open, more=waiting.more, everything=bool(everything)),
        "panel": quarantine_class(len(rows)),
        "older": older_class(more=found.older and limit < MOST_ROWS),
        "all": not waiting.open,
    }


def one_entry(context: Context, quarantine_id: int) -> dict[str, Any]:
    """An entry from near. Raises PreventUpdate for one that another site shows, or none."""
    with context.services.database.read() as connection:
        found = refused.entry(connection, context.site.site_id, quarantine_id)
    if found is None:
        raise PreventUpdate
    return entry_leaves(found, local(context))


def one_again(services: Any, quarantine_id: int) -> tuple[str, Any, Any]:
    """Take up an entry: what came of it in words, a nudge to read the page anew, and whether the button is of no more use."""
    try:
        outcome = services.replays.try_one(quarantine_id)
    except Exception:
        log.exception("quarantine: cannot replay %d", quarantine_id)
        return _FAILED, no_update, no_update
    return outcome_words(outcome), time.time_ns(), bool(outcome.taken_up)


def all_again(services: Any, site_id: str, reached: Row | None) -> tuple[str, Any, Any]:
    """Take up a site's open entries: what came of it in words, a nudge, and where it has stopped. reached: where it stopped the time before."""
    try:
        # At a site that isn't there, or not for the caller, nothing was replayed that the audit trail could tell of.
        services.sites.get(site_id)
        outcome = services.replays.try_all(site_id, reached["after"] if reached and reached["site_id"] == site_id else 0)
    except UnknownSite as error:
        return str(error), no_update, no_update
    except Exception:
        log.exception("quarantine: cannot replay the entries of %s", site_id)
        return _FAILED, no_update, no_update
    return outcome_words(outcome), time.time_ns(), None if outcome.reached is None else {"site_id": site_id, "after": outcome.reached}


def outcome_words(outcome: Any) -> str:
    """What replaying did, in words."""
    done = f"{count(outcome.taken_up, 'entry', 'entries')} replayed: {_events(outcome.new, outcome.repeated)}." if outcome.taken_up else ""
    left = _left(outcome.refused)
    on = "There are more: press Replay all again to go on." if outcome.reached is not None else ""
    return " ".join(part for part in (done, left, on) if part) or "There is nothing to replay."


def _left(refused: tuple[str, ...]) -> str:
    if len(refused) < 2:
        return "".join(refused)
    return f"{count(len(refused), 'entry', 'entries')} not replayed; the oldest of them: {refused[0]}"


def _events(new: int, repeated: int) -> str:
    before = f"{number(repeated)} stored before" if repeated else ""
    return ", ".join(part for part in (count(new, "new event") if new or not repeated else "", before) if part)
