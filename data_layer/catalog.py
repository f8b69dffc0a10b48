"""Sites, and the workers, stations, cameras and models registered at them, as the API and the pages name them."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, select, update
from sqlalchemy.dialects.sqlite import insert

from data_layer.cameras import camera_rows
from data_layer.engine import Database
from data_layer.preview import Preview, preview
from data_layer.query import Row
from data_layer.scope import in_force
from data_layer.settings_json import Json
from data_layer.sites import Site, create_main, list_sites, load_site, next_revision, put_site
from data_layer.tables import cameras, cv_models, workers, workstations

Also = Callable[[Connection], None]


def _nothing(_connection: Connection) -> None:
    """There is nothing else to be written."""


class Catalog:
    """What is registered. Sites are remembered, since every event asks for its site's time zone.

    changed: called with a site after its settings were committed.
    """

    def __init__(self, database: Database, changed: Callable[[set[str]], None]) -> None:
        self._database = database
        self._changed = changed
        self._lock = threading.Lock()
        self._sites: Mapping[str, Site] = {}

    def start(self, now: datetime) -> None:
        """Make sure that the default site exists, and read the sites."""
        with self._database.write() as connection:
            create_main(connection, now)
        self.reread()

    def reread(self) -> None:
        """Read the sites anew: something has changed them."""
        with self._lock, self._database.read() as connection:
            self._sites = {site.site_id: site for site in list_sites(connection)}
        for site in self._sites.values():
            # Reading a zone's history takes a tenth of a second, once: better now than while the first question waits.
            _ = site.rules.clock

    @property
    def known(self) -> Mapping[str, Site]:
        """The caller's sites by id, as parsing needs them."""
        sites = in_force().sites
        return self._sites if sites is None else {site_id: site for site_id, site in self._sites.items() if site_id in sites}

    def list(self) -> list[Site]:
        """The caller's sites, by id."""
        return [*self.known.values()]

    def get(self, site_id: str) -> Site:
        """A site as it is now. Raises UnknownSite."""
        with self._database.read() as connection:
            return load_site(connection, site_id)

    def put(self, site_id: str, change: Json, now: datetime, *, made_from: str | None = None, also: Also = _nothing) -> bool:
        """Create a site or change its settings (see `put_site`). Returns whether it is new. Raises InvalidSettings, SettingsChanged.

        also: what is written in the same transaction.
        """
        with self._database.write() as connection:
            created = put_site(connection, site_id, change, now, made_from=made_from)
            also(connection)
        try:
            self.reread()
        finally:
            self._changed({site_id})
        return created

    def preview(self, site_id: str, change: Json, now: datetime) -> Preview:
        """What a change of settings would do to last week's figures. Raises UnknownSite, InvalidSettings, TooMuch."""
        with self._database.read() as connection:
            return preview(connection, site_id, change, now)

    def registered(self, table: Table, site_id: str) -> Sequence[Row]:
        """Rows of workers or workstations of a site, by id. Raises UnknownSite."""
        with self._database.read() as connection:
            load_site(connection, site_id)
            key = _KEYS[table]
            rows = connection.execute(select(table).where(table.c.site_id == site_id)).mappings()
            return sorted((dict(row) for row in rows), key=lambda row: str(row[key]))

    def register(self, table: Table, site_id: str, id_: str, fields: Row, now: datetime, *, also: Also = _nothing) -> bool:
        """Create or rename a worker, workstation or camera. also: as in `put`. Returns whether it is new. Raises UnknownSite."""
        with self._database.write() as connection:
            load_site(connection, site_id)
            # Rows name who is registered, with their names.
            next_revision(connection, site_id)
            created = _register(connection, table, {"site_id": site_id, _KEYS[table]: id_}, fields, now)
            also(connection)
        self._changed({site_id})
        return created

    def cameras(self, site_id: str, camera_id: str | None = None) -> Sequence[Row]:
        """All cameras of a site by id, or one, with what they have sent (see `camera_rows`). Raises UnknownSite."""
        with self._database.read() as connection:
            load_site(connection, site_id)
            return camera_rows(connection, site_id, camera_id)

    def models(self, site_id: str) -> Sequence[tuple[str, str]]:
        """Names and versions of a site's models in their order; '' is no version. Raises UnknownSite."""
        with self._database.read() as connection:
            load_site(connection, site_id)
            rows = connection.execute(select(cv_models.c.model_name, cv_models.c.model_version).where(cv_models.c.site_id == site_id))
            return sorted((name, version) for name, version in rows)

    def register_model(self, site_id: str, name: str, version: str, now: datetime) -> bool:
        """Let a site know a version of a model. Returns whether it is new. Raises UnknownSite."""
        with self._database.write() as connection:
            load_site(connection, site_id)
            return _register(connection, cv_models, {"site_id": site_id, "model_name": name, "model_version": version}, {}, now)


_KEYS = {workers: "worker_id", workstations: "station_id", cameras: "camera_id"}


def _register(connection: Connection, table: Table, key: Row, fields: Row, now: datetime) -> bool:
    created = connection.execute(insert(table).values(**key, **fields, created_at=now).on_conflict_do_nothing()).rowcount == 1
    named = {**fields, **({"is_demo": False} if "is_demo" in table.c else {})}
    if named and not created:
        connection.execute(update(table).where(*(table.c[name] == value for name, value in key.items())).values(**named))
    return created
