"""Keys of cameras and programs: `fpk_<id>_<secret>_<check>`, shown once.

The check tells a key from a typing mistake, and lets scanners of source code know one when they see it, without asking a database.
"""

import hmac
import re
import secrets
import string
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from access.refused import Refused
from access.roles import EVERYWHERE, Principal, Role
from access.tokens import digest
from data_layer.access_tables import api_keys

#: What a key is for, and the role that it has.
SCOPES = {"ingest": Role.CAMERA, "read": Role.VIEWER, "admin": Role.ADMINISTRATOR}
#: Of keys with one name at one site: the old one and the new one, while senders are told.
LIVE_AT_ONCE = 2
#: What the audit trail calls a key by, before its id.
ACTOR = "key:"

_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH, _SECRET_LENGTH = 8, 32
_SHAPE = re.compile(rf"fpk_([A-Za-z0-9]{{{_ID_LENGTH}}})_([A-Za-z0-9]{{{_SECRET_LENGTH}}})_([0-9a-f]{{8}})").fullmatch


@dataclass(frozen=True, slots=True)
class Key:
    """A key as who manages it sees it. site_id: '' for all. cameras: whose events it may bring, None for any."""

    key_id: str
    name: str
    scope: str
    site_id: str
    cameras: frozenset[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def live(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def principal(self) -> Principal:
        """Who asks with it."""
        return Principal(f"{ACTOR}{self.key_id}", {self.site_id: SCOPES[self.scope]}, self.cameras)


def issue(
    connection: Connection, name: str, scope: str, site_id: str, now: datetime, *, cameras: Collection[str] | None = None, expires_at: datetime | None = None
) -> str:
    """Make a key; its text, which nobody can be told again. Raises Refused."""
    _check(connection, name, scope, site_id, now, expires_at)
    if cameras is not None and SCOPES[scope] is not Role.CAMERA:
        raise Refused("cameras: only a key of the scope ingest can be for some cameras: the others bring no events, or any.")
    key_id, secret = _random(_ID_LENGTH), _random(_SECRET_LENGTH)
    listed = None if cameras is None else msgspec.json.encode(sorted(cameras)).decode()
    row = {"key_id": key_id, "secret_hash": digest(secret), "name": name.strip(), "scope": scope, "site_id": site_id, "camera_ids": listed}
    connection.execute(insert(api_keys).values(**row, created_at=now, expires_at=expires_at))
    return _with_check(f"fpk_{key_id}_{secret}")


def check_successor(connection: Connection, actor: str, site_id: str, expires_at: datetime | None) -> None:
    """Who makes a key with a key gives it neither more sites nor more time than that one has. Raises Refused."""
    made_with = _of_actor(connection, actor)
    if made_with is None:
        return
    if made_with.site_id not in (EVERYWHERE, site_id):
        raise Refused("site: choose the one of the key that makes this one.")
    ends = made_with.expires_at
    if ends is not None and (expires_at is None or expires_at > ends):
        raise Refused(f"last day: a key must not outlive the one that makes it, which ends at {ends:%Y-%m-%d %H:%M} UTC.")


def check_lasting(connection: Connection, actor: str) -> None:
    """Who comes with a key that ends lets nobody in, who would stay when it has ended. Raises Refused."""
    used = _of_actor(connection, actor)
    if used is not None and used.expires_at is not None:
        raise Refused("login: a key that ends can't change who may come in: sign in, or use one that doesn't.")


def _of_actor(connection: Connection, actor: str) -> Any:
    """The key that acts; None where it is none."""
    if not actor.startswith(ACTOR):
        return None
    return connection.execute(select(api_keys).where(api_keys.c.key_id == actor.removeprefix(ACTOR))).one_or_none()


def id_of(text: str) -> str:
    """The part of a key's text that is no secret."""
    return text.split("_")[1]


def find_key(connection: Connection, text: str, now: datetime) -> Key | None:
    """The key that a text is; None for none that holds. What is no key at all isn't looked up."""
    shape = _SHAPE(text)
    if shape is None or not hmac.compare_digest(_with_check(text.rpartition("_")[0]), text):
        return None
    row = connection.execute(select(api_keys).where(api_keys.c.key_id == shape[1])).one_or_none()
    if row is None or not hmac.compare_digest(row.secret_hash, digest(shape[2])):
        return None
    found = _key(row)
    return found if found.live(now) else None


def list_keys(connection: Connection) -> list[Key]:
    """All keys, the newest first."""
    return [_key(row) for row in connection.execute(select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.key_id))]


def revoke(connection: Connection, key_id: str, now: datetime) -> bool:
    """Let a key open nothing any more; whether it opened anything before."""
    changed = connection.execute(update(api_keys).where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None)).values(revoked_at=now))
    return bool(changed.rowcount)


def note_use(connection: Connection, key_id: str, now: datetime) -> None:
    """Note when a key was used last."""
    connection.execute(update(api_keys).where(api_keys.c.key_id == key_id).values(last_used_at=now))


def _check(connection: Connection, name: str, scope: str, site_id: str, now: datetime, expires_at: datetime | None) -> None:
    if not name.strip() or len(name) > 200:
        raise Refused("name: must have 1 to 200 characters.")
    if scope not in SCOPES:
        raise Refused(f"scope: must be one of {', '.join(SCOPES)}, not {scope!r}.")
    if expires_at is not None and expires_at <= now:
        raise Refused("expires_at: must lie in the future.")
    same = [key for key in list_keys(connection) if key.live(now) and (key.name, key.site_id) == (name.strip(), site_id)]
    if len(same) >= LIVE_AT_ONCE:
        raise Refused(f"name: {LIVE_AT_ONCE} keys of this name are live already; revoke one of them first.")


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _with_check(body: str) -> str:
    return f"{body}_{zlib.crc32(body.encode()):08x}"


def _key(row: Any) -> Key:
    cameras = None if row.camera_ids is None else frozenset(msgspec.json.decode(row.camera_ids, type=list[str]))
    times = (row.created_at, row.expires_at, row.revoked_at, row.last_used_at)
    return Key(row.key_id, row.name, row.scope, row.site_id, cameras, *times)
