"""Whose data the caller may see: what reads a site asks the scope in force, so that a site outside it is one that doesn't exist.

The gate sets the scope of each request; threads of the server itself see all sites.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum


class UnknownSite(LookupError):
    """There is no such site, or not for this caller."""

    def __init__(self, site_id: str) -> None:
        super().__init__(f"No site {site_id}.")


class Standing(IntEnum):
    """What somebody may at a site, from the least: what is shown of people depends on it."""

    VIEWER = 1
    SUPERVISOR = 2
    ADMINISTRATOR = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """sites: the ids of the sites that may be seen; None for all. standings: what the caller is at each, '' for all sites; a viewer elsewhere."""

    sites: frozenset[str] | None = None
    standings: frozenset[tuple[str, Standing]] = frozenset()

    @property
    def is_everywhere(self) -> bool:
        """Whether all sites may be seen, whatever may be done there."""
        return self.sites is None

    def has(self, site_id: str) -> bool:
        """Whether a site may be seen, if there is one of that id."""
        return self.sites is None or site_id in self.sites

    def check(self, site_id: str) -> None:
        """Raises UnknownSite for a site outside the scope, as if it didn't exist."""
        if not self.has(site_id):
            raise UnknownSite(site_id)

    def standing_at(self, site_id: str) -> Standing:
        """What the caller is at a site."""
        return max((standing for named, standing in self.standings if named in ("", site_id)), default=Standing.VIEWER)


ALL_SITES = Scope(None, frozenset({("", Standing.ADMINISTRATOR)}))
NO_SITE = Scope(frozenset())

_IN_FORCE: ContextVar[Scope] = ContextVar("scope", default=ALL_SITES)


def in_force() -> Scope:
    """The scope of the request that is being answered; all sites where there is none."""
    return _IN_FORCE.get()


def put_in_force(scope: Scope) -> None:
    """Narrow what this thread sees from now on."""
    _IN_FORCE.set(scope)


@contextmanager
def narrowed(scope: Scope) -> Iterator[None]:
    """Narrow what this thread sees meanwhile."""
    before = _IN_FORCE.set(scope)
    try:
        yield
    finally:
        _IN_FORCE.reset(before)
