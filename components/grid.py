"""What all tables share: AG Grid Community on the page's colours, keeping sort, filter and scroll over a refresh."""

from typing import Any

import dash_ag_grid as dag
import dash_bootstrap_components as dbc
from dash import html

from components.theme import GRID_HEADER_PX, GRID_MOST_ROWS, GRID_ROW_PX, GRID_THEME

#: What stands above and below the grid of a page that is mostly grid.
GRID_SURROUNDINGS_PX = 216

Column = dict[str, Any]


def text_column(field: str, header: str, width: int, **more: Any) -> Column:
    """A column of words, filtered by text."""
    # Where a column is pinned, its width counts and not its flex.
    return {"field": field, "headerName": header, "width": width, "minWidth": width, "flex": width, "filter": "agTextColumnFilter"} | more


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


def link_column(field: str, header: str, width: int, page: str, *, of: str = "id", **more: Any) -> Column:
    """A column of names that are links to a drill-down, `/<page>/<id>` under the query string of the moment. of: the field of the id."""
    # Who knows only the id finds the row too.
    search = {"function": f"params.value + ' ' + params.data.{of}"}
    return text_column(field, header, width, cellRenderer="LinkCell", cellRendererParams={"page": page, "of": of}, getQuickFilterText=search) | more


def grid(grid_id: str, columns: list[Column], *, nothing: str, label: str, opens: str | None = None, style: dict[str, str] | None = None) -> html.Div:
    """An empty grid.

    nothing: the sentence shown when there are no rows. label: its name for a screen reader. opens: the page whose drill-down a click
    on a row opens, or Enter on one of its cells.
    """
    follow = {event: [f"openRow(params, '{opens}')"] for event in ("cellClicked", "cellKeyDown")} if opens else {}
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
                # A row that was opened stays marked: who comes back sees where he was.
                **({"rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True}} if opens else {}),
            },
            eventListeners=follow,
            style=style or grid_style(3),
        ),
        className="grid grid--opens" if opens else "grid",
        role="region",
        **{"aria-label": label},
    )


def grid_style(rows: int, most: int = GRID_MOST_ROWS) -> dict[str, str]:
    """The grid's height: all of a few rows, a scrolling window on more than `most`."""
    return {"height": f"{_height(min(max(rows, 2), most))}px", "width": "100%"}


def page_grid_style(rows: int) -> dict[str, str]:
    """The height of a grid that is the page's only one: all rows, as far as they fit on the screen, and never less than a few."""
    return {"height": f"min({_height(max(rows, 2))}px, max({_height(6)}px, 100vh - {GRID_SURROUNDINGS_PX}px))", "width": "100%"}


def _height(rows: int) -> int:
    # 18 px: room for a sideways scrollbar, so that it never hides the last row.
    return GRID_HEADER_PX + rows * GRID_ROW_PX + 18


def grid_panel(title: str, *, note_id: str, search_id: str, table: html.Div, csv_id: str | None = None) -> html.Section:
    """A titled card with a quick search above the grid, and a link to its rows as CSV, if its id is given."""
    box = dbc.Input(id=search_id, type="search", placeholder="Search", size="sm", value="")
    search = html.Label([html.Span(f"Search {title.lower()}", className="visually-hidden"), box], className="search")
    link = [csv_link(csv_id, f"Download {title.lower()} as CSV")] if csv_id else []
    head = [html.H2(title), html.Span("", id=note_id, className="panel__note"), search, *link]
    return html.Section([html.Header(head, className="panel__head"), table], className="card-box panel")


def csv_link(link_id: str, label: str) -> html.A:
    """A link to a CSV file of all rows that the page's filters let through, unrounded; a callback sets its address."""
    icon = html.I(className="bi bi-download", **{"aria-hidden": "true"})
    hint = "All rows of this range and these filters, unrounded"
    return html.A([icon, html.Span("CSV")], id=link_id, href="", className="csv-link", title=hint, **{"aria-label": label})
