"""The figures by which sites are compared: those of the overview's cards, and the rest of what docs/metrics.md says of a factory."""

from components.kpi_card import KPIS, Kpi

#: By which sites can be ranked.
FIGURES = (
    *KPIS,
    Kpi("idle", "total_idle_time_hours", "Idle hours", "h", 1, " h", "Time that all workers spent at a station without working, added up.", better=-1),
    Kpi("absent", "total_absent_time_hours", "Absent hours", "h", 1, " h", "Time that all workers were away in, added up.", better=-1),
    Kpi("no-signal", "no_signal_hours", "No signal", "h", 1, " h", "Scheduled time in which no camera knew what the workers on shift did.", better=-1),
    Kpi("tracked", "tracked_time_hours", "Tracked hours", "h", 1, " h", "Scheduled time of the workers on shift, added up.", better=0),
    Kpi("events", "total_events", "Events", "", 0, "", "What cameras said in the range.", better=0),
)
COUNTS = (
    Kpi("workers", "worker_count", "Workers", "", 0, "", "Registered workers, whatever the range.", better=0),
    Kpi("stations", "station_count", "Stations", "", 0, "", "Registered workstations, whatever the range.", better=0),
)
#: Ratios are the same however many sites they are of; of sums, sites have a share.
RATIOS = frozenset({"average_production_rate", "average_utilization_percentage", "coverage_percentage"})


def figure_of(field: str) -> Kpi:
    """The figure of a field of docs/metrics.md."""
    return next(kpi for kpi in FIGURES if kpi.field == field)
