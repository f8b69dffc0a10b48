"""What the colours of a chart of states mean."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from components.state_style import state_style


def state_legend(states: Sequence[str], sums: Mapping[str, Any] | None = None) -> html.Ul:
    """A line of words, each beside its colour. sums: ids of what stands behind them, by state."""
    return html.Ul([_entry(state, (sums or {}).get(state)) for state in states], className="legend")


def _entry(state: str, sum_id: Any) -> html.Li:
    said = [html.Span("", id=sum_id, className="legend__value")] if sum_id else []
    return html.Li([_mark(state), html.Span(state_style(state).word.lower()), *said], className="legend__entry")


def _mark(state: str) -> html.Span:
    return html.Span(className=f"legend__mark legend__mark--{state}", **{"aria-hidden": "true"})
