"""What is read only when Prometheus asks: queue, lag, revisions, files. Nothing here waits for a transaction or a query."""

import platform
from collections.abc import Iterable, Mapping

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from data_layer.disk import file_sizes, free_bytes
from data_layer.engine import Database
from data_layer.refreshing import Refreshing
from data_layer.retention.keeper import Keeper
from ingest.writer import Writer
from watching.release import version


class Gauges(Collector):
    """How an app's threads and its database stand."""

    def __init__(self, database: Database, writer: Writer, refresher: Refreshing, keeper: Keeper) -> None:
        self._database, self._writer, self._refresher, self._keeper = database, writer, refresher, keeper
        release = {"version": version(), "python": platform.python_version(), "database": database.product.named}
        self._build = _gauge("factory_build_info", "Always 1; which release runs, on which Python and database.")
        self._build.add_sample("factory_build_info", release, 1)

    def collect(self) -> Iterable[Metric]:
        """The gauges as they are now."""
        alive = {"writer": self._writer.alive, "refresher": self._refresher.alive, "keeper": self._keeper.alive}
        yield self._build
        yield _gauge("factory_thread_alive", "Whether a thread that the server needs is at work: 1 or 0.", "thread", alive)
        yield _gauge("factory_events_waiting", "Events taken in that no transaction has begun to store.", value=self._writer.waiting)
        yield _gauge("factory_events_waiting_limit", "Events waiting beyond which requests are answered with 503.", value=self._writer.most_waiting)
        yield _gauge("factory_commit_underway_seconds", "How long the present transaction has taken so far; 0 without one.", value=self._writer.busy_seconds)
        about = "Time since the oldest commit of a site that its figures don't contain yet; 0 when they contain all."
        yield _gauge("factory_refresh_lag_seconds", about, "site", self._refresher.lags())
        yield _gauge("factory_data_revision", "Counts the changes of a site's figures.", "site", self._refresher.revisions())
        yield _gauge("factory_database_size_bytes", "Size of the database file and of its write-ahead log.", "file", file_sizes(self._database))
        yield _gauge("factory_database_disk_free_bytes", "Space left on the disk that holds the database.", value=free_bytes(self._database))


def _gauge(name: str, about: str, label: str = "", values: Mapping[str, float] | None = None, value: float | None = None) -> GaugeMetricFamily:
    """A gauge with one value, with several told apart by a label, or with none where nothing can be told."""
    made = GaugeMetricFamily(name, about, labels=[label] if label else [])
    if value is not None:
        made.add_metric([], value)
    for labelled, each in (values or {}).items():
        made.add_metric([labelled], each)
    return made
