"""The controls of the settings form, as callbacks name them; `draft.form_from` reads what they hold."""

from typing import Any

from dash import ALL, Input, State

from callbacks.settings.draft import KEPT
from components import ids

FIELDS = ("name", "timezone", "timeout", "unit", "confidence", "strict", "raw_feed", *KEPT, "since", "day")


def controls(kind: type[Input] | type[State]) -> dict[str, Any]:
    """All controls, as inputs or as states."""
    return {
        "fields": {name: kind(ids.setting(name), "value") for name in FIELDS},
        "shifts": {"ids": State(ids.shift(ALL, "start"), "id"), **{part: kind(ids.shift(ALL, part), "value") for part in ("name", "start", "end")}},
        "days": {"ids": State(ids.shift(ALL, "days"), "id"), "values": kind(ids.shift(ALL, "days"), "value")},
        "breaks": {"ids": State(ids.pause(ALL, "start"), "id"), **{part: kind(ids.pause(ALL, part), "value") for part in ("start", "end")}},
        "exceptions": {"ids": State(ids.exception(ALL, "date"), "id"), "date": kind(ids.exception(ALL, "date"), "value")},
    }
