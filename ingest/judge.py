"""The rules that one event must keep (api.md, "Ingest") and the event that it then becomes."""

from collections.abc import Mapping
from datetime import UTC, datetime

from ingest.event import Event, Refused, SiteRules
from ingest.record import Record, unexpected
from ingest.timestamps import read_time
from metrics.units import SECOND, to_micros

DEFAULT_SITE = "main"
CLOCK_TOLERANCE = 5 * 60 * 1_000_000
EARLIEST = to_micros(datetime(2000, 1, 1, tzinfo=UTC))
LATEST_SENT = to_micros(datetime(2101, 1, 1, tzinfo=UTC))


def judge(record: Record, sites: Mapping[str, SiteRules], now: int, source: str = "") -> Event:
    """The event of a well-typed record. now: the server's clock in microseconds since the epoch. Raises Refused.

    source: whom the event's own id belongs to where the record names no camera (metrics.md rule 1).
    The hot path of ingest: a million calls take about a second, so it is one straight line.
    """
    kind = record.event_type
    worker, station = record.worker_id or "", record.workstation_id or ""
    if not worker and kind != "product_count":
        raise Refused("worker_id", f"is missing or empty, and {kind} needs it.")
    if not station and kind != "absent":
        raise Refused("workstation_id", f"is missing or empty, and {kind} needs it.")
    site_id = DEFAULT_SITE if record.site_id is None else record.site_id
    site = sites.get(site_id)
    if site is None:
        raise Refused("site_id", f"there is no site {site_id!r}.")
    if record.timestamp is None:
        raise Refused("timestamp", "is missing.")
    timestamp = _time("timestamp", record.timestamp, site)
    if not EARLIEST <= timestamp <= now + CLOCK_TOLERANCE:
        raise _out_of_range(record.timestamp, timestamp)
    client_id = "" if record.event_id is None else str(record.event_id)
    if site.whole_seconds and kind != "product_count":
        # Each frame of a raw feed is an event with an id of its own; only without it do those of a second say the same.
        timestamp, client_id = timestamp - timestamp % SECOND, ""
    camera = record.camera_id or None
    sequence = record.sequence
    values = (
        site_id,
        worker,
        timestamp,
        kind,
        station,
        _units(kind, record.count),
        record.confidence,
        (camera or source) if client_id else "",
        client_id,
        camera,
        record.model_name or None,
        record.model_version or None,
        None if record.sent_at is None else _sent_at(record.sent_at, site),
        None if sequence is None or sequence == "" else str(sequence),
    )
    # Event(...) would pass through a Python-level __new__, at twice the time.
    return tuple.__new__(Event, values)


def _time(field: str, text: str, site: SiteRules) -> int:
    try:
        return read_time(text, site.timezone)
    except ValueError:
        raise unexpected(field, text) from None


def _sent_at(text: str, site: SiteRules) -> int:
    moment = _time("sent_at", text, site)
    if not EARLIEST <= moment < LATEST_SENT:
        raise Refused("sent_at", f"{text} lies outside the years 2000 to 2100.")
    return moment


def _out_of_range(text: str, timestamp: int) -> Refused:
    if timestamp < EARLIEST:
        return Refused("timestamp", f"{text} lies before 2000-01-01.")
    return Refused("timestamp", f"{text} lies more than 5 minutes ahead of the server's clock.")


def _units(kind: str, count: float | None) -> int:
    units = 1 if count is None else int(count)
    if count is not None and units != count:
        raise unexpected("count", count)
    return units if kind == "product_count" else 0
