"""Sites, and the workers, stations, cameras and models registered at them, as the API and the pages name them."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, select, update

from data_layer.cameras import camera_rows
from data_layer.engine import Database
from data_layer.preview import Preview, preview
from data_layer.privacy import About, NotShown, Privacy, names_told, pseudonym
from data_layer.putting import insert_new
from data_layer.query import Row
from data_layer.registered import UnknownId
from data_layer.scope import Standing, in_force
from data_layer.settings_json import Json
from data_layer.sites import Site, create_main, list_sites, load_site, next_revision, put_privacy, put_site
from data_layer.tables import cameras, cv_models, workers, workstations

Also = Callable[[Connection], None]


def nothing_else(_connection: Connection) -> None:
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
        self._privacy: frozenset[tuple[str, Privacy]] = frozenset()

    def start(self, now: datetime) -> None:
        """Make sure that the default site exists, and read the sites."""
        with self._database.write() as connection:
            create_main(connection, now)
        self.reread()

    def reread(self) -> None:
        """Read the sites anew: something has changed them."""
        with self._lock, self._database.read() as connection:
            self._sites = {site.site_id: site for site in list_sites(connection)}
            self._privacy = frozenset((site.site_id, site.privacy) for site in self._sites.values())
        for site in self._sites.values():
            # Reading a zone's history takes a tenth of a second, once: better now than while the first question waits.
            _ = site.rules.clock

    @property
    def known(self) -> Mapping[str, Site]:
        """The caller's sites by id, as parsing needs them."""
        sites = in_force().sites
        return self._sites if sites is None else {site_id: site for site_id, site in self._sites.items() if site_id in sites}

    @property
    def privacy(self) -> frozenset[tuple[str, Privacy]]:
        """What all sites show of their people."""
        return self._privacy

    def list(self) -> list[Site]:
        """The caller's sites, by id."""
        return [*self.known.values()]

    def get(self, site_id: str) -> Site:
        """A site as it is now. Raises UnknownSite."""
        with self._database.read() as connection:
            return load_site(connection, site_id)

    def put(self, site_id: str, change: Json, now: datetime, *, made_from: str | None = None, also: Also = nothing_else) -> bool:
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

    def put_privacy(self, site_id: str, rule: Privacy, also: Callable[[Connection, Privacy], None]) -> None:
        """Replace what a site shows of its people. also: what is written in the same transaction, told what the rule was. Raises UnknownSite."""
        with self._database.write() as connection:
            also(connection, put_privacy(connection, site_id, rule))
        try:
            self.reread()
        finally:
            self._changed({site_id})

    def preview(self, site_id: str, change: Json, now: datetime) -> Preview:
        """What a change of settings would do to last week's figures. Raises UnknownSite, InvalidSettings, TooMuch."""
        with self._database.read() as connection:
            return preview(connection, site_id, change, now)

    def registered(self, table: Table, site_id: str) -> Sequence[Row]:
        """Rows of workers or workstations of a site, by id: of workers as the caller may know them. Raises UnknownSite, NotShown."""
        with self._database.read() as connection:
            site, key = load_site(connection, site_id), _KEYS[table]
            rows = [dict(row) for row in connection.execute(select(table).where(table.c.site_id == site_id)).mappings()]
        if table is workers:
            rows = _as_told(site, rows)
        return sorted(rows, key=lambda row: str(row[key]))

    def register(self, table: Table, site_id: str, id_: str, fields: Row, now: datetime, *, also: Also = nothing_else, new: bool = True) -> bool:
        """Create or rename a worker, workstation or camera. also: as in `put`. Returns whether it is new.

        new: whether it may be. Raises UnknownSite, NotShown, and UnknownId where it may not.
        """
        with self._database.write() as connection:
            site = load_site(connection, site_id)
            if table is workers and not names_told(site_id, site.privacy):
                raise NotShown(_NO_NAMES)
            # Rows name who is registered, with their names.
            next_revision(connection, site_id)
            created = _register(connection, table, {"site_id": site_id, _KEYS[table]: id_}, fields, now)
            if created and not new:
                raise UnknownId(f"There is no {table.name.removesuffix('s')} {id_} at site {site_id}.")
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

    def register_model(self, site_id: str, name: str, version: str, now: datetime, *, also: Also = nothing_else) -> bool:
        """Let a site know a version of a model. also: as in `put`. Returns whether it is new. Raises UnknownSite."""
        with self._database.write() as connection:
            load_site(connection, site_id)
            created = _register(connection, cv_models, {"site_id": site_id, "model_name": name, "model_version": version}, {}, now)
            also(connection)
        return created


_NO_NAMES = "You are told no names of this site’s workers, and so can’t give any."


def _as_told(site: Site, rows: list[Row]) -> list[Row]:
    """Who is registered: where the site shows nobody, only its administrators must know whom they may name or erase."""
    if not site.privacy.shows_people and in_force().standing_at(site.site_id) < Standing.ADMINISTRATOR:
        site.privacy.check(site.site_id, About.PEOPLE)
    if names_told(site.site_id, site.privacy):
        return rows
    return [{**row, "worker_id": pseudonym(site.site_id, site.privacy, row["worker_id"]), "name": None, "home_station_id": None} for row in rows]


_KEYS = {workers: "worker_id", workstations: "station_id", cameras: "camera_id"}


def _register(connection: Connection, table: Table, key: Row, fields: Row, now: datetime) -> bool:
    created = insert_new(connection, table, [{**key, **fields, "created_at": now}]) == 1
    named = {**fields, **({"is_demo": False} if "is_demo" in table.c else {})}
    if named and not created:
        connection.execute(update(table).where(*(table.c[name] == value for name, value in key.items())).values(**named))
    return created
