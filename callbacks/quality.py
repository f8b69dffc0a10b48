"""The data-quality page, kept in step with filters and time: findings, the site's data in all, its cameras, and coverage."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State

from callbacks import replaying
from callbacks.buckets import beginning, slots
from callbacks.charts import shown_part
from callbacks.context import Context
from callbacks.findings import GOOD_COVERAGE, Coverage, findings
from callbacks.live import live
from callbacks.quality_facts import camera_note, camera_row, counted, facts, local, read, shown_cameras
from callbacks.sightings import sightings
from components import ids
from components.camera_table import camera_class, camera_rows
from components.coverage_bars import coverage_figure, coverage_words
from components.findings_card import PARTS, PLACES, finding_leaves, findings_class, more_findings
from components.grid import grid_style
from components.leaf import Leaf
from components.quality import FACTS, coverage_class, fact_leaves

FINDING_LEAVES = {ids.finding(place, part): Leaf(ids.finding(place, part), prop) for place in range(PLACES) for part, prop in PARTS.items()}
FACT_LEAVES = {ids.quality_fact(key, part): Leaf(ids.quality_fact(key, part), "children") for key in FACTS for part in ("value", "note")}
OUTPUTS = {
    **FINDING_LEAVES,
    **FACT_LEAVES,
    "findings": Leaf(ids.QUALITY_FINDINGS, "className"),
    "more": Leaf(ids.QUALITY_MORE, "children"),
    "counted": Leaf(ids.QUALITY_COUNTED, "children"),
    "cameras": Output(ids.CAMERA_GRID, "rowData"),
    "camera_style": Output(ids.CAMERA_GRID, "style"),
    "camera_class": Leaf(ids.CAMERA_PANEL, "className"),
    "camera_note": Leaf(ids.CAMERA_NOTE, "children"),
}
COVERAGE = {
    "figure": Output(ids.COVERAGE_CHART, "figure"),
    "title": Leaf(ids.COVERAGE_TITLE, "children"),
    "words": Leaf(ids.COVERAGE_WORDS, "children"),
    "panel": Leaf(ids.COVERAGE_PANEL, "className"),
}
_COVERAGE_FIGURES = ("coverage_percentage", "no_signal_hours")


def register(app: Dash, services: Any) -> None:
    """Fill the page, part by part."""
    live(app, services, name="quality", page="quality", outputs=OUTPUTS)(quality)
    live(app, services, name="quality-coverage", page="quality", outputs=COVERAGE)(coverage)
    replaying.register(app, services)
    search = ClientsideFunction(namespace="detail", function_name="search")
    app.clientside_callback(search, Input(ids.CAMERA_SEARCH, "value"), State(ids.CAMERA_GRID, "id"), prevent_initial_call=True)


def quality(context: Context) -> dict[str, Any]:
    """Findings, figures of all the data, and the cameras."""
    found = read(context)
    factory = context.read(stations=False).factory
    measured = Coverage(*(factory[name] for name in ("coverage_percentage", "tracked_time_hours", "no_signal_hours")))
    hurting = findings(found, measured, context.station_names, local(context))
    shown = shown_cameras(context, found)
    return {
        **finding_leaves([(one.level, one.what, one.cost) for one in hurting]),
        **fact_leaves(facts(found, local(context))),
        "findings": findings_class(len(hurting)),
        "more": more_findings(len(hurting)),
        "counted": counted(found, context),
        "cameras": camera_rows([camera_row(camera, context) for camera in shown], local(context)),
        "camera_style": grid_style(len(shown)),
        "camera_class": camera_class(known=bool(found.cameras)),
        "camera_note": camera_note(len(shown), len(found.cameras)),
    }


def coverage(context: Context) -> dict[str, Any]:
    """Coverage, a bar an hour, a day or a week; there is no zoom to keep, so it is drawn whole, with the axis that time moves on."""
    first, why_none = sightings(context).first, unknown(context)
    if first is None or why_none:
        return {"panel": coverage_class(known=False), "title": "Coverage", "words": why_none or "Nothing was seen yet."}
    whole = slots(context, first)
    found = context.series(bucket=whole.bucket, metrics=_COVERAGE_FIGURES, start=beginning(context, whole.bucket, first))
    shown, part = shown_part(context, whole, found["rows"][0]["values"])
    percentages, hours = (part[name] for name in _COVERAGE_FIGURES)
    return {
        "figure": coverage_figure(shown, percentages, hours, good=GOOD_COVERAGE, theme=context.theme),
        "title": {"1h": "Coverage by hour", "1d": "Coverage by day", "1w": "Coverage by week"}[shown.bucket],
        "words": coverage_words(shown, percentages, hours, GOOD_COVERAGE),
        "panel": coverage_class(known=True),
    }


def unknown(context: Context) -> str:
    """Why nobody knows coverage, if so."""
    if not context.site.rules.has_schedule:
        return "Coverage needs shifts (see Settings): without them nobody says when somebody is expected to be seen."
    if context.filters.station_ids or context.filters.station_types:
        return "Coverage is of workers, wherever they are: it is shown for all stations only."
    return ""
