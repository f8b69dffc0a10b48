"""What a change would do: the week's key figures before and after, side by side."""

from collections.abc import Mapping
from typing import Any

from dash import html

from components import ids
from components.settings.controls import button
from components.wording import NO_DATA, number, signed

#: field of the factory's figures, label, unit, digits.
FIGURES = (
    ("total_productive_time_hours", "Productive hours", "h", 1),
    ("total_idle_time_hours", "Idle hours", "h", 1),
    ("total_absent_time_hours", "Absent hours", "h", 1),
    ("average_utilization_percentage", "Average utilization", "%", 1),
    ("tracked_time_hours", "Tracked hours", "h", 1),
    ("no_signal_hours", "Hours without a signal", "h", 1),
    ("coverage_percentage", "Coverage", "%", 1),
    ("total_production_count", "Units produced", "", 0),
    ("average_production_rate", "Units per productive hour", "/h", 1),
    ("total_events", "Events that count", "", 0),
)


def preview_panel() -> html.Section:
    """The button, and the place for what it shows."""
    show = button(ids.PREVIEW_SHOW, html.Span("Show", id=ids.PREVIEW_SHOW_TEXT), "eye")
    head = html.Header([html.H2("What this would do to last week"), show], className="panel__head panel__head--apart")
    box = html.Div(html.Div([], id=ids.PREVIEW_RESULT), id=ids.PREVIEW_BOX, className=preview_class(old=False), role="status")
    return html.Section([head, box], className="card-box panel settings__preview")


def preview_class(*, old: bool) -> str:
    """The class of the preview; an old one is of a form that has been changed since."""
    return "preview preview--old" if old else "preview"


def preview_table(before: Mapping[str, Any], after: Mapping[str, Any]) -> html.Table:
    """The figures under the present settings, under those of the form, and the differences."""
    head = html.Thead(html.Tr([html.Th(words, scope="col") for words in ("", "Now", "Then", "Difference")]))
    rows = [_row(before[name], after[name], label, unit, digits) for name, label, unit, digits in FIGURES]
    return html.Table([head, html.Tbody(rows)], className="preview__table")


def _row(before: float | None, after: float | None, label: str, unit: str, digits: int) -> html.Tr:
    changed = before != after
    cells = [html.Td(_figure(value, unit, digits)) for value in (before, after)]
    return html.Tr([html.Th(label, scope="row"), *cells, html.Td(_difference(before, after, unit, digits))], className="preview__changed" if changed else "")


def _figure(value: float | None, unit: str, digits: int) -> str:
    return NO_DATA if value is None else f"{number(value, digits)} {unit}".strip()


def _difference(before: float | None, after: float | None, unit: str, digits: int) -> str:
    if before is None or after is None:
        return NO_DATA if before is None and after is None else "new" if before is None else "gone"
    return f"{signed(after - before, digits)} {'pt' if unit == '%' else unit}".strip() if after != before else "same"
