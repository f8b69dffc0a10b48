"""Whose data a caller may see: every query takes a scope."""

from dataclasses import dataclass

from data_layer.sites import UnknownSite


@dataclass(frozen=True, slots=True)
class Scope:
    """sites: the ids of the sites that may be seen; None for all."""

    sites: frozenset[str] | None = None

    def check(self, site_id: str) -> None:
        """Raises UnknownSite for a site outside the scope, as if it didn't exist."""
        if self.sites is not None and site_id not in self.sites:
            raise UnknownSite(site_id)


ALL_SITES = Scope()
