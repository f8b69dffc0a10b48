"""What all tables share: AG Grid Community on the page's colours, keeping sort, filter and scroll over a refresh."""

from typing import Any

import dash_ag_grid as dag
import dash_bootstrap_components as dbc
from dash import html

from components.theme import GRID_HEADER_PX, GRID_MOST_ROWS, GRID_ROW_PX, GRID_THEME

Column = dict[str, Any]


def text_column(field: str, header: str, width: int, **more: Any) -> Column:
    """A column of words, filtered by text."""
    return {"field": field, "headerName": header, "minWidth": width, "flex": width, "filter": "agTextColumnFilter"} | more


def number_column(field: str, header: str, width: int, formatter: str, **more: Any) -> Column:
    """A right-aligned column of raw numbers; formatter: a function of `assets/30-grid.js` that rounds for the eye only."""
    return {
        "field": field,
        "headerName": header,
        "minWidth": width,
        "flex": width,
        "filter": "agNumberColumnFilter",
        "type": "rightAligned",
        "valueFormatter": {"function": f"{formatter}(params.value)"},
    } | more


def bar_column(field: str, header: str, width: int, **more: Any) -> Column:
    """A percentage as a small bar with its number beside it."""
    return number_column(field, header, width, "percent", type=None, cellRenderer="BarCell", **more)


def grid(grid_id: str, columns: list[Column], *, nothing: str, label: str) -> html.Div:
    """An empty grid. nothing: the sentence shown when there are no rows; label: its name for a screen reader."""
    return html.Div(
        dag.AgGrid(
            id=grid_id,
            columnDefs=columns,
            rowData=[],
            getRowId="params.data.id",
            defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True, "suppressHeaderFilterButton": False},
            dashGridOptions={
                "theme": GRID_THEME,
                "rowHeight": GRID_ROW_PX,
                "headerHeight": GRID_HEADER_PX,
                "suppressCellFocus": False,
                "enableCellTextSelection": True,
                "ensureDomOrder": True,
                "animateRows": False,
                "localeText": {"noRowsToShow": nothing, "noMatchingRows": "Nothing matches the search or the filters"},
                "suppressDragLeaveHidesColumns": True,
            },
            style=grid_style(3),
        ),
        className="grid",
        role="region",
        **{"aria-label": label},
    )


def grid_style(rows: int) -> dict[str, str]:
    """The grid's height: all of a few rows, a scrolling window on many."""
    shown = min(max(rows, 2), GRID_MOST_ROWS)
    # 18 px: room for a sideways scrollbar, so that it never hides the last row.
    return {"height": f"{GRID_HEADER_PX + shown * GRID_ROW_PX + 18}px", "width": "100%"}


def grid_panel(title: str, *, note_id: str, search_id: str, table: html.Div) -> html.Section:
    """A titled card with a quick search above the grid."""
    box = dbc.Input(id=search_id, type="search", placeholder="Search", size="sm", value="")
    search = html.Label([html.Span(f"Search {title.lower()}", className="visually-hidden"), box], className="search")
    head = [html.H2(title), html.Span("", id=note_id, className="panel__note"), search]
    return html.Section([html.Header(head, className="panel__head"), table], className="card-box panel")
