"""Questions about metrics and their answers: the fields of docs/metrics.md, rule 4."""

from typing import Annotated

from msgspec import UNSET, Struct, UnsetType, field

from api.schemas.privacy import PrivacyTold
from api.schemas.terms import Count, Hours, Id, Moment, Percentage, Rate, says

_MORNING, _EVENING = ("2026-01-15T08:00:00Z", "2026-01-15"), ("2026-01-15T17:00:00Z", "2026-01-16")


Told = Annotated[PrivacyTold, says("What is left out for the privacy of people, where anything is.")] | UnsetType
OneSite = Annotated[str, says("The site. Left out: `main`.", "main")] | UnsetType
Sites = Annotated[list[str], says("The site; give it several times for several. Left out: `main`.", ["main"])] | UnsetType
Workers = Annotated[list[str], says("Only these workers; give it several times for several.", ["W1"])] | UnsetType


class SiteQuestion(Struct):
    """Which site is asked about."""

    site_id: OneSite = UNSET


class Window(Struct):
    """A window `[from, to)`. Times are RFC 3339; without an offset, or as a day (its midnight), in the site's time zone."""

    from_: Annotated[Moment, says("Where the window begins. Left out: the site's first visible event.", *_MORNING)] | UnsetType = field(
        name="from", default=UNSET
    )
    to: Annotated[Moment, says("Where the window ends; not before `from`. Left out: takes in every event.", *_EVENING)] | UnsetType = UNSET
    as_of: Annotated[Moment, says("Counts states that are still open up to this moment. Left out: they don't count yet.", *_EVENING)] | UnsetType = UNSET
    shift: Annotated[str, says("Only the spans of the shifts of this name.", "day")] | UnsetType = UNSET


class AtStations(Window):
    """A window narrowed to workstations."""

    station_id: Annotated[list[str], says("Only these workstations; give it several times for several.", ["S1"])] | UnsetType = UNSET
    station_type: Annotated[list[str], says("Only workstations of these types; give it several times for several.", ["assembly"])] | UnsetType = UNSET


class StationsQuestion(AtStations):
    """One worker: the window may be narrowed to stations."""

    site_id: OneSite = UNSET


class WorkersQuestion(Window):
    """One workstation: the window may be narrowed to workers."""

    worker_id: Workers = UNSET
    site_id: OneSite = UNSET


class MetricsQuestion(AtStations):
    """Workers and workstations of one or more sites: both may be filtered."""

    worker_id: Workers = UNSET
    site_id: Sites = UNSET


class Tracking(Struct, forbid_unknown_fields=True, kw_only=True):
    """How much of the scheduled time was seen."""

    tracked_time_hours: Annotated[
        Hours | None, says("Scheduled time of the shifts attended, in hours. `null` without shifts, and under a station filter.", 8.0, None)
    ]
    no_signal_hours: Annotated[Hours | None, says("Tracked time in which nothing was seen, in hours. `null` where `tracked_time_hours` is.", 0.25, None)]
    coverage_percentage: Annotated[Percentage | None, says("Share of the tracked time in which something was seen, in percent.", 96.875, None)]


class FactoryFigures(Tracking):
    """What a site comes to, or several. `null` stands for what its privacy level keeps back, too."""

    total_productive_time_hours: Annotated[Hours | None, says("Time in which workers worked, added up over the workers, in hours.", 31.4)]
    total_production_count: Annotated[Count | None, says("Units finished, those without a worker too.", 412)]
    average_production_rate: Annotated[Rate | None, says("Units per productive hour. `null` without productive time.", 13.121, None)]
    average_utilization_percentage: Annotated[Percentage | None, says("Mean of the workers' utilizations that are not `null`, in percent.", 81.63, None)]
    worker_count: Annotated[Count, says("Workers registered at the site.", 6)]
    station_count: Annotated[Count, says("Workstations registered at the site.", 6)]
    total_events: Annotated[Count | None, says("Visible events in the window.", 1180)]
    total_idle_time_hours: Annotated[Hours | None, says("Time in which workers were idle, added up over the workers, in hours.", 5.2)]
    total_absent_time_hours: Annotated[Hours | None, says("Time in which workers were absent, added up over the workers, in hours.", 1.1)]


class SiteMetrics(FactoryFigures):
    """A site as a whole."""

    site_id: Annotated[Id, says("The site.", "main")]
    privacy: Told = UNSET


class FactoryMetrics(FactoryFigures):
    """One site as a whole, or several together: times, units and counts added up, ratios of the sums, mean utilization over all workers."""

    site_id: Annotated[Id | None, says("The site. `null` where several were asked about.", "main")]
    privacy: Told = UNSET
    sites: Annotated[list[SiteMetrics], says("Each site by itself, where several were asked about.")] | UnsetType = UNSET


class WorkerMetrics(Tracking):
    """A worker."""

    site_id: Annotated[Id, says("The site.", "main")]
    worker_id: Annotated[Id, says("The worker.", "W1")]
    name: Annotated[str | None, says("What the worker is called. `null` if nobody has said so.", "Alice Johnson", None)]
    total_active_time_hours: Annotated[Hours, says("Time working, in hours.", 3.5)]
    total_idle_time_hours: Annotated[Hours, says("Time idle, in hours.", 0.5)]
    total_absent_time_hours: Annotated[Hours, says("Time absent, in hours; with shifts, inside scheduled time only.", 0.0)]
    utilization_percentage: Annotated[Percentage | None, says("Active time as a share of active and idle time, in percent. `null` without either.", 87.5, None)]
    total_units_produced: Annotated[Count, says("Units finished.", 5)]
    units_per_hour: Annotated[Rate | None, says("Units per active hour. `null` without active time.", 1.4285714285714286, None)]
    event_count: Annotated[Count, says("Visible events of every type.", 5)]


class WorkstationMetrics(Struct, forbid_unknown_fields=True):
    """A workstation. `null` stands for what the site's privacy level keeps back, too."""

    site_id: Annotated[Id, says("The site.", "main")]
    station_id: Annotated[Id, says("The workstation.", "S1")]
    name: Annotated[str | None, says("What the workstation is called. `null` if nobody has said so.", "Assembly Line 1", None)]
    type: Annotated[str | None, says("What kind of workstation it is. `null` if nobody has said so.", "assembly", None)]
    occupancy_time_hours: Annotated[Hours | None, says("Time in which anybody worked or idled there, in hours: two people for one hour are one hour.", 4.0)]
    working_time_hours: Annotated[Hours | None, says("Time in which anybody worked there, in hours.", 3.5)]
    utilization_percentage: Annotated[
        Percentage | None, says("Occupied time as a share of the scheduled time, without shifts of the window, up to the clock; in percent.", 100.0, None)
    ]
    working_percentage: Annotated[Percentage | None, says("Working time as a share of occupancy, in percent. `null` without occupancy.", 87.5, None)]
    total_units_produced: Annotated[Count | None, says("Units finished there.", 5)]
    throughput_rate: Annotated[Rate | None, says("Units per hour of occupancy. `null` without occupancy.", 1.25, None)]
    event_count: Annotated[Count | None, says("Visible events that name the workstation.", 4)]
