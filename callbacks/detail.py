"""A drill-down, kept in step with filters and time: who it is, figures, states, hours and events, each part by itself."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State

from callbacks.about import About as Whom
from callbacks.about import about, names, now_of, other
from callbacks.cards import coverage_hint
from callbacks.context import Context
from callbacks.detail_charts import HOURS, LANE, hours, lane, trends
from callbacks.event_list import MOST_ROWS, newest
from callbacks.live import live
from components import ids
from components.detail import WORKER, Kind, detail_class, event_grid_style, header_leaves, older_class
from components.event_table import event_rows, events_note
from components.kpi_card import kpi_leaves
from components.leaf import Leaf
from components.wording import count
from data_layer.privacy import About
from data_layer.query import Row

Leaves = dict[str, Any]
Part = Callable[..., Leaves]

#: Leaves of each part: the component's name, and the property that changes.
FIGURES = {
    **{leaf: (leaf, "children") for leaf in ("name", "about", "word", "words", "nothing")},
    **{leaf: (leaf, "className") for leaf in ("box", "icon", "state")},
    "split": ("split-rows", "data"),
    "split_note": ("split-note", "children"),
}
EVENTS = {"rows": ("events", "rowData"), "style": ("events", "style"), "note": ("events-note", "children"), "button": ("show-older", "className")}


def register(app: Dash, services: Any, kind: Kind) -> None:
    """Fill the parts of a kind of drill-down; `filled` says whose a part is, for the page to hide what is still another's."""

    def part(name: str, fill: Part, leaves: Mapping[str, tuple[str, str]], more: Mapping[str, Any], states: Mapping[str, Any] | None = None) -> None:
        outputs: dict[str, Any] = {leaf: place(ids.detail(kind.of, at), prop) for leaf, (at, prop) in leaves.items()}
        outputs |= {**more, "filled": Output(ids.filled(kind.of, name), "data")}
        live(app, services, name=kind.name(name), page=kind.page, part="detail", outputs=outputs, states=states)(partial(answered, kind, fill))

    part("figures", figures, FIGURES, {"cards": Output(ids.cards(kind.of), "data")})
    part("lane", lane, LANE, {})
    part("hours", hours, HOURS, {})
    draw = ClientsideFunction(namespace="detail", function_name="drawSplit")
    app.clientside_callback(draw, Input(ids.detail(kind.of, "split-rows"), "data"), State(ids.detail(kind.of, "split"), "id"))
    part("events", events, EVENTS, {}, {"older": Input(ids.detail(kind.of, "older"), "data")})


def place(component_id: str, prop: str) -> Any:
    """Where a leaf of a drill-down goes: words and classes past Dash, all else by it."""
    return Leaf(component_id, prop) if prop in ("children", "className") else Output(component_id, prop)  # type: ignore[arg-type]


def answered(kind: Kind, fill: Part, context: Context, **states: Any) -> Leaves:
    """What a part shows of whom the view is about; of an unknown id only that there is nobody."""
    if kind is WORKER:
        context.site.privacy.check(context.site.site_id, About.PEOPLE)
    one = about(kind, context)
    if one is None:
        return {"filled": context.view_id, **(unknown(kind, context) if fill is figures else {})}
    # What was when is hidden by the page, where the site doesn't show it.
    is_hidden = fill in (lane, events) and context.site.privacy.shows_groups
    return {"filled": one.id, **({} if is_hidden else fill(one, context, **states))}


def unknown(kind: Kind, context: Context) -> Leaves:
    """ "There is no worker W99 at Plant North"."""
    where = context.site.name or context.site.site_id
    return {**header_leaves(f"There is no {kind.of} {context.view_id} at {where}", []), "box": detail_class(known=False)}


def figures(one: Whom, context: Context) -> Leaves:
    """Who it is, what it does now, its figures over the window, and how they divide."""
    own, parts = one.read(context)
    rows = one.kind.split.rows(parts)
    return {
        **header_leaves(one.name, _beside(one, context)),
        **now_of(one, context).leaves(),
        "box": detail_class(known=True),
        "nothing": "" if _is_seen(own) else nothing(one, context),
        "cards": cards(one, context, own, one.read_previous(context)),
        "split": rows,
        "split_note": _without_worker(own, rows) if one.kind is not WORKER and context.site.privacy.shows_people else "",
    }


def cards(one: Whom, context: Context, own: Row, before: Row | None) -> dict[str, Leaves]:
    """The key figures; em dashes where nothing was seen, for no data is not zero."""
    if not _is_seen(own):
        return {kpi.key: kpi_leaves(kpi, None) for kpi in one.kind.kpis}
    course = trends(one, context)
    hints = {"coverage_percentage": coverage_hint(context)} if own.get("coverage_percentage") is None else {}
    return {
        kpi.key: kpi_leaves(kpi, own[kpi.field], before[kpi.field] if before else None, hint=hints.get(kpi.field, ""), trend=course.get(kpi.field, ()))
        for kpi in one.kind.kpis
    }


def _is_seen(own: Row) -> bool:
    """Whether there was anything of it in the window."""
    return any(value for name, value in own.items() if name == "event_count" or (name.endswith("_time_hours") and name != "tracked_time_hours"))


def nothing(one: Whom, context: Context) -> str:
    """A sentence for who looks at em dashes."""
    narrowed = context.filters.station_ids or context.filters.station_types if one.kind is WORKER else context.filters.worker_ids
    under = f", under the filter of {other(one.kind).plural}" if narrowed else ""
    return f"Nothing was seen {'of' if one.kind is WORKER else 'at'} {one.name} in this range{under}."


def _beside(one: Whom, context: Context) -> list[str | None]:
    """What stands beside the name: the id where it isn't the name, and the type or the home station."""
    id_ = None if one.id == one.name else one.id
    if one.kind is not WORKER:
        return [id_, one.row["type"]]
    home = one.row["home_station_id"]
    return [id_, f"home station {names(other(one.kind), context).get(home, home)}" if home else None]


def _without_worker(own: Row, rows: list[Row]) -> str:
    """Units of counters that know no people belong to the station and to none of the rows."""
    if own["total_units_produced"] is None:
        return ""
    left = own["total_units_produced"] - sum(row["units"] for row in rows)
    return f"{count(left, 'unit')} without a worker" if left else ""


def events(one: Whom, context: Context, older: dict[str, Any] | None) -> Leaves:
    """The newest events. older: how many pages of them are wanted, and of whom."""
    pages = older["pages"] if older and older["id"] == one.id else 1
    given = {name: value for name, value in one.narrowed.items() if name != "station_types"}
    found = newest(context, pages, **given)
    beside = other(one.kind)
    rows = event_rows(found.events, beside.of, names(beside, context), context.now.astimezone(context.zone))
    return {
        "rows": rows,
        "style": event_grid_style(len(rows)),
        "note": events_note(len(rows), more=found.more, most=MOST_ROWS),
        "button": older_class(more=found.more and len(rows) < MOST_ROWS),
    }
