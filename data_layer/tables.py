"""The tables. Each that holds site data starts its key with `site_id`: the site is the unit of sharding, locking and access."""

from typing import NamedTuple

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, Table, false, text, true

from data_layer.types import ID, LONG_TEXT, NUMBER, UtcMicros, text_of

metadata = MetaData()

sites = Table(
    "sites",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("name", text_of(200), nullable=False),
    Column("timezone", text_of(64), nullable=False, server_default="UTC"),
    Column("register_unknown", Boolean, nullable=False, server_default=true()),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    Column("created_at", UtcMicros, nullable=False),
    #: Whether timestamps of state events are cut to whole seconds before they are told apart: for feeds of many frames a second.
    Column("whole_seconds", Boolean, nullable=False, server_default=false()),
    #: Drawn by lot with each revision: tells it from the one of that number in another database, or in this one before it was restored.
    Column("mark", BigInteger, nullable=False, server_default="0"),
)

#: Settings by version: `valid_from` is a local date (ISO), '' for the beginning; `settings` is JSON in the shape of docs/api.
site_settings = Table(
    "site_settings",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("valid_from", text_of(10), primary_key=True),
    Column("settings", LONG_TEXT, nullable=False),
)

#: For how many days a site keeps what (NULL: for ever), and how far that has come: see `data_layer.horizons`. No row: all for ever.
retention = Table(
    "retention",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("raw_event_days", Integer),
    Column("interval_days", Integer),
    Column("rollup_days", Integer),
    Column("accepted_from", UtcMicros),
    Column("sealed_before", UtcMicros),
    Column("detailed_from", UtcMicros),
    Column("kept_from", UtcMicros),
    sqlite_with_rowid=False,
)

#: What of its people a site shows: see `data_layer.privacy`. No row: nobody has chosen. secret: what pseudonyms are made with.
privacy = Table(
    "privacy",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("level", text_of(16), nullable=False),
    Column("smallest_group", Integer, nullable=False),
    Column("names_for", text_of(16), nullable=False),
    Column("purpose", text_of(500), nullable=False),
    Column("secret", text_of(64), nullable=False),
    sqlite_with_rowid=False,
)

workers = Table(
    "workers",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("worker_id", ID, primary_key=True),
    Column("name", text_of(200)),
    Column("home_station_id", ID),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
    Column("created_at", UtcMicros, nullable=False),
)

workstations = Table(
    "workstations",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("station_id", ID, primary_key=True),
    Column("name", text_of(200)),
    Column("type", text_of(64)),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
    Column("created_at", UtcMicros, nullable=False),
)

cameras = Table(
    "cameras",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("camera_id", ID, primary_key=True),
    Column("name", text_of(200)),
    Column("created_at", UtcMicros, nullable=False),
    #: Ids of the stations that it is set up to see, as a JSON list; NULL where nobody has said so.
    Column("station_ids", LONG_TEXT),
)

#: What a camera has sent, kept by the writer in the events' own transaction. last_event_at: the latest timestamp it reported;
#: last_seen_at: when something last came from it. late: events received more than 60 s after their timestamp.
#: skews: received − sent_at of its latest events that had one (µs, a JSON list, oldest first). station_ids: JSON list of those it has reported.
camera_activity = Table(
    "camera_activity",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("camera_id", ID, primary_key=True),
    Column("events", BigInteger, nullable=False),
    Column("late", BigInteger, nullable=False),
    Column("repeated", BigInteger, nullable=False),
    Column("last_seen_at", UtcMicros, nullable=False),
    Column("last_event_at", UtcMicros, nullable=False),
    Column("skews", LONG_TEXT, nullable=False),
    Column("station_ids", LONG_TEXT, nullable=False),
    sqlite_with_rowid=False,
)

cv_models = Table(
    "cv_models",
    metadata,
    Column("model_id", NUMBER, primary_key=True),
    Column("site_id", ID, nullable=False),
    Column("model_name", ID, nullable=False),
    Column("model_version", ID, nullable=False, server_default=""),
    Column("created_at", UtcMicros, nullable=False),
    Index("ux_cv_models", "site_id", "model_name", "model_version", unique=True),
)

#: '' stands for a missing worker, station, source or client id, since a unique index takes NULLs for different.
events = Table(
    "events",
    metadata,
    Column("event_id", NUMBER, primary_key=True),
    Column("site_id", ID, nullable=False),
    Column("worker_id", ID, nullable=False),
    Column("timestamp", UtcMicros, nullable=False),
    Column("event_type", text_of(16), nullable=False),
    Column("station_id", ID, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("confidence", Float(53)),
    Column("source", ID, nullable=False, server_default=""),
    Column("client_event_id", ID, nullable=False, server_default=""),
    Column("camera_id", ID),
    Column("model_id", NUMBER),
    Column("sent_at", UtcMicros),
    Column("created_at", UtcMicros, nullable=False),
    #: Where the sender says that the event stands among its others (CloudEvents extension of that name); kept as it came.
    Column("sequence", ID),
    # Identity of events without an id of their own, and the way to a worker's events in order of time.
    Index("ux_events_identity", "site_id", "worker_id", "timestamp", "event_type", "station_id", "count", "source", "client_event_id", unique=True),
    # Identity of events with one. Partial, so that cameras which send none don't pay for it.
    Index(
        "ux_events_client_id",
        "site_id",
        "source",
        "client_event_id",
        unique=True,
        sqlite_where=text("client_event_id <> ''"),
        postgresql_where=text("client_event_id <> ''"),
    ),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("quarantine_id", NUMBER, primary_key=True),
    Column("site_id", ID),
    Column("received_at", UtcMicros, nullable=False),
    Column("reason", LONG_TEXT, nullable=False),
    Column("payload", LONG_TEXT, nullable=False),
    Column("status", text_of(16), nullable=False, server_default="open"),
    sqlite_autoincrement=True,
)

#: What the refresher has to look at again: an append-only log, written in the events' own transaction, deleted as it is consumed.
#: worker_id NULL: every worker (settings). Times are inclusive.
invalidations = Table(
    "invalidations",
    metadata,
    Column("invalidation_id", NUMBER, primary_key=True),
    Column("site_id", ID, nullable=False),
    Column("worker_id", ID),
    Column("from_time", UtcMicros, nullable=False),
    Column("to_time", UtcMicros, nullable=False),
    sqlite_autoincrement=True,
)

#: How each site's retention went, the latest time. finished: NULL while it is under way.
retention_runs = Table(
    "retention_runs",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("begun", UtcMicros, nullable=False),
    Column("finished", UtcMicros),
    Column("problem", LONG_TEXT),
    sqlite_with_rowid=False,
)

#: How far the recomputations of sites' history are, for processes other than the one that is at it.
recomputations = Table(
    "recomputations",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("done", Integer, nullable=False),
    Column("steps", Integer, nullable=False),
    sqlite_with_rowid=False,
)

intervals = Table(
    "intervals",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("worker", ID, primary_key=True),
    Column("start", UtcMicros, primary_key=True),
    Column("end", UtcMicros, nullable=False),
    Column("station", ID, nullable=False),
    Column("state", text_of(8), nullable=False),
    Column("held", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: Each worker's first and last visible event, and the state after the last; worker '' for events without one.
worker_tails = Table(
    "worker_tails",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("worker", ID, primary_key=True),
    Column("first_time", UtcMicros, nullable=False),
    Column("last_time", UtcMicros, nullable=False),
    Column("state", text_of(8), nullable=False),
    Column("station", ID, nullable=False),
    sqlite_with_rowid=False,
)

#: How long a worker was seen working or idle in the spans of a shift, open states aside.
attendance = Table(
    "attendance",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("shift", BigInteger, primary_key=True),
    Column("worker", ID, primary_key=True),
    Column("covered", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


def _rollup(name: str, keys: list[str], sums: list[str]) -> Table:
    """A rollup keyed by site and UTC start of its bucket; times in µs."""
    return Table(
        name,
        metadata,
        Column("site_id", ID, primary_key=True),
        Column("bucket", UtcMicros, primary_key=True),
        *(Column(key, ID, primary_key=True) for key in keys),
        *(Column(column, BigInteger, nullable=False) for column in sums),
        sqlite_with_rowid=False,
    )


WORKER_SUMS = ["active", "idle", "absent", "signal"]
STATION_SUMS = ["occupancy", "working", "occupied"]
OUTPUT_SUMS = ["units", "events"]


class Rollups(NamedTuple):
    """The same sums by local hour, day, and week from Monday."""

    hours: Table
    days: Table
    weeks: Table


def _rollups(name: str, keys: list[str], sums: list[str]) -> Rollups:
    return Rollups(*(_rollup(f"{name}_{level}", keys, sums) for level in Rollups._fields))


worker_times = _rollups("worker", ["worker", "station"], WORKER_SUMS)
station_times = _rollups("station", ["station"], STATION_SUMS)
outputs = _rollups("output", ["worker", "station"], OUTPUT_SUMS)

#: Units and events of sealed history by five minutes of UTC: what stands in for the raw events where a window ends within an hour.
output_cells = _rollup("output_cells", ["worker", "station"], OUTPUT_SUMS)

ROLLUPS = [worker_times, station_times, outputs]

#: Rows that say what a worker did, by their column `worker`.
OF_WORKERS = [intervals, worker_tails, attendance, *worker_times, *outputs, output_cells]

#: Everything that a rebuild makes anew from events.
DERIVED = [intervals, worker_tails, attendance, *(table for rollups in ROLLUPS for table in rollups)]
