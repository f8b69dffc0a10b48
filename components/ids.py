"""The ids by which callbacks find components, in one place."""

URL = "url"
APP = "app"
FILTERS = "filters"  # store: the query string that the page obeys
TICK = "tick"  # asks the server
SECOND = "second"  # ages the badge, in the browser alone
STAMP = "stamp"  # store: what the last good answer says about itself
NUDGE = "nudge"  # store: demo data came or went
BADGE = "badge"
BADGE_TEXT = "badge-text"
THEME_BUTTON = "theme-button"
THEME_ICON = "theme-icon"

SITE = "site-picker"
RANGE = "range-picker"
DATES = "date-range"
STATIONS = "station-filter"
FILTER_BAR = "filter-bar"

PAGE = "page"
NOTICE = "notice"
NOTICE_TEXT = "notice-text"
RESULT = "result"
RESULT_TEXT = "result-text"
RESULT_CLOSE = "result-close"
SENTENCE_LEAD = "sentence-lead"
SENTENCE_WHEN = "sentence-when"
SENTENCE_REST = "sentence-rest"

FLOOR = "floor"
FLOOR_DATA = "floor-data"
FLOOR_NOTE = "floor-note"
FLOOR_ELSEWHERE = "floor-elsewhere"

WORKER_GRID = "worker-grid"
WORKER_NOTE = "worker-note"
WORKER_SEARCH = "worker-search"
STATION_GRID = "station-grid"
STATION_NOTE = "station-note"
STATION_SEARCH = "station-search"

WELCOME_NOTE = "welcome-note"
WELCOME_CURL = "welcome-curl"
WELCOME_LOAD = "welcome-load"
WELCOME_LOAD_TEXT = "welcome-load-text"
DEMO_PANEL = "demo-panel"
DEMO_LOAD = "demo-load"
DEMO_LOAD_TEXT = "demo-load-text"
DEMO_ASK = "demo-ask"
DEMO_REMOVE = "demo-remove"
DEMO_REMOVE_TEXT = "demo-remove-text"
DEMO_KEEP = "demo-keep"
DEMO_MODAL = "demo-modal"
DEMO_SITE = "demo-site"


def kpi(key: str, part: str) -> str:
    """A leaf of a KPI card: its value, unit, change, icon or the line around them."""
    return f"kpi-{key}-{part}"


def tile(station_id: str, part: str) -> dict[str, str]:
    """A leaf of a station's floor tile; `callbacks` match on the part."""
    return {"tile": part, "station": station_id}
