"""Which servers of other sites are asked, and with which keys: a file that only we can read, for a key has no place in an address or an environment."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from access.openid import is_trusted
from federation.wire import Server

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Unfit(ValueError):
    """The file can't be used; the text is a sentence without a key."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A site's own server. site_id: what the site is called there."""

    server: Server
    site_id: str


class _Given(msgspec.Struct, forbid_unknown_fields=True):
    url: str
    key: str
    site_id: str = "main"


def read_peers(path: Path) -> dict[str, Peer]:
    """The servers in a JSON file, by the id that the site has here. Raises Unfit."""
    try:
        if os.name == "posix" and path.stat().st_mode & _OTHERS:
            raise Unfit(f"{path} holds keys and can be read by others: chmod 600 it.")
        given = msgspec.json.decode(path.read_bytes(), type=dict[str, _Given])
    except OSError as error:
        raise Unfit(f"{path} can't be read: {error.strerror}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unfit(f'{path} must be like {{"south": {{"url": "https://south.example.com", "key": "fpk_…", "site_id": "main"}}}}.') from None
    return {site_id: _peer(path, site_id, one) for site_id, one in given.items()}


def _peer(path: Path, site_id: str, given: _Given) -> Peer:
    url = given.url.rstrip("/")
    # The address may hold a password.
    if not is_trusted(url) or url.count("/") != 2 or any(mark in url for mark in "@?#"):
        raise Unfit(f"{path}: the url of {site_id} must be like https://south.example.com, without a path; http only for this machine itself.")
    if not given.key or not given.key.isascii() or not given.key.isprintable() or " " in given.key:
        raise Unfit(f"{path}: the key of {site_id} must be as its server has shown it, in one piece.")
    return Peer(Server(url, given.key), given.site_id)


def without_site(peers: Mapping[str, Peer], known: Mapping[str, object]) -> list[str]:
    """Those that nobody can see, since there is no site of their id here."""
    return sorted(peers.keys() - known.keys())
