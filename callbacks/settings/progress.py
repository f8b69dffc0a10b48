"""What became of saving: whether it did, and how far the recomputing of figures has come, asked every moment while it runs."""

import time
from typing import Any

from dash import Dash, Input, Output

from callbacks.context import Context
from callbacks.live import live
from components import ids
from components.leaf import Leaf
from components.settings.saving import outcome_class, track_style
from components.wording import number
from data_layer.settings_json import Json

OUTPUTS = {
    "text": Leaf(ids.SETTINGS_PROGRESS_TEXT, "children"),
    "look": Leaf(ids.SETTINGS_PROGRESS, "className"),
    "track": Output(ids.SETTINGS_PROGRESS_BAR, "style"),
    "resting": Output(ids.SETTINGS_TICK, "disabled"),
}
STATES = {"saved": Input(ids.SETTINGS_SAVED, "data"), "_tick": Input(ids.SETTINGS_TICK, "n_intervals")}


def register(app: Dash, services: Any) -> None:
    """Keep the line in step."""
    live(app, services, name="settings-progress", page="settings", outputs=OUTPUTS, states=STATES)(outcome)


def outcome(context: Context, saved: Json | None, _tick: int | None) -> dict[str, Any]:
    """The line and its bar. saved: what the last attempt to save on this screen came to: site, and "failed" (why) or "at".

    at: when it was saved (s since the epoch), if figures are to be computed anew, else None.
    """
    site_id = context.site.site_id
    own = saved if saved is not None and saved["site"] == site_id else {}
    steps = context.services.progress(site_id)
    waiting = not steps and own.get("at") is not None and not _has_caught_up(context, own["at"])
    text = own.get("failed") or " ".join([*(["Saved."] if own else []), *_recomputing(steps, waiting=waiting, follows=own.get("at") is not None)])
    share = steps[0] / steps[1] if steps else 0.0 if waiting else None
    return {"text": text, "look": outcome_class(text, went_well="failed" not in own), "track": track_style(share), "resting": share is None}


def _recomputing(steps: tuple[int, int] | None, *, waiting: bool, follows: bool) -> list[str]:
    """How far it is, if there is anything to say. follows: whether what was saved changes figures."""
    if steps:
        return [f"The figures are being computed anew, step {number(steps[0] + 1)} of {number(steps[1])}; until then some follow the old settings."]
    if waiting:
        return ["The figures will be computed anew in a moment."]
    return ["All figures follow the new settings."] if follows else []


def _has_caught_up(context: Context, since: float) -> bool:
    """Whether all that was committed before a moment is in the figures, as its having waited for less long shows."""
    lag: float = context.services.refresher.lags().get(context.site.site_id, 0.0)
    return lag < time.time() - since
