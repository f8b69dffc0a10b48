"""Tables of sites that have servers of their own: what such a server keeps until a central one has it, and what a central one was told."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, Table

from data_layer.tables import metadata
from data_layer.types import ID, LONG_TEXT, NUMBER, UtcMicros, text_of

#: What this server tells a central one, by site; no row: nothing. target: its address. as_site: what the site is called there. events: whether raw events
#: go, in the place of sums. acknowledged: the revision that the central one has. heard_at: when it last answered as it should; trouble: why it didn't since.
forwarding = Table(
    "forwarding",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("target", text_of(500), nullable=False),
    Column("as_site", ID, nullable=False),
    Column("events", Boolean, nullable=False),
    Column("acknowledged", BigInteger, nullable=False),
    Column("heard_at", UtcMicros),
    Column("trouble", LONG_TEXT),
    sqlite_with_rowid=False,
)

#: Stretches of time of which a central server has not been told yet: written in the transaction that changed the figures, deleted once they are
#: acknowledged. Those that meet become one, with an id of its own: an acknowledgement of the old ones says nothing of it. Times are inclusive.
changed_days = Table(
    "changed_days",
    metadata,
    Column("change_id", NUMBER, primary_key=True),
    Column("site_id", ID, nullable=False),
    Column("from_time", UtcMicros, nullable=False),
    Column("to_time", UtcMicros, nullable=False),
    sqlite_autoincrement=True,
)

#: Events that a central server has not acknowledged yet, written in their own transaction. timestamp: to look for them in one partition.
unsent_events = Table(
    "unsent_events",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("event_id", BigInteger, primary_key=True, autoincrement=False),
    Column("timestamp", UtcMicros, nullable=False),
    sqlite_with_rowid=False,
)

#: Sites that have a server of their own, which tells us their sums. revision, told_at: of the last time it did, by its own clock. as_of: when it last
#: had told all there was. level, smallest_group: its privacy rule.
remote_sites = Table(
    "remote_sites",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("told_at", UtcMicros, nullable=False),
    Column("as_of", UtcMicros),
    Column("worker_count", Integer, nullable=False),
    Column("station_count", Integer, nullable=False),
    Column("has_schedule", Boolean, nullable=False),
    Column("level", text_of(16), nullable=False),
    Column("smallest_group", Integer, nullable=False),
    sqlite_with_rowid=False,
)

#: Their sums by local day (ISO), times in µs; NULL is what the site doesn't show. utilization: mean over `utilized` workers, in %. hours_told,
#: hours_left_out: of hours with people, where the site shows groups.
remote_days = Table(
    "remote_days",
    metadata,
    Column("site_id", ID, primary_key=True),
    Column("day", text_of(10), primary_key=True),
    *(Column(name, BigInteger) for name in ("active", "idle", "absent", "signal", "tracked")),
    Column("units", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("utilization", Float(53)),
    Column("utilized", Integer, nullable=False),
    Column("hours_told", Integer, nullable=False),
    Column("hours_left_out", Integer, nullable=False),
    sqlite_with_rowid=False,
)
