"""The values that our pages send with a callback: the shape that each property has, by component."""

from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from callbacks.settings.draft import KEPT
from components import ids

Clicks = Annotated[int, Meta(ge=0, le=10**9)] | None
Text = Annotated[str, Meta(max_length=100_000)] | None
Number = Annotated[int, Meta(ge=-(10**15), le=10**15)] | Annotated[float, Meta(ge=-1e15, le=1e15)]
#: Milliseconds since the epoch, of the years in which there may be events.
Moment = Annotated[float, Meta(ge=0, le=7.3e12)]
Row = Annotated[str, Meta(pattern=r"^[wx]\d{1,3}(-\d{1,3}){0,2}\Z")]
EntryNumber = Annotated[int, Meta(ge=0, le=2**63 - 1)]
#: What is compared with what is shown, or handed back as it came.
Anything = Any


class Told(Struct):
    """The data revision that a screen was told of."""

    revision: Annotated[int, Meta(ge=0, le=2**63 - 1)]


class View(Struct):
    """Which page is shown, and about whom."""

    page: str
    id: str | None


class Asked(Struct):
    """A figure that is to be explained."""

    of: Literal["factory", "worker", "workstation"]
    figure: str
    search: str
    id: str | None = None
    as_of: str | None = None
    at: Any = None


class Pause(Struct):
    """A break of a shift."""

    start: str | None
    end: str | None


class Shift(Struct):
    """A shift, of the week or of an exception."""

    name: str | None
    start: str | None
    end: str | None
    days: list[Annotated[int, Meta(ge=0, le=6)]]
    breaks: list[Pause]


class Exceptional(Struct):
    """A day with shifts of its own."""

    date: str | None
    shifts: list[Shift]


class Form(Struct):
    """A form of the settings (see `callbacks.settings.draft`)."""

    name: str
    timezone: str | None
    timeout: Number | None
    unit: Literal["s", "min", "h", "none"]
    confidence: Number | None
    strict: bool
    raw_feed: bool
    keep_events: Number | None
    keep_intervals: Number | None
    keep_rollups: Number | None
    shifts: list[Shift]
    exceptions: list[Exceptional]
    since: Literal["all", "day"]
    day: str | None


class StoredForm(Form):
    """A form as it was filled by the server."""

    day: date | None


class Base(Struct):
    """What the form was filled from."""

    site: str
    edition: str
    form: StoredForm


class Draft(Struct):
    """What was typed for a site, and from what on."""

    base: Base
    form: Form


class Chosen(Struct):
    """A row of the quarantine."""

    id: EntryNumber | Annotated[str, Meta(pattern=r"^\d{1,18}\Z")]


class RowId(Struct):
    """The id of a row's control."""

    row: Row


class Reached(Struct):
    """Where replaying has stopped."""

    site_id: str
    after: EntryNumber


class Saved(Struct):
    """What the last attempt to save came to."""

    site: str
    failed: str | None = None
    at: Annotated[float, Meta(ge=0, le=1e12)] | None = None


class Pages(Struct):
    """How many pages of events are wanted, and of whom."""

    id: str
    pages: Annotated[int, Meta(ge=1, le=10**6)]


class Zoom(Struct):
    """The part of the range that is looked at."""

    touch: bool
    view: tuple[Moment, Moment] | None


class Drawn(Struct):
    """What was drawn of the timeline."""

    kind: str
    search: str
    lanes: list[Any]
    whole: list[Any]


class Edited(Struct):
    """A cell of a table. Its content is looked at where it is stored."""

    data: dict[str, Any]


_VALUES: dict[tuple[str, str], Any] = {
    (ids.FILTERS, "data"): Text,
    (ids.REVISION, "data"): Told | None,
    (ids.VIEW, "data"): View | None,
    (ids.THEME, "data"): Literal["light", "dark"] | None,
    (ids.NUDGE, "data"): Anything,
    (ids.SITE, "options"): Anything,
    **{(component, "options"): Anything for component in (ids.STATIONS, ids.STATION_TYPES, ids.WORKERS)},
    (ids.RESULT_TEXT, "children"): Anything,
    (ids.EXPLAIN_ASKED, "data"): Asked,
    (ids.QUARANTINE_GRID, "selectedRows"): list[Chosen] | None,
    (ids.QUARANTINE_ALL, "value"): bool | None,
    (ids.entry("id"), "data"): EntryNumber | None,
    (ids.REPLAYED_TO, "data"): Reached | None,
    (ids.SITE_ROWS, "data"): Anything,
    (ids.SITE_NEW_ID, "value"): Text,
    (ids.SITE_NEW_NAME, "value"): Text,
    (ids.SITE_NEW_ZONE, "value"): Text,
    (ids.PREVIEW_OF, "data"): Form | None,
    (ids.SETTINGS_BASE, "data"): Base | None,
    (ids.SETTINGS_DRAFTS, "data"): dict[str, Draft] | None,
    (ids.SETTINGS_SAVED, "data"): Saved | None,
    (ids.TIMELINE_DRAWN, "data"): Drawn | None,
    (ids.TIMELINE_ZOOM, "data"): Zoom | None,
    **{(ids.detail(of, "older"), "data"): Pages | None for of in ("worker", "station")},
    **{(ids.register(kind, "grid"), "cellValueChanged"): list[Edited] | None for kind in ("worker", "station")},
    **{(ids.register(kind, "grid"), "rowData"): Anything for kind in ("worker", "station")},
    **{(ids.register(kind, part), "value"): Text for kind in ("worker", "station") for part in ("id", "name")},
    **{(ids.setting(name), "value"): Text for name in ("name", "timezone", "day")},
    **{(ids.setting(name), "value"): Number | Annotated[str, Meta(max_length=100)] | None for name in ("timeout", "confidence", *KEPT)},
    **{(ids.setting(name), "value"): bool | None for name in ("strict", "raw_feed")},
    (ids.setting("unit"), "value"): Literal["s", "min", "h", "none"] | None,
    (ids.setting("since"), "value"): Literal["all", "day"] | None,
}
#: Of components that there are many of, by the first word of their id.
_OF_MANY: dict[tuple[str, str], Any] = {
    ("failure", "data"): Text,
    **{(kind, "value"): Annotated[str, Meta(max_length=200)] | None for kind in ("break", "exception", "shift")},
    ("days", "value"): list[Annotated[int, Meta(ge=0, le=6)]] | None,
}
_CLICKS = ("n_clicks", "n_submit", "n_intervals")


def shape_of(component: str | dict[str, Any], prop: str) -> Any:
    """The shape of a value. component: its id, or the pattern of ids. Raises LookupError where nobody has said which."""
    if prop in _CLICKS:
        return Clicks
    if isinstance(component, str):
        return _VALUES[component, prop]
    if prop == "id":
        return RowId
    kind = "days" if component.get("shift") == "days" else next(name for name in ("failure", "break", "exception", "shift") if name in component)
    return _OF_MANY[kind, prop]
