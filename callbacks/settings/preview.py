"""What the settings typed would do to last week, asked for by a button and answered without storing anything."""

import logging
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from access.roles import Role
from callbacks.gate import callback
from callbacks.settings.controls import controls
from callbacks.settings.draft import Form, change_of, errors_of, form_from
from components import ids
from components.settings.preview_table import FIGURES, preview_class, preview_table
from components.wording import count, day
from data_layer.preview import DAYS, Preview
from data_layer.privacy import NotShown
from data_layer.query import TooMuch
from data_layer.scope import UnknownSite
from data_layer.settings_json import Json

log = logging.getLogger(__name__)


def register(app: Dash, services: Any) -> None:
    """Wire the button."""

    @callback(
        app,
        Output(ids.PREVIEW_RESULT, "children"),
        Output(ids.PREVIEW_OF, "data"),
        Output(ids.PREVIEW_BOX, "className", allow_duplicate=True),
        inputs={"clicks": Input(ids.PREVIEW_SHOW, "n_clicks"), "held": controls(State), "base": State(ids.SETTINGS_BASE, "data")},
        running=[(Output(ids.PREVIEW_SHOW, "disabled"), True, False), (Output(ids.PREVIEW_SHOW_TEXT, "children"), "Working it out …", "Show")],
        prevent_initial_call=True,
        role=Role.VIEWER,
    )
    def show(clicks: int | None, held: Json, base: Json | None) -> tuple[Any, ...]:
        if not clicks or base is None:
            raise PreventUpdate
        form = form_from(held)
        return previewed(services, form, base["site"]), form, preview_class(old=False)


def previewed(services: Any, form: Form, site_id: str) -> list[Any]:
    """The table of figures before and after, under a sentence that says of when; or a sentence that says why there is none."""
    if errors_of(form):
        return [html.P("Some entries above can't be: mend them first.")]
    try:
        change, now = change_of(form), services.clock.now()
        zone = ZoneInfo(services.sites.get(site_id).timezone)
        # Settings for days to come are tried on the days that there are.
        ahead = "valid_from" in change and change["valid_from"] >= now.astimezone(zone).date()
        tried = {name: value for name, value in change.items() if name != "valid_from"} if ahead else change
        found = services.sites.preview(site_id, tried, now)
    except (TooMuch, NotShown, UnknownSite) as error:
        return [html.P(str(error))]
    except Exception:
        log.exception("settings: no preview for %s", site_id)
        return [html.P("This could not be worked out; the server's log says why. Nothing was changed.")]
    return [html.P(words(found, zone, ahead=ahead)), *([] if _nothing_in(found) else [preview_table(found.before, found.after)])]


def words(found: Preview, zone: ZoneInfo, *, ahead: bool) -> str:
    """Which days the figures are of, and whether they differ at all."""
    first, last = found.start.astimezone(zone).date(), (found.end.astimezone(zone) - timedelta(days=1)).date()
    span = day(last) if found.days == 1 else f"{day(first, last)} to {day(last)}"
    said = [f"{'The last whole day' if found.days == 1 else f'The last {found.days} whole days'}, {span}."]
    if found.days < DAYS:
        said.append(f"There were too many events to try the settings on {count(DAYS, 'day')}.")
    if _nothing_in(found):
        return " ".join([*said, "Nothing happened in them that settings could change."])
    if ahead:
        said.append("As if the settings had held already; these days stay as they are.")
    if all(found.before[name] == found.after[name] for name, *_ in FIGURES):
        said.append("No figure would change.")
    return " ".join(said)


def _nothing_in(found: Preview) -> bool:
    names = [name for name, *_ in FIGURES]
    return not any(row[name] for row in (found.before, found.after) for name in names)
