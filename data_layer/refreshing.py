"""What everybody else knows of whoever keeps the figures up with the events: a thread of this process, or many processes between them."""

from contextlib import AbstractContextManager
from typing import Protocol

#: Steps done and to do while a site's history is recomputed under new settings.
Progress = tuple[int, int]


class AtWork(Protocol):
    """Whoever works at it in the background."""

    def start(self) -> None:
        """Begin, with whatever an earlier process left behind."""

    def stop(self) -> None:
        """End after the current step."""

    @property
    def alive(self) -> bool:
        """Whether it is at work."""

    def notify(self, sites: set[str]) -> None:
        """Events or settings of these sites were committed."""


class Hands(AtWork, Protocol):
    """Who does the work."""

    def hurried(self) -> AbstractContextManager[None]:
        """While the block lasts, somebody waits for figures: there is no rest."""


class Refreshing(AtWork, Protocol):
    """Who knows how far it is."""

    def wait(self, site_id: str, timeout: float) -> bool:
        """Wait until all that was committed at a site before this call is in its derived rows; False when time ran out (seconds; 0 only asks)."""

    def progress(self, site_id: str) -> Progress | None:
        """Steps done and to do while a site's history is recomputed under new settings; None when it isn't."""

    def lags(self) -> dict[str, float]:
        """Seconds since the oldest commit of each site that is not in its derived rows yet; 0 where all are."""

    def revisions(self) -> dict[str, int]:
        """The data revision of each site, as far as it is known here."""
