"""Who is at the company's provider just now: whoever comes back may come to another process than the one that sent them."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from access.tokens import digest
from data_layer.access_tables import sign_in_ways as table

#: So long somebody may take at the provider.
VALID_SECONDS = 600
_MOST_UNDER_WAY = 1_000


@dataclass(frozen=True, slots=True)
class Way:
    """browser: hash of what the cookie holds. nonce, verifier: what the provider's token and the code are bound to. wanted: where to go on to."""

    browser: str
    nonce: str
    verifier: str
    wanted: str


def set_out(connection: Connection, state: str, way: Way, now: datetime) -> None:
    """Somebody is sent to the provider. Those who take too long are forgotten, and the oldest where there are too many."""
    connection.execute(delete(table).where(table.c.until <= now))
    if (connection.scalar(select(func.count()).select_from(table)) or 0) >= _MOST_UNDER_WAY:
        oldest = connection.scalars(select(table.c.state_hash).order_by(table.c.until, table.c.state_hash).limit(1)).all()
        connection.execute(delete(table).where(table.c.state_hash.in_(oldest)))
    connection.execute(insert(table).values(state_hash=digest(state), until=now + timedelta(seconds=VALID_SECONDS), **asdict(way)))


def come_back(connection: Connection, state: str, now: datetime) -> Way | None:
    """Take out who was sent with a state: nobody comes back twice. None for nobody, and for whoever took too long."""
    own = table.c.state_hash == digest(state)
    row = connection.execute(select(table).where(own)).one_or_none()
    connection.execute(delete(table).where(own))
    return None if row is None or row.until <= now else Way(row.browser, row.nonce, row.verifier, row.wanted)
