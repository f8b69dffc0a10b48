"""The roles that routes and callbacks name, and who holds which where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from data_layer.scope import Scope, Standing


class Role(StrEnum):
    """What a caller must be, from the least to the greatest: the first three for everybody, for everybody on the machine, and for who is known;
    the others are held at sites."""

    ANYONE = "anyone"
    #: Whoever asks from the machine that the server runs on, and whoever is known: what says nothing of people.
    HERE = "here"
    KNOWN = "known"
    VIEWER = "viewer"
    CAMERA = "camera"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


#: What each role may do. Cameras bring events and read nothing; people read, and only administrators bring events by hand.
_INCLUDED = {
    Role.VIEWER: {Role.VIEWER},
    Role.CAMERA: {Role.CAMERA},
    Role.SUPERVISOR: {Role.VIEWER, Role.SUPERVISOR},
    Role.ADMINISTRATOR: {Role.VIEWER, Role.SUPERVISOR, Role.CAMERA, Role.ADMINISTRATOR},
}
_STANDINGS = {Role.SUPERVISOR: Standing.SUPERVISOR, Role.ADMINISTRATOR: Standing.ADMINISTRATOR}
#: In grants, all sites.
EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks. actor: how the audit trail calls them: `user:…`, `key:…`, `open` where nobody has to sign in, `nobody`.

    grants: the role held at each site; EVERYWHERE for all. cameras: whose events they may bring, None for any.
    """

    actor: str
    grants: Mapping[str, Role] = field(default_factory=dict)
    cameras: frozenset[str] | None = None

    def may(self, needed: Role, site_id: str | None = None) -> bool:
        """Whether they may do at a site what needs a role (EVERYWHERE: at all sites); without a site, whether they may anywhere."""
        if needed not in _INCLUDED:
            return True
        held = self.grants.values() if site_id is None else [self.grants[site] for site in (EVERYWHERE, site_id) if site in self.grants]
        return any(needed in _INCLUDED[role] for role in held)

    @property
    def rights(self) -> frozenset[tuple[str, Role]]:
        """What they may, without who they are: who may the same is shown the same."""
        return frozenset(self.grants.items())

    def scope(self, needed: Role) -> Scope:
        """The sites at which they may do what needs a role."""
        sites = {site for site, role in self.grants.items() if needed in _INCLUDED[role]}
        standings = frozenset((site, _STANDINGS.get(role, Standing.VIEWER)) for site, role in self.grants.items())
        return Scope(None if EVERYWHERE in sites else frozenset(sites), standings)


#: Who has not said who it is.
NOBODY = Principal("nobody")
#: Everybody on this machine, while nobody has to sign in.
OPEN = Principal("open", {EVERYWHERE: Role.ADMINISTRATOR})
