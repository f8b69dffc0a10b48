"""The tables of who may do what, and of what was done. Secrets are not in them: only what tells whether somebody knows one."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, false, text

from data_layer.tables import metadata
from data_layer.types import ID, LONG_TEXT, NUMBER, UtcMicros, text_of

#: A SHA-256 in hexadecimal.
_DIGEST = text_of(64)

#: People who sign in. login: as it was typed first; login_key: what it is compared by. password_hash: argon2id; NULL where only a
#: provider of identities knows them, which calls them `subject`.
users = Table(
    "users",
    metadata,
    Column("user_id", ID, primary_key=True),
    Column("login", text_of(200), nullable=False),
    Column("login_key", text_of(200), nullable=False),
    Column("name", text_of(200)),
    Column("password_hash", text_of(200)),
    Column("subject", text_of(255)),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("created_at", UtcMicros, nullable=False),
    Index("ux_users_login", "login_key", unique=True),
    Index("ux_users_subject", "subject", unique=True, sqlite_where=text("subject IS NOT NULL"), postgresql_where=text("subject IS NOT NULL")),
)

#: What a user may do where. site_id: '' for all sites.
grants = Table(
    "grants",
    metadata,
    Column("user_id", ID, primary_key=True),
    Column("site_id", ID, primary_key=True),
    Column("role", text_of(16), nullable=False),
    sqlite_with_rowid=False,
)

#: Signed-in browsers. token_hash: of the random text that the cookie holds. browser: what it calls itself, for its owner to know it by.
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", _DIGEST, primary_key=True),
    Column("user_id", ID, nullable=False),
    Column("browser", text_of(200), nullable=False, server_default=""),
    Column("created_at", UtcMicros, nullable=False),
    Column("seen_at", UtcMicros, nullable=False),
    Index("ix_sessions_user", "user_id"),
)

#: Keys of cameras and programs. scope: ingest, read or admin. site_id: '' for all sites. camera_ids: a JSON list, NULL for any.
api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", text_of(16), primary_key=True),
    Column("secret_hash", _DIGEST, nullable=False),
    Column("name", text_of(200), nullable=False),
    Column("scope", text_of(16), nullable=False),
    Column("site_id", ID, nullable=False),
    Column("camera_ids", LONG_TEXT),
    Column("created_at", UtcMicros, nullable=False),
    Column("expires_at", UtcMicros),
    Column("revoked_at", UtcMicros),
    Column("last_used_at", UtcMicros),
)

#: How often in a row a login was tried in vain, whether or not there is such a user, and until when no other try is looked at.
sign_in_delays = Table(
    "sign_in_delays",
    metadata,
    Column("login_hash", _DIGEST, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("until", UtcMicros, nullable=False),
)

#: Who is at the company's provider of identities: see `access.ways`.
sign_in_ways = Table(
    "sign_in_ways",
    metadata,
    Column("state_hash", _DIGEST, primary_key=True),
    Column("browser", _DIGEST, nullable=False),
    Column("nonce", text_of(64), nullable=False),
    Column("verifier", text_of(64), nullable=False),
    Column("wanted", LONG_TEXT, nullable=False),
    Column("until", UtcMicros, nullable=False),
)

#: What was done, by whom, to what: each row holds the hash of the row before, so that none can be changed or taken out unseen.
#: Ids only, never names. details: JSON.
audit = Table(
    "audit",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("at", UtcMicros, nullable=False),
    Column("actor", ID, nullable=False),
    Column("action", text_of(64), nullable=False),
    Column("site_id", ID, nullable=False),
    Column("subject", ID, nullable=False),
    Column("details", LONG_TEXT, nullable=False),
    Column("hash_before", _DIGEST, nullable=False),
    Column("hash", _DIGEST, nullable=False),
)
