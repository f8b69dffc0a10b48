"""What is counted as it happens: transactions, refreshes and requests of one app, for Prometheus.

writer ──a commit──▶ ┌──────────┐ ◀──its seconds── refresher
request ──answered──▶│ Metering │
                     └────┬─────┘ ◀── gauges.py: what is only read when somebody asks
        GET /metrics ◀────┘
"""

from collections import Counter as Tally
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, Metric, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from ingest.record import EXPECTED
from ingest.writer import Commit

#: The format that every scraper reads.
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
#: What stands for labels that a client could make up without end.
OTHER = "other"

_REASONS = frozenset({*EXPECTED, "event", "data_base64"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# Few: each route has them all, and a scrape should take milliseconds.
_REQUEST_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1, 5)
_COMMIT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_COMMIT_EVENTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
_REFRESH_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class _Registry(CollectorRegistry):
    """Leaves out when each series was made: that doubles the page, and nobody asks for it."""

    def collect(self) -> Iterable[Metric]:
        for metric in super().collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric


class Metering:
    """The instruments of one app. Each has a registry of its own: two apps in a process count apart."""

    def __init__(self) -> None:
        self._registry = _Registry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._new = self._counter("factory_events_stored", "Events stored that were new.")
        self._repeated = self._counter("factory_events_repeated", "Events that were stored already: sent again, and counted once.")
        self._rejected = self._counter("factory_events_rejected", "Events refused and put into the quarantine, by the field that was wrong.", "reason")
        self._unreadable = self._counter("factory_bodies_unreadable", "Bodies of requests that were not readable at all, quarantined whole.")
        for reason in (*sorted(_REASONS), OTHER):
            self._rejected.labels(reason)  # a series that begins above zero hides its first increase
        self._failures = self._counter(
            "factory_commit_failures", "Transactions that the database refused: a full disk, a lock, an error. Their senders were told to send again."
        )
        self._commit = self._histogram(
            "factory_commit_duration_seconds", "Time of a transaction until it was on disk, its wait for the database included.", _COMMIT_SECONDS
        )
        self._commit_events = self._histogram("factory_commit_events", "Events taken in by a transaction, repeats included.", _COMMIT_EVENTS)
        self._refresh = self._histogram("factory_refresh_duration_seconds", "Time to bring one site's figures up to its events.", _REFRESH_SECONDS)
        about = "Time from a request's beginning to its answer, by route; an address that is none counts as other."
        self._requests = self._histogram("factory_http_request_duration_seconds", about, _REQUEST_SECONDS, "method", "route", "status")
        self._by_request: dict[tuple[str, str, int], Histogram] = {}

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self._registry)

    def _histogram(self, name: str, about: str, bounds: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, about, labels, registry=self._registry, buckets=bounds)

    def watch(self, gauges: Collector) -> None:
        """Show these gauges too."""
        self._registry.register(gauges)

    def committed(self, commit: Commit) -> None:
        """The writer has ended a transaction."""
        if commit.failed:
            self._failures.inc()
            return
        self._new.inc(commit.new)
        self._repeated.inc(commit.repeated)
        self._unreadable.inc(commit.unreadable)
        for reason, count in Tally(map(reason_of, commit.refused)).items():
            self._rejected.labels(reason).inc(count)
        self._commit.observe(commit.seconds)
        self._commit_events.observe(commit.new + commit.repeated)

    def refreshed(self, seconds: float) -> None:
        """The refresher has brought a site up to date."""
        self._refresh.observe(seconds)

    def answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """A request was answered. route: the template of its address, None for an address that is none."""
        known = method if method in _METHODS else OTHER, route or OTHER, status
        found = self._by_request.get(known)
        if found is None:
            # Looking labels up costs as much as all the rest of the observation.
            found = self._by_request[known] = self._requests.labels(*known)
        found.observe(seconds)

    def exposition(self) -> bytes:
        """Everything in Prometheus's text format."""
        return generate_latest(self._registry)


def reason_of(detail: str) -> str:
    """The field with which the sentence of a refusal opens; `other` if that is none of ours."""
    field = detail.partition(":")[0]
    return field if field in _REASONS else OTHER
