"""What several servers on one database share beside it, for speed alone: Redis. Nothing here is the only copy of anything."""

from collections.abc import Callable

from sharing.kept import Kept
from sharing.nudges import Nudges, tell
from sharing.store import Store


class Shared:
    """What they share. kept: answers. store: where keys' requests are counted."""

    def __init__(self, redis_url: str, installation: str) -> None:
        self.store = Store(redis_url, installation)
        self.kept = Kept(self.store)
        self._nudges: Nudges | None = None

    def listen(self, nudged: Callable[[], None]) -> None:
        """Begin to listen: called whenever a server or a worker has new figures."""
        self._nudges = Nudges(self.store, nudged)
        self._nudges.start()

    def tell(self) -> None:
        """There are new figures."""
        tell(self.store)

    @property
    def warning(self) -> str | None:
        """Whether this server goes on by itself."""
        return "Redis does not answer: this server counts requests and keeps answers by itself." if self.store.is_away else None

    def close(self) -> None:
        """Give all back."""
        if self._nudges is not None:
            self._nudges.stop()
        self.store.close()
