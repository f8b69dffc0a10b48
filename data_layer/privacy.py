"""What of its people a site shows, and to whom: docs/privacy.md.

individual   figures and times of every worker, as they are
team         sums over groups of several people in whole hours (`data_layer.groups`), nothing shorter, nobody alone
station      figures of workstations, without anybody in them
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select

from data_layer.putting import put
from data_layer.scope import Standing, in_force
from data_layer.settings_json import InvalidSettings, Json
from data_layer.tables import privacy, workers


class Level(StrEnum):
    """What is shown of people."""

    INDIVIDUAL = "individual"
    TEAM = "team"
    STATION = "station"


class About(IntEnum):
    """What an answer tells, from the least: sums over time, what was when, and who it was."""

    SUMS = 0
    MOMENTS = 1
    PEOPLE = 2


class NotShown(ValueError):
    """What a site doesn't show, or not to this caller; the text is a sentence that says why."""


_FINEST = {Level.INDIVIDUAL: About.PEOPLE, Level.TEAM: About.SUMS, Level.STATION: About.MOMENTS}
_FEWEST, _MOST = 2, 1_000
LONGEST_PURPOSE = 500
FIELDS = ("level", "smallest_group", "names_for", "purpose")


@dataclass(frozen=True, slots=True)
class Privacy:
    """A site's rule. smallest_group: how many people a sum must be about at level team. names_for: the least standing that is told ids and names
    of workers; others are told pseudonyms. purpose: what figures of single people are for, in the words of whoever chose them.

    chosen: whether somebody did. secret: what pseudonyms are made with.
    """

    level: Level = Level.INDIVIDUAL
    smallest_group: int = 5
    names_for: Standing = Standing.VIEWER
    purpose: str = ""
    chosen: bool = False
    secret: str = field(default="", repr=False)

    @property
    def shows_people(self) -> bool:
        """Whether there are figures of single workers."""
        return self.level is Level.INDIVIDUAL

    @property
    def shows_groups(self) -> bool:
        """Whether sums must be about several people."""
        return self.level is Level.TEAM

    def check(self, site_id: str, about: About) -> None:
        """Raises NotShown for an answer that tells more than may be."""
        if about > _FINEST[self.level]:
            raise NotShown(f"Site {site_id} shows {self.sentence}.")

    @property
    def sentence(self) -> str:
        """What the site shows instead of everything, as the end of a sentence."""
        if self.level is Level.TEAM:
            return f"sums over groups of at least {self.smallest_group} people in whole hours, and nobody’s own figures or times"
        return "figures of workstations, and no person’s" if self.level is Level.STATION else "figures of every worker"


UNCHOSEN = Privacy()


def names_told(site_id: str, rule: Privacy) -> bool:
    """Whether the caller is told the ids and names of a site's workers."""
    return in_force().standing_at(site_id) >= rule.names_for


def people_told(site_id: str, rule: Privacy) -> bool:
    """Whether the caller may read what names people as it was sent: where a site shows nobody, administrators alone, who put right what was refused."""
    return names_told(site_id, rule) and (rule.shows_people or in_force().standing_at(site_id) is Standing.ADMINISTRATOR)


def pseudonym(site_id: str, rule: Privacy, worker_id: str) -> str:
    """What a worker is called for those who are told no names: always the same at a site, and of no use without its secret."""
    digest = hmac.digest(rule.secret.encode(), f"{site_id}\0{worker_id}".encode(), hashlib.sha256)
    return f"P-{base64.b32encode(digest)[:10].decode()}"


def own_ids(connection: Connection, site_id: str, rule: Privacy) -> dict[str, str]:
    """The ids of a site's workers by their pseudonyms."""
    known = connection.scalars(select(workers.c.worker_id).where(workers.c.site_id == site_id))
    return {pseudonym(site_id, rule, worker_id): worker_id for worker_id in known}


def privacy_from_json(value: object) -> Privacy:
    """A rule from its JSON object; what is left out has its default. Raises InvalidSettings."""
    if not isinstance(value, dict):
        raise InvalidSettings(f"privacy: must be an object with {', '.join(FIELDS)}.")
    unknown = sorted(value.keys() - set(FIELDS))
    if unknown:
        raise InvalidSettings(f"privacy.{unknown[0]}: is not a field; known are {', '.join(FIELDS)}.")
    group, purpose = value.get("smallest_group", UNCHOSEN.smallest_group), value.get("purpose", "")
    if isinstance(group, bool) or not isinstance(group, int | float) or group != int(group) or not _FEWEST <= group <= _MOST:
        raise InvalidSettings(f"privacy.smallest_group: must be a whole number of people from {_FEWEST} to {_MOST:,}.")
    if not isinstance(purpose, str) or len(purpose) > LONGEST_PURPOSE or "\0" in purpose:
        raise InvalidSettings(f"privacy.purpose: must be a text of at most {LONGEST_PURPOSE} characters.")
    level = Level(_one_of(value, "level", [*Level]))
    standing = Standing[_one_of(value, "names_for", [standing.name.lower() for standing in Standing], "viewer").upper()]
    return Privacy(level, int(group), standing, purpose.strip(), chosen=True)


def _one_of(value: Json, name: str, known: list[str], default: str | None = None) -> str:
    found = value.get(name, default)
    if not isinstance(found, str) or found not in known:
        raise InvalidSettings(f"privacy.{name}: must be {', '.join(known[:-1])} or {known[-1]}.")
    return found


def privacy_json(rule: Privacy) -> Json:
    """A rule as JSON."""
    return {**_stored(rule), "chosen": rule.chosen}


def _stored(rule: Privacy) -> Json:
    return {"level": rule.level.value, "smallest_group": rule.smallest_group, "names_for": rule.names_for.name.lower(), "purpose": rule.purpose}


def load_privacy(connection: Connection, site_id: str) -> Privacy:
    """A site's rule."""
    row = connection.execute(select(privacy).where(privacy.c.site_id == site_id)).one_or_none()
    return UNCHOSEN if row is None else _of(row)


def all_privacy(connection: Connection) -> dict[str, Privacy]:
    """The rules of all sites that have chosen one, by id."""
    return {row.site_id: _of(row) for row in connection.execute(select(privacy))}


def _of(row: Row[Any]) -> Privacy:
    return Privacy(Level(row.level), row.smallest_group, Standing[row.names_for.upper()], row.purpose, chosen=True, secret=row.secret)


def store_privacy(connection: Connection, site_id: str, rule: Privacy) -> None:
    """Note a site's rule. Pseudonyms stay what they are."""
    put(connection, privacy, {"site_id": site_id}, _stored(rule), {"secret": secrets.token_hex(32)})
