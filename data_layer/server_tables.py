"""The tables as servers have them: events partitioned by month in PostgreSQL, and a table of the senders' ids.

A unique index of a partitioned table must hold what it is partitioned by, and MariaDB has none for some rows only: that a sender's id
is known, whatever time its event names, is told by `event_keys`.
"""

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, Sequence, Table, func, select

from data_layer import partitions, tables
from data_layer.access_tables import users
from data_layer.remote_tables import changed_days
from data_layer.servers import MariaDb
from data_layer.types import ID, NUMBER, UtcMicros

assert users.metadata is tables.metadata  # all of them are known by now

_own = MetaData()

#: Which event has a sender's id. timestamp: its event's, to look for it in one partition, and to leave with it.
event_keys = Table(
    "event_keys",
    _own,
    Column("site_id", ID, primary_key=True),
    Column("source", ID, primary_key=True),
    Column("client_event_id", ID, primary_key=True),
    Column("event_id", NUMBER, nullable=False),
    Column("timestamp", UtcMicros, nullable=False),
)

#: Many processes number events; each takes as many numbers at a time.
NUMBERS_AT_ONCE = 20_000
event_numbers = Sequence("event_numbers", start=1, increment=NUMBERS_AT_ONCE, metadata=_own)


#: What changes in derived rows is always the newest of a long history: PostgreSQL's vacuum must not wait for a fifth of them to be dead.
_VACUUM_SOON = "autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000"

_ADDED_TO_ONLY = """
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit trail is only added to'; END $$
"""


def create(connection: Connection) -> None:
    """Make all tables in an empty database."""
    made = _copied(connection.dialect.name)
    made.create_all(connection)
    if connection.dialect.name == "postgresql":
        partitions.begin(connection)
        for table in tables.DERIVED:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} SET ({_VACUUM_SOON})")
        connection.exec_driver_sql(_ADDED_TO_ONLY)
        connection.exec_driver_sql("CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays()")
    else:
        for what in ("UPDATE", "DELETE"):
            refused = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit trail is only added to'"
            connection.exec_driver_sql(f"CREATE TRIGGER audit_no_{what.lower()} BEFORE {what} ON audit FOR EACH ROW {refused}")
        connection.exec_driver_sql(f"CREATE TABLE {MariaDb.TURN} (turn INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(f"INSERT INTO {MariaDb.TURN} VALUES (1)")  # noqa: S608 - constants only


def number_from(connection: Connection) -> None:
    """Go on from the numbers that rows were copied with."""
    after = {table: (connection.scalar(select(func.max(column))) or 0) + 1 for table, column in _NUMBERED.items()}
    first = (connection.scalar(select(func.max(tables.events.c.event_id))) or 0) + 1
    connection.exec_driver_sql(f"ALTER SEQUENCE {event_numbers.name} RESTART WITH {first}")
    for table, number in after.items():
        if connection.dialect.name == "postgresql":
            column = _NUMBERED[table].name
            connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column}'), {number}, false)")
        # MariaDB goes on from the largest by itself.


_NUMBERED = {table: next(iter(table.primary_key.columns)) for table in (tables.cv_models, tables.quarantine, tables.invalidations, changed_days)}


def is_empty(connection: Connection) -> bool:
    """Whether there are no tables of ours."""
    return not connection.dialect.has_table(connection, tables.sites.name)


def _copied(product: str) -> MetaData:
    """All tables as a server has them."""
    made = MetaData()
    for table in (*tables.metadata.tables.values(), *_own.tables.values()):
        table.to_metadata(made)
    Sequence(event_numbers.name, start=1, increment=NUMBERS_AT_ONCE, metadata=made)
    events = made.tables["events"]
    events.indexes -= {index for index in events.indexes if index.name == "ux_events_client_id"}
    # Numbers come from the sequence.
    events.c.event_id.autoincrement = False
    if product == "postgresql":
        events.c.timestamp.primary_key = True
        events.append_constraint(PrimaryKeyConstraint("event_id", "timestamp"))
        events.dialect_options["postgresql"]["partition_by"] = "RANGE (timestamp)"
    else:
        for table in made.tables.values():
            table.dialect_options["mysql"]["charset"] = "utf8mb4"
            table.dialect_options["mysql"]["collate"] = "utf8mb4_nopad_bin"
    return made
