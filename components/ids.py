"""The ids by which callbacks find components, in one place."""

from typing import Any

URL = "url"
APP = "app"
FILTERS = "filters"  # store: the query string that the page obeys
VIEW = "view"  # store: page, and the id of a drill-down
MOUNTED = "mounted"  # store: the page that is mounted, and whether its body and its drill-down are
LAYOUTS = "layouts"  # store: what there is to mount, by page and part
REVISION = "live-revision"  # store: changes with each push of the live stream, and twice a minute
THEME = "theme"  # store: light or dark
TICK = "tick"  # moves time on where nothing is pushed
SECOND = "second"  # ages the badge, in the browser alone
STAMP = "stamp"  # store: what the last good answer says about itself
NUDGE = "nudge"  # store: an action of this screen has changed data
BADGE = "badge"
BADGE_TEXT = "badge-text"
THEME_BUTTON = "theme-button"
THEME_ICON = "theme-icon"

SITE = "site-picker"
RANGE = "range-picker"
FIRST_DAY = "first-day"
LAST_DAY = "last-day"
STATIONS = "station-filter"
STATION_TYPES = "type-filter"
WORKERS = "worker-filter"
FILTER_BAR = "filter-bar"
FILTER_SUMMARY = "filter-summary"
WALL_LINK = "wall-link"

PAGE = "page"
PAGE_BODY = "page-body"
PAGE_DETAIL = "page-detail"
NOTICE = "notice"
NOTICE_TEXT = "notice-text"
RESULT = "result"
RESULT_TEXT = "result-text"
RESULT_CLOSE = "result-close"
SENTENCE_LEAD = "sentence-lead"
SENTENCE_WHEN = "sentence-when"
SENTENCE_REST = "sentence-rest"

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


def nav(page: str) -> dict[str, str]:
    """A link of the navigation."""
    return {"nav": page}


def failure(name: str) -> dict[str, str]:
    """The store in which a live callback says why it couldn't fill the page."""
    return {"failure": name}


def leaves(name: str) -> dict[str, str]:
    """The store of the words and classes that a live callback hands to the page."""
    return {"leaves": name}


def cards(scope: str) -> dict[str, str]:
    """The store from which a page's KPI cards are filled."""
    return {"store": "cards", "scope": scope}


def kpi(key: str, scope: str) -> dict[str, str]:
    """The figure of a KPI card."""
    return {"kpi": key, "scope": scope}


def explain(figure: str, of: str) -> dict[str, str]:
    """The button that explains a figure. of: factory, worker or workstation."""
    return {"explain": figure, "of": of}


# The floor, on the overview and on the wall screen. on: overview or wall.
def floor(on: str) -> dict[str, str]:
    """The store from which the floor's tiles are filled."""
    return {"store": "floor", "on": on}


def floor_part(on: str, part: str) -> str:
    """The list of the floor's tiles, or a line about them."""
    return f"{on}-floor-{part}"


# The overview.
OVERVIEW = "overview"
NOTHING_TEXT = "nothing-text"
NOTHING_DAY = "nothing-day"
NOTHING_ALL = "nothing-all"
NOTHING_DATA = "nothing-data"  # store: the last local day with events
HOURS_GRAPH = "hours-graph"
UNITS_GRAPH = "units-graph"
UNITS_TITLE = "units-title"
UNITS_NOTE = "units-note"
CREW = "crew"  # store: the rows of the workers' table
CREW_NOTE = "crew-note"
CREW_ROWS = "crew-rows"
CREW_ALL = "crew-all"


def legend(state: str) -> dict[str, str]:
    """What stands beside a state in the legend of the hours."""
    return {"legend": state}


# The wall screen.
WALL = "wall"
WALL_FRAME = "wall-frame"
WALL_DATA = "wall-data"  # store: the site's name, its zone, and the server's clock
WALL_TURN = "wall-turn"
WALL_SITE = "wall-site"
WALL_CLOCK = "wall-clock"
WALL_PAGES = "wall-pages"
WALL_LIVE = "wall-live"
WALL_LIVE_TEXT = "wall-live-text"
WALL_LEAVE = "wall-leave"
WALL_NOTHING = "wall-nothing"


# All sites, and their comparison.
SITES = "sites"
SITES_DATA = "sites-data"  # store: a card a site
SITES_LIST = "sites-list"
SITES_NOTE = "sites-note"
SITES_ALONE = "sites-alone"
COMPARE = "compare"
COMPARE_WORDS = "compare-words"
COMPARE_METRIC = "compare-metric"
COMPARE_CSV = "compare-csv"
COMPARE_PRINT = "compare-print"
COMPARE_RANKING = "compare-ranking"  # store: a row a site
COMPARE_RANKING_ROWS = "compare-ranking-rows"
COMPARE_RANKING_TITLE = "compare-ranking-title"
COMPARE_BARS = "compare-bars"
COMPARE_BARS_TITLE = "compare-bars-title"
COMPARE_COURSE = "compare-course"
COMPARE_COURSE_TITLE = "compare-course-title"
COMPARE_COURSE_NOTE = "compare-course-note"
COMPARE_FIGURES = "compare-figures"  # store: a row a site, and one of all
COMPARE_FIGURES_ROWS = "compare-figures-rows"
COMPARE_NOTES = "compare-notes"
COMPARE_ALONE = "compare-alone"
COMPARE_MADE = "compare-made"


def sites_tab(page: str) -> str:
    """The link to one of the pages about all sites, on the other one. page: sites or compare."""
    return f"sites-tab-{page}"


# Workers, stations, and their drill-downs. of: "worker" or "station".
WORKER_CSV = "worker-csv"
STATION_CSV = "station-csv"


def detail(of: str, part: str) -> str:
    """A leaf of a drill-down."""
    return f"{of}-detail-{part}"


def filled(of: str, part: str) -> str:
    """The store that says whose figures a part of a drill-down shows."""
    return f"{of}-detail-{part}-filled"


# Data quality.
QUALITY_FINDINGS = "quality-findings"
QUALITY_MORE = "quality-more-findings"
QUALITY_COUNTED = "quality-counted"
CAMERA_PANEL = "camera-panel"
CAMERA_GRID = "camera-grid"
CAMERA_NOTE = "camera-note"
CAMERA_SEARCH = "camera-search"
COVERAGE_PANEL = "coverage-panel"
COVERAGE_TITLE = "coverage-title"
COVERAGE_CHART = "coverage-chart"
COVERAGE_WORDS = "coverage-words"
QUARANTINE_PANEL = "quarantine-panel"
QUARANTINE_GRID = "quarantine-grid"
QUARANTINE_NOTE = "quarantine-note"
QUARANTINE_ALL = "quarantine-replayed-too"
QUARANTINE_OLDER = "quarantine-older"
QUARANTINE_RESULT = "quarantine-result"
REPLAY = "replay"
REPLAY_ALL = "replay-all"
REPLAYED_TO = "replayed-to"  # store: the entry at which "Replay all" has stopped, to go on from


def finding(place: int, part: str) -> str:
    """A leaf of the line in that place of what hurts the figures."""
    return f"finding-{place}-{part}"


def quality_fact(key: str, part: str) -> str:
    """A leaf of a figure of all the site's data: its value or the words below it."""
    return f"quality-{key}-{part}"


def entry(part: str) -> str:
    """A leaf of the quarantine's entry that is looked at."""
    return f"quarantine-entry-{part}"


# The panel that explains a number.
EXPLAIN_PANEL = "explain-panel"
EXPLAIN_ASKED = "explain-asked"  # store: the figure, whose it is, filters and moment
EXPLAIN_TITLE = "explain-title"
EXPLAIN_WHEN = "explain-when"
EXPLAIN_CONTENT = "explain-content"
EXPLAIN_BODY = "explain-body"
EXPLAIN_DATA = "explain-data"  # store: the tables
EXPLAIN_TABLES = "explain-tables"  # where the browser draws them
EXPLAIN_LEFT_OUT = "explain-left-out"
EXPLAIN_REFRESH = "explain-refresh"
EXPLAIN_CLOSE = "explain-close"


# The timeline.
TIMELINE_GRAPH = "timeline-graph"
TIMELINE_ZOOM = "timeline-zoom"  # store: the part of the range that the reader looks at, and whether by touch
TIMELINE_DRAWN = "timeline-drawn"  # store: what the graph shows: lanes, range, ticks, zone
TIMELINE_LANES = "timeline-lanes"
TIMELINE_NAMES = "timeline-names"
TIMELINE_AXIS = "timeline-axis"
TIMELINE_TIP = "timeline-tip"
TIMELINE_NOTE = "timeline-note"
TIMELINE_WORDS = "timeline-words"


def timeline_by(kind: str) -> str:
    """The link that shows lanes by worker or by station."""
    return f"timeline-by-{kind}"


def timeline_move(way: str) -> str:
    """The button that goes earlier or later, or zooms in, out or back to the whole range."""
    return f"timeline-{way}"


# Settings.
SETTINGS_DRAFTS = "settings-drafts"  # store in the shell: what was typed and not saved, by site, so that a look at another page loses nothing
SETTINGS_BASE = "settings-base"  # store: what the form was filled from: site, edition, form
SETTINGS_BAR = "settings-bar"
SETTINGS_STATE = "settings-state"
SETTINGS_SAVE = "settings-save"
SETTINGS_DISCARD = "settings-discard"
SETTINGS_CONFLICT = "settings-conflict"
SETTINGS_TAKE_THEIRS = "settings-take-theirs"
SETTINGS_KEEP_MINE = "settings-keep-mine"
RETENTION_STATE = "retention-state"
SETTINGS_SITE = "settings-site"
SETTINGS_VERSIONS = "settings-versions"
SETTINGS_QUESTION = "settings-question"
SETTINGS_CHANGES = "settings-changes"
SETTINGS_CONSEQUENCES = "settings-consequences"
SETTINGS_CONFIRM = "settings-confirm"
SETTINGS_CONFIRM_TEXT = "settings-confirm-text"
SETTINGS_CANCEL = "settings-cancel"
SETTINGS_SAVED = "settings-saved"  # store: site and moment of the last save, until its figures are there
SETTINGS_TICK = "settings-tick"  # asks how far the recomputing is, while it runs
SETTINGS_PROGRESS = "settings-progress"
SETTINGS_PROGRESS_TEXT = "settings-progress-text"
SETTINGS_PROGRESS_BAR = "settings-progress-bar"
PREVIEW_SHOW = "preview-show"
PREVIEW_SHOW_TEXT = "preview-show-text"
PREVIEW_BOX = "preview-box"
PREVIEW_RESULT = "preview-result"
PREVIEW_OF = "preview-of"  # store: the form that the preview is of
SHIFT_LIST = "shift-list"
EXCEPTION_LIST = "exception-list"
WEEK = "week"
WEEK_NOTE = "week-note"
SITE_LIST = "site-list"
SITE_ROWS = "site-rows"  # store: what the list of sites shows
SITE_NEW = "site-new"
SITE_NEW_BOX = "site-new-box"
SITE_NEW_ID = "site-new-id"
SITE_NEW_NAME = "site-new-name"
SITE_NEW_ZONE = "site-new-zone"
SITE_NEW_ERROR = "site-new-error"
SITE_NEW_CREATE = "site-new-create"
SITE_NEW_CANCEL = "site-new-cancel"
SIMULATION_PANEL = "simulation-panel"
SIMULATION_WORDS = "simulation-words"
SIMULATION_START = "simulation-start"
SIMULATION_STOP = "simulation-stop"
SIMULATION_ASK = "simulation-ask"
SIMULATION_MODAL = "simulation-modal"
SIMULATION_SITE = "simulation-site"
SIMULATION_REMOVE = "simulation-remove"
SIMULATION_REMOVE_TEXT = "simulation-remove-text"
SIMULATION_KEEP = "simulation-keep"


def setting(field: str) -> str:
    """The control of a field of the settings."""
    return f"setting-{field}"


def setting_error(field: str) -> str:
    """What is wrong with a field of the settings."""
    return f"setting-{field}-error"


def shift(row: Any, part: Any) -> dict[str, Any]:
    """A control of a shift's row: name, start, end, days, or its error. row: "w2" of the week, "x1-0" of an exception; see `components.settings.rows`."""
    return {"shift": part, "row": row}


def pause(row: Any, part: Any) -> dict[str, Any]:
    """A control of a break's row: start or end. row: of its shift and its own number, "w2-0"."""
    return {"break": part, "row": row}


def exception(row: Any, part: Any) -> dict[str, Any]:
    """A control of an exception's row: its date, or its error. row: "x1"."""
    return {"exception": part, "row": row}


def edit(action: Any, row: Any) -> dict[str, Any]:
    """A button that adds or removes a row."""
    return {"edit": action, "row": row}


def register(kind: str, part: str) -> str:
    """A part of the table of what is registered. kind: worker or station."""
    return f"register-{kind}-{part}"
