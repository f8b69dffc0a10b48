"""What everybody else knows of whoever keeps the figures up with the events: a thread of this process, or many processes between them."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

#: Steps done and to do while a site's history is recomputed under new settings.
Progress = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a site is. revision: of its figures. oldest, newest: ids of the invalidations that no refresh has consumed; 0 where there are none."""

    revision: int
    oldest: int = 0
    newest: int = 0

    def lacks(self, invalidation_id: int) -> bool:
        """Whether any up to this one is not consumed yet."""
        return 0 < self.oldest <= invalidation_id


class AtWork(Protocol):
    """Whoever works at it in the background."""

    def start(self) -> None:
        """Begin, with whatever an earlier process left behind."""

    def stop(self) -> None:
        """End after the current step."""

    @property
    def alive(self) -> bool:
        """Whether it is at work."""

    @property
    def warning(self) -> str | None:
        """What needs somebody soon, in a sentence, though the work goes on."""


class Hands(AtWork, Protocol):
    """Who does the work."""

    def notify(self, behind: Mapping[str, Standing], /) -> None:
        """These sites are behind."""

    def hurried(self) -> AbstractContextManager[None]:
        """While the block lasts, somebody waits for figures: there is no rest."""


class Refreshing(AtWork, Protocol):
    """Who knows how far it is."""

    def notify(self, sites: Collection[str], /) -> None:
        """Events or settings of these sites were committed."""

    def wait(self, site_id: str, timeout: float) -> bool:
        """Wait until all that was committed at a site before this call is in its derived rows; False when time ran out (seconds; 0 only asks)."""

    def progress(self, site_id: str) -> Progress | None:
        """Steps done and to do while a site's history is recomputed under new settings; None when it isn't."""

    def lags(self) -> dict[str, float]:
        """Seconds since the oldest commit of each site that is not in its derived rows yet; 0 where all are."""

    def revisions(self) -> dict[str, int]:
        """The data revision of each site, as far as it is known here."""
