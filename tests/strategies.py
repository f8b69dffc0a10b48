"""Hypothesis strategies for nasty sites, event sets and queries: daylight saving, edges, ties, repeats, odd breaks, settings versions."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from reference.events import identity, read, stored
from reference.moments import EPOCH, HOUR, local_day, microseconds
from reference.settings import versions

MINUTE = HOUR // 60
DAY = 24 * HOUR
LAST_MOMENT = microseconds(datetime(2026, 11, 1, tzinfo=UTC)) - 1

# Local days on which the clock changes in 2026, or any day where it never does.
CHANGES = {
    "UTC": ["2026-03-29", "2026-10-25"],
    "Europe/Berlin": ["2026-03-29", "2026-10-25"],
    "America/St_Johns": ["2026-03-08"],
    "Asia/Kathmandu": ["2026-04-05"],
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04"],
    "America/New_York": ["2026-03-08"],
    "Africa/Cairo": ["2026-04-24", "2026-10-29"],
}
WORKDAY = ["08:00", "17:00", "12:00", "13:00", "06:00", "14:00", "22:00", "09:30", "10:00", "20:30"]
CHANGING = ["00:00", "01:00", "01:30", "02:00", "02:15", "02:30", "03:00", "23:00", "23:59"]
NAMES = ["day", "night", "Früh"]
EVERY_DAY = list(range(7))

clocks = st.sampled_from(WORKDAY + CHANGING) | st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


def _nearby_days(timezone: str) -> st.SearchStrategy[date]:
    """Local days from two before a change of the clock to three after it."""
    changes = st.sampled_from(CHANGES[timezone]).map(date.fromisoformat)
    return st.builds(lambda change, n: change + timedelta(days=n), changes, st.sampled_from([0, 1, -1, 2, -2, 3]))


@st.composite
def breaks(draw: st.DrawFn, start: str, end: str) -> list[dict]:
    """Up to three breaks: inside, touching the shift's edges, sticking out, overlapping, empty and inverted ones."""
    times = st.sampled_from([*WORKDAY, start, end]) | clocks
    return draw(st.lists(st.fixed_dictionaries({"start": times, "end": times}), max_size=3))


@st.composite
def shifts(draw: st.DrawFn, name: str | None, *, days: bool = True) -> dict:
    """One shift of any length up to 24 h; an exception's shift may do without days."""
    start, end = draw(clocks), draw(clocks)
    shift = {"start": start, "end": end}
    if days or draw(st.booleans()):
        shift["days"] = draw(st.just(EVERY_DAY) | st.just([0, 1, 2, 3, 4]) | st.lists(st.integers(0, 6), min_size=1, unique=True))
    if name is not None:
        shift["name"] = name
    pauses = draw(breaks(start, end))
    return shift | ({"breaks": pauses} if pauses else {})


@st.composite
def shift_lists(draw: st.DrawFn, *, days: bool = True) -> list[dict]:
    """None, one or several shifts that may overlap or touch; names are unique in a list."""
    names = draw(st.sampled_from([(), (None,), ("day",), ("day", None), ("night", "Früh"), (None, None), ("day", "night", None)]))
    return [draw(shifts(name, days=days)) for name in names]


def _plan(*times: str, pause: tuple[str, str] | None = None) -> list[dict]:
    """A usual plan of shifts on every day: name, start, end, name, …"""
    plan = [{"name": name, "days": EVERY_DAY, "start": start, "end": end} for name, start, end in zip(times[::3], times[1::3], times[2::3], strict=True)]
    return [shift | {"breaks": [{"start": pause[0], "end": pause[1]}]} for shift in plan] if pause else plan


PLANS = [
    [],
    _plan("day", "08:00", "17:00"),
    _plan("day", "08:00", "17:00", pause=("12:00", "13:00")),
    _plan("night", "22:00", "06:00", pause=("02:00", "02:30")),
    _plan("early", "06:00", "14:00", "late", "14:00", "22:00", "night", "22:00", "06:00"),
    _plan("early", "06:00", "14:30", "late", "14:00", "22:30"),
    _plan("all", "00:00", "00:00"),
    _plan("all", "07:00", "07:00", pause=("23:00", "07:30")),
]


@st.composite
def settings_versions(draw: st.DrawFn, timezone: str, *, whole: bool) -> dict:
    """One version of a site's settings; unless whole, fields are left out at random."""
    days = draw(st.lists(_nearby_days(timezone), max_size=2, unique=True))
    fields = {
        "shifts": draw(st.sampled_from(PLANS) | shift_lists()),
        "exceptions": [{"date": day.isoformat(), "shifts": draw(st.just([]) | shift_lists(days=False))} for day in days],
        "signal_timeout_seconds": draw(st.sampled_from([43_200, 3_600, 7_200, 1_800, 900, 21_600, None, 300, 1])),
        "min_confidence": draw(st.sampled_from([0, 0.5, 0, 0.9])),
    }
    left_out = set() if whole else draw(st.sets(st.sampled_from(sorted(fields)), max_size=2))
    return {name: value for name, value in fields.items() if name not in left_out}


@st.composite
def sites(draw: st.DrawFn) -> dict:
    """A site in the shape of the golden cases, often with `later` versions (any order of days) and `stations` with their types."""
    timezone = draw(st.sampled_from(list(CHANGES)))
    site = {"timezone": timezone} | draw(settings_versions(timezone, whole=True))
    later = [
        {"valid_from": draw(_nearby_days(timezone)).isoformat()} | draw(settings_versions(timezone, whole=False))
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2])))
    ]
    types = draw(st.dictionaries(st.sampled_from(["S1", "S2", "S3"]), st.sampled_from(["assembly", "packaging"])))
    return site | ({"later": later} if later else {}) | ({"stations": types} if types else {})


def _edge_clocks(site: dict) -> list[str]:
    """Every wall clock at which a shift or a break of the site starts or ends."""
    bounds = [bound for plan in _plans(site) for shift in plan for bound in [shift, *shift.get("breaks", [])]]
    return sorted({bound[side] for bound in bounds for side in ("start", "end")}) or ["08:00"]


def _plans(site: dict) -> list[list[dict]]:
    remaining = versions(site)
    return [version.shifts for version in remaining] + [exception["shifts"] for version in remaining for exception in version.exceptions]


def shift_names(site: dict) -> list[str]:
    """The names of all shifts in the versions that remain."""
    return sorted({shift["name"] for plan in _plans(site) for shift in plan if shift.get("name")})


@st.composite
def _starts(draw: st.DrawFn, site: dict, change: date) -> int:
    """A moment (µs) within two days of a change of the clock: on or beside a shift's edge, or some tens of minutes from it."""
    day = change + timedelta(days=draw(st.sampled_from([0, 1, -1, 2, -2])))
    hours, minutes = draw(st.sampled_from(_edge_clocks(site))).split(":")
    edge = microseconds(datetime(day.year, day.month, day.day, int(hours), int(minutes), tzinfo=ZoneInfo(site["timezone"])))
    return edge + draw(st.sampled_from([0, 0, -1, 1, -MINUTE]) | st.integers(-24, 24).map(lambda n: n * 10 * MINUTE))


def _written(instant: int, form: str, zone: ZoneInfo) -> str:
    """An instant as RFC 3339 text: with Z, with an offset, or naive where the site's clock tells it without doubt."""
    moment = EPOCH + timedelta(microseconds=instant)
    naive = moment.astimezone(zone).replace(tzinfo=None)
    if form == "naive" and microseconds(naive.replace(tzinfo=zone)) == instant:
        return naive.isoformat()
    if form == "offset":
        return (moment.replace(tzinfo=None) + timedelta(hours=5, minutes=30)).isoformat() + "+05:30"
    return moment.isoformat().replace("+00:00", "Z")


KINDS = ["working", "working", "idle", "product_count", "absent", "absent nowhere", "counted by no one"]
EXTRAS = [
    *[{}] * 12,
    *[{"count": 3}] * 3,
    {"count": 0},
    {"count": 12, "camera_id": "C1"},
    *[{"confidence": confidence} for confidence in (0.5, 0.49, 0.51, 0.9, 0.0, 1, 0.95)],
    *[{"event_id": "a"}, {"event_id": 7, "camera_id": "C1"}, {"event_id": "7", "camera_id": "C1"}, {"event_id": "7", "camera_id": ""}, {"event_id": ""}],
    {"event_id": "b", "camera_id": "C2", "count": 2, "confidence": 0.5},
]


def _event(timestamp: str, worker: str, kind: str, station: str) -> dict:
    if kind == "absent nowhere":
        return {"timestamp": timestamp, "worker_id": worker, "event_type": "absent"}
    if kind == "counted by no one":
        return {"timestamp": timestamp, "workstation_id": station, "event_type": "product_count"}
    return {"timestamp": timestamp, "worker_id": worker, "workstation_id": station, "event_type": kind}


def _gaps(site: dict) -> st.SearchStrategy[int]:
    """Time between two observations (µs): near enough, on a timeout's edge and beside it, none, too long."""
    timeouts = [version.signal_timeout for version in versions(site) if version.signal_timeout is not None]
    edges = [limit + beside for limit in [*timeouts, HOUR] for beside in (0, 0, 1, -1)]
    return st.sampled_from([30 * MINUTE, 50 * MINUTE, *timeouts, *edges, 0, 5 * MINUTE, 2 * HOUR, 5 * HOUR])


@st.composite
def _runs(draw: st.DrawFn, site: dict, change: date) -> list[dict]:
    """What one worker does from a moment on: events with the gap before each, and how often it comes again (a heartbeat)."""
    zone = ZoneInfo(site["timezone"])
    steps = st.tuples(_gaps(site), st.sampled_from(KINDS), st.sampled_from(["S1", "S1", "S2", "S3"]), st.sampled_from(EXTRAS), st.sampled_from([1, 1, 1, 2, 7]))
    instant = draw(_starts(site, change))
    worker = draw(st.sampled_from(["W1", "W1", "W2", "W3", "W4"]))
    form = draw(st.sampled_from(["Z", "offset", "naive"]))
    events = []
    for n, (gap, kind, station, extras, times) in enumerate(draw(st.lists(steps, min_size=draw(st.sampled_from([1, 2, 4])), max_size=9))):
        for beat in range(times):
            instant += gap if n or beat else 0
            if instant <= LAST_MOMENT:
                events.append(_event(_written(instant, form, zone), worker, kind, station) | extras)
    return events


def _without_conflicts(events: list[dict], zone: ZoneInfo) -> list[dict]:
    """Drop an event that has the identity of an earlier one though it says something else, of confidence or count too."""
    kept: list[dict] = []
    first: dict[tuple, tuple] = {}
    for payload in events:
        event = read(payload, zone)
        content = (event, payload.get("count"))
        if first.setdefault(identity(payload, event), content) == content:
            kept.append(payload)
    return kept


@st.composite
def event_sets(draw: st.DrawFn, site: dict, *, conflicts: bool = False, max_runs: int = 5) -> list[dict]:
    """Events of up to four workers at up to three stations over some days round a change of the clock, repeated and out of order.

    conflicts: whether an identity may come back with other content or confidence; then the order of arrival matters.
    """
    change = date.fromisoformat(draw(st.sampled_from(CHANGES[site["timezone"]])))
    least = draw(st.sampled_from([1, 2, 3, 0]))
    events = [event for run in draw(st.lists(_runs(site, change), min_size=least, max_size=max(least, max_runs))) for event in run]
    if not conflicts:
        events = _without_conflicts(events, ZoneInfo(site["timezone"]))
    arrived = events + (draw(st.lists(st.sampled_from(events), max_size=4)) if events else [])
    draw(st.randoms(use_true_random=False)).shuffle(arrived)
    return arrived


@st.composite
def _bounds(draw: st.DrawFn, site: dict, instants: list[int]) -> dict:
    """No window, one bound or two in order: at events, beside them, on hour edges, amid hours, on span edges, a day off."""
    given = draw(st.sampled_from([(), (), ("from", "to"), ("from",), ("to",)]))
    zone = ZoneInfo(site["timezone"])
    near = st.sampled_from(instants or [microseconds(datetime(2026, 3, 29, 8, tzinfo=zone))])
    beside = st.builds(lambda i, d: i + d, near, st.sampled_from([1, -1, 25 * MINUTE, DAY, -DAY]))
    edges = near.flatmap(lambda i: _starts(site, local_day(i, zone)))
    bounds = st.lists(near | near.map(lambda i: i - i % HOUR) | beside | edges, min_size=len(given), max_size=len(given))
    return {name: _written(bound, "Z", zone) for name, bound in zip(given, sorted(draw(bounds)), strict=True)}


@st.composite
def queries(draw: st.DrawFn, site: dict, events: list[dict]) -> dict:
    """A query that the API accepts: bounds never reversed, ids, types and shift names that the site has."""
    zone = ZoneInfo(site["timezone"])
    accepted = stored(events, zone)
    instants = sorted({event.instant for event in accepted})
    query = draw(_bounds(site, instants))
    if instants and draw(st.booleans()):
        later = st.sampled_from([0, 1, 5 * MINUTE, 30 * MINUTE, HOUR, HOUR + 1, 2 * HOUR, 12 * HOUR, DAY, 3 * DAY, -1, -HOUR]) | _gaps(site)
        query["as_of"] = _written(draw(st.sampled_from([instants[-1], instants[-1], instants[0]])) + draw(later), "Z", zone)
    types = site.get("stations", {})
    known = {
        "worker_id": sorted({event.worker for event in accepted if event.worker}),
        "station_id": sorted({event.station for event in accepted if event.station} | set(types)),
        "station_type": sorted(set(types.values())),
    }
    wanted = draw(st.sampled_from([(), (), (), *[(field,) for field in known], tuple(known)[:2], ("shift",), ("shift", "worker_id"), ("shift", "station_id")]))
    for field in wanted:
        if known.get(field):
            query[field] = draw(st.lists(st.sampled_from(known[field]), min_size=1, max_size=2, unique=True))
    if "shift" in wanted and shift_names(site):
        query["shift"] = draw(st.sampled_from(shift_names(site)))
    return query


@st.composite
def cases(draw: st.DrawFn, *, conflicts: bool = False, max_runs: int = 5) -> tuple[dict, list[dict], dict]:
    """A site, events as they arrive, and a query."""
    site = draw(sites())
    events = draw(event_sets(site, conflicts=conflicts, max_runs=max_runs))
    return site, events, draw(queries(site, events))
