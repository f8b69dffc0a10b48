"""Every setting of the server: read from the environment or a `.env` file, typed, documented in the README."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

if TYPE_CHECKING:
    from access.openid_settings import OpenIdSettings

ROOT = Path(__file__).parent


class InvalidSetting(ValueError):
    """A setting that can't be; the message is a sentence that starts with its name."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings by their environment variable's name in lower case.

    host, port: where the server listens. public_url: as browsers reach it where a proxy stands before it. database_url: SQLAlchemy
    URL of the database: SQLite, PostgreSQL or MariaDB. data_folder: for what is kept beside a database that is no file, by default data/
    in the project. redis_url: what servers on one database share for speed. broker_url: by way of which workers are asked to refresh and
    keep. key_rate: how often one key may ask, "500 per second" or "none". cors_origins: origins whose pages may call
    the API from a browser, comma-separated; none by default. threads: requests that are worked on at once; open screens hold up to
    three quarters of them. forward_…: a central server that is told of some sites (id here, id there), by a key made there: their sums, or
    in their place raw events. sites_from: a file that says which servers of other sites are asked, see `federation.peers`. oidc_…: the
    provider at which people sign in, see `access.openid_settings`. log_level: DEBUG, INFO, WARNING or ERROR. log_format: text for people,
    json for what collects logs.
    """

    host: str = "127.0.0.1"
    port: int = 5000
    public_url: str = ""
    database_url: str = f"sqlite:///{ROOT / 'data' / 'factory.db'}"
    data_folder: str = ""
    redis_url: str = field(default="", repr=False)
    broker_url: str = field(default="", repr=False)
    key_rate: str = "500 per second"
    cors_origins: tuple[str, ...] = ()
    threads: int = 128
    forward_to: str = ""
    forward_key: str = field(default="", repr=False)
    forward_sites: tuple[tuple[str, str], ...] = (("main", "main"),)
    forward_events: bool = False
    sites_from: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_roles_claim: str = "roles"
    oidc_roles: str = ""
    oidc_label: str = "Sign in with your company account"
    log_level: str = "INFO"
    log_format: str = "text"

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Settings from `.env` and the environment, which wins. Raises InvalidSetting."""
        given = {**dotenv_values(ROOT / ".env"), **os.environ} if environment is None else dict(environment)
        values: dict[str, Any] = {}
        for setting in fields(cls):
            text = given.get(setting.name.upper())
            if text:
                values[setting.name] = _READERS[setting.name](text.strip(), setting.name.upper())
        found = cls(**values)
        found.check()
        return found

    def check(self) -> None:
        """Raises InvalidSetting where some of them don't go together."""
        for name in ("redis_url", "broker_url"):
            if getattr(self, name) and self.database_url.startswith("sqlite"):
                raise InvalidSetting(f"{name.upper()} is for several processes on one database: DATABASE_URL must be PostgreSQL's or MariaDB's.")
        if bool(self.forward_to) != bool(self.forward_key):
            raise InvalidSetting(f"{'FORWARD_KEY' if self.forward_to else 'FORWARD_TO'} must be set too: forwarding takes an address and a key made there.")
        told = {name.upper(): getattr(self, name) for name in ("oidc_issuer", "oidc_client_id", "oidc_client_secret", "oidc_roles")}
        missing = [name for name, value in told.items() if not value]
        if len(missing) == len(told):
            return
        if missing:
            raise InvalidSetting(f"{missing[0]} must be set too: signing in at a provider takes {', '.join(told)}.")
        if not self.public_url:
            raise InvalidSetting("PUBLIC_URL must be set, for the provider to know where to send people back to.")

    @property
    def folder(self) -> Path | None:
        """For what is kept beside a database that is no file; None for data/ in the project."""
        return Path(self.data_folder) if self.data_folder else None

    @property
    def openid(self) -> "OpenIdSettings | None":
        """The provider at which people sign in."""
        from access.openid_settings import OpenIdSettings, granting

        if not self.oidc_issuer:
            return None
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret, self.oidc_roles_claim, granting(self.oidc_roles))
        return OpenIdSettings(*given, self.oidc_label)


def _text(value: str, _name: str) -> str:
    return value


def _port(value: str, name: str) -> int:
    return _between(value, name, 1, 65_535)


def _threads(value: str, name: str) -> int:
    return _between(value, name, 2, 1_000)


def _between(value: str, name: str, low: int, high: int) -> int:
    if not value.isdecimal() or not low <= int(value) <= high:
        raise InvalidSetting(f"{name} must be a whole number from {low} to {high}, not {value!r}.")
    return int(value)


def _database_url(value: str, name: str) -> str:
    parts = urlsplit(value)
    if parts.scheme == "sqlite" and parts.path not in ("", "/", "/:memory:"):
        return value
    if parts.scheme in ("postgresql+psycopg", "mysql+pymysql") and parts.hostname and parts.path.strip("/"):
        return value
    # The value may hold a password.
    known = "sqlite:///path/to/factory.db, postgresql+psycopg://user:password@host/database or mysql+pymysql://user:password@host/database"
    raise InvalidSetting(f"{name} must be like {known}, not like {parts.scheme or value[:20]!r}.")


def _address(value: str, name: str, *, schemes: tuple[str, ...], known: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname:
        # The value may hold a password.
        raise InvalidSetting(f"{name} must be like {known}, not like {parts.scheme or value[:20]!r}.")
    return value


_REDIS = ("redis", "rediss")
_redis_url = partial(_address, schemes=_REDIS, known="redis://:password@host:6379/0")
_broker_url = partial(_address, schemes=("amqp", "amqps", *_REDIS), known="amqp://user:password@host:5672// (RabbitMQ) or redis://:password@host:6379/1")


def _origins(value: str, name: str) -> tuple[str, ...]:
    origins = tuple(origin.strip().rstrip("/") for origin in value.split(",") if origin.strip())
    wrong = [origin for origin in origins if not origin.startswith(("http://", "https://"))]
    if wrong:
        raise InvalidSetting(f"{name} must be origins like https://floor.example.com, comma-separated, not {wrong[0]!r}.")
    return origins


def _public_url(value: str, name: str) -> str:
    parts = urlsplit(value.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.fragment or parts.username:
        raise InvalidSetting(f"{name} must be like https://factory.example.com, without a path, not {value!r}.")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _server(value: str, name: str) -> str:
    from access.openid import is_trusted

    parts = urlsplit(value.rstrip("/"))
    # The value may hold a password.
    if not is_trusted(value) or parts.path or parts.query or parts.fragment or parts.username or parts.password:
        raise InvalidSetting(f"{name} must be like https://central.example.com, without a path; http only for this machine itself.")
    return f"{parts.scheme}://{parts.netloc}"


def _key(value: str, name: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value:
        raise InvalidSetting(f"{name} must be a key as the other server has shown it, in one piece.")
    return value


def _site_pairs(value: str, name: str) -> tuple[tuple[str, str], ...]:
    pairs = [(here.strip(), there.strip() if equals else here.strip()) for here, equals, there in (one.partition("=") for one in value.split(","))]
    if not all(0 < len(site) <= 128 for pair in pairs for site in pair) or any(len({*ids}) < len(pairs) for ids in zip(*pairs, strict=True)):
        raise InvalidSetting(f"{name} must be like main=north, hall-2: ids of sites here, each with its id at the other server where that differs.")
    return tuple(pairs)


def _peers_file(value: str, name: str) -> str:
    from federation.peers import Unfit, read_peers

    try:
        read_peers(Path(value))
    except Unfit as unfit:
        raise InvalidSetting(f"{name}: {unfit}") from None
    return value


def _truth(value: str, name: str) -> bool:
    if value.lower() not in ("yes", "no"):
        raise InvalidSetting(f"{name} must be yes or no, not {value!r}.")
    return value.lower() == "yes"


def _rate(value: str, name: str) -> str:
    from access.rates import parsed

    try:
        parsed(value)
    except ValueError:
        raise InvalidSetting(f'{name} must be like "500 per second" or "none", not {value!r}.') from None
    return value


def _issuer(value: str, name: str) -> str:
    from access.openid import is_trusted

    if not is_trusted(value) or urlsplit(value).query or urlsplit(value).fragment:
        raise InvalidSetting(f"{name} must be like https://login.example.com/realms/plant, not {value!r}.")
    return value


def _granting(value: str, name: str) -> str:
    from access.openid_settings import granting

    try:
        granting(value)
    except ValueError as error:
        raise InvalidSetting(f"{name} must be like line-leads=supervisor@north, it=administrator; {str(error)!r} is not.") from None
    return value


def _level(value: str, name: str) -> str:
    if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise InvalidSetting(f"{name} must be DEBUG, INFO, WARNING or ERROR, not {value!r}.")
    return value.upper()


def _format(value: str, name: str) -> str:
    if value.lower() not in ("text", "json"):
        raise InvalidSetting(f"{name} must be text or json, not {value!r}.")
    return value.lower()


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "host": _text,
    "port": _port,
    "public_url": _public_url,
    "key_rate": _rate,
    "database_url": _database_url,
    "data_folder": _text,
    "redis_url": _redis_url,
    "broker_url": _broker_url,
    "cors_origins": _origins,
    "threads": _threads,
    "forward_to": _server,
    "forward_key": _key,
    "forward_sites": _site_pairs,
    "forward_events": _truth,
    "sites_from": _peers_file,
    "oidc_issuer": _issuer,
    **dict.fromkeys(("oidc_client_id", "oidc_client_secret", "oidc_roles_claim", "oidc_label"), _text),
    "oidc_roles": _granting,
    "log_level": _level,
    "log_format": _format,
}
