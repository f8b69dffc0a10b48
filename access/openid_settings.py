"""By which provider people may sign in, and what its claims make of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from access.roles import EVERYWHERE, Role

_ROLES = {str(role): role for role in (Role.VIEWER, Role.SUPERVISOR, Role.ADMINISTRATOR)}
_GREATER = [*_ROLES.values()]

#: By a value of the claim: role and site, EVERYWHERE for all.
Granting = Mapping[str, tuple[tuple[Role, str], ...]]


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """issuer: its address, as its tokens name it. roles_claim: where a token says what its subject is, by a path with dots. label: of the button."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    roles_claim: str = "roles"
    roles: Granting = field(default_factory=dict)
    label: str = "Sign in with your company account"

    def roles_of(self, claims: Mapping[str, Any]) -> dict[str, Role]:
        """What somebody may where: of several roles at a site the greatest."""
        value: Any = claims
        for name in self.roles_claim.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        said = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        found: dict[str, Role] = {}
        for role, site in (grant for one in said if isinstance(one, str) for grant in self.roles.get(one, ())):
            found[site] = max(role, found.get(site, role), key=_GREATER.index)
        return found


def granting(text: str) -> Granting:
    """`line-leads=supervisor@north, it=administrator`: a role at a site, or at all. Raises ValueError with what is wrong."""
    found: dict[str, tuple[tuple[Role, str], ...]] = {}
    for one in filter(None, (part.strip() for part in text.split(","))):
        value, equals, granted = one.rpartition("=")
        role, at, site = granted.partition("@")
        if not value or not equals or role not in _ROLES or (at and not site):
            raise ValueError(one)
        found[value] = (*found.get(value, ()), (_ROLES[role], site or EVERYWHERE))
    return found
