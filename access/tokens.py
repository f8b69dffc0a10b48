"""Random texts that stand for somebody: only what tells whether somebody has one is stored."""

import hashlib
import secrets

_BYTES = 32


def new_token() -> str:
    """A text that nobody guesses: 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


def digest(token: str) -> str:
    """What is stored of a token. It is random throughout, so that a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
