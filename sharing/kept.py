"""Answers kept for all servers: by what they answer and the revision that they are of, so that none is ever out of date."""

from typing import Any

from cachelib.serializers import RedisSerializer
from flask_caching.backends import RedisCache, SimpleCache

from sharing.store import Store

#: So long an answer is kept that nobody asks for again.
_KEPT_SECONDS = 600
#: Above it an answer is not kept: what is asked for often is what screens and reports show.
_MOST_BYTES = 1_000_000
#: Answers that this server keeps by itself while Redis is away.
_OWN = 64


class _AsTheyAre(RedisSerializer):
    """Bytes as they come: the libraries' own way would run code that somebody wrote into Redis."""

    def dumps(self, value: Any, _protocol: int = 0) -> bytes:
        return bytes(value)

    def loads(self, bvalue: bytes | None) -> Any:
        return bvalue


class Kept:
    """The bytes of answers. key: tells question, caller's rights and revision from all others."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shared = RedisCache(store.client, default_timeout=_KEPT_SECONDS, key_prefix=f"{store.prefix}:answer:")
        self._shared.serializer = _AsTheyAre()
        self._own = SimpleCache(_OWN, _KEPT_SECONDS)

    def get(self, key: str) -> bytes | None:
        """An answer that is kept."""
        found: bytes | None = self._store.ask(lambda: self._shared.get(key), lambda: self._own.get(key))
        return found

    def put(self, key: str, body: bytes) -> None:
        """Keep an answer, unless it is too long."""
        if len(body) <= _MOST_BYTES:
            self._store.ask(lambda: self._shared.set(key, body), lambda: self._own.set(key, body))
