"""Questions about series of figures, and their answers."""

from typing import Annotated, Literal

from msgspec import UNSET, Struct, UnsetType, defstruct

from api.schemas.metrics import MetricsQuestion, Told
from api.schemas.terms import Id, Utc, says
from data_layer.series import FIGURES

Bucket = Literal["5m", "15m", "1h", "1d", "1w"]
By = Literal["site", "worker", "workstation"]
#: The figures that a series may have, of whatever it is.
NAMES = sorted({name for figures in FIGURES.values() for name in figures})


class SeriesQuestion(MetricsQuestion):
    """A window by time bucket."""

    bucket: (
        Annotated[Bucket, says("Length of a bucket on the site's clock: minutes from the hour, days from midnight, weeks from Monday. Left out: `1h`.", "1h")]
        | UnsetType
    ) = UNSET
    by: Annotated[By, says("What the figures are of. Left out: `site`.", "worker")] | UnsetType = UNSET
    metric: (
        Annotated[
            list[Literal[tuple(NAMES)]],  # type: ignore[valid-type]  # the names are known when this is imported
            says(
                "Only these figures, of those that the metrics calls have of sites, workers or workstations; give it several times for several.",
                ["event_count"],
            ),
        ]
        | UnsetType
    ) = UNSET


Values = Annotated[list[float | None], says("The figure in each bucket; `null` where it doesn't exist.")]
SeriesValues = defstruct("SeriesValues", [(name, Values | UnsetType, UNSET) for name in NAMES], forbid_unknown_fields=True)


class SeriesRow(Struct, forbid_unknown_fields=True):
    """The figures of a site, a worker or a workstation, a value a bucket."""

    site_id: Annotated[Id, says("The site.", "main")]
    values: Annotated[SeriesValues, says("The figures by name.", {"event_count": [12, 0]})]  # type: ignore[valid-type]
    worker_id: Annotated[Id, says("The worker, if by worker.", "W1")] | UnsetType = UNSET
    station_id: Annotated[Id, says("The workstation, if by workstation.", "S1")] | UnsetType = UNSET
    name: Annotated[str | None, says("What the worker or workstation is called.", "Alice Johnson")] | UnsetType = UNSET
    type: Annotated[str | None, says("What kind of workstation it is.", "assembly")] | UnsetType = UNSET


class SiteSeries(Struct, forbid_unknown_fields=True):
    """A site's buckets, and what they hold. Sites have their own, since their days begin at their own midnights."""

    site_id: Annotated[Id, says("The site.", "main")]
    timezone: Annotated[str, says("The site's time zone, on whose clock the buckets lie.", "Europe/Berlin")]
    starts: Annotated[list[Utc], says("Where each bucket begins.", ["2026-01-15T08:00:00Z", "2026-01-15T09:00:00Z"])]
    ends: Annotated[
        list[Utc], says("Where it ends; the last one may be cut short by the window or the clock.", ["2026-01-15T09:00:00Z", "2026-01-15T09:30:00Z"])
    ]
    rows: Annotated[list[SeriesRow], says("The site itself, each worker, or each workstation.")]
    privacy: Told = UNSET


class SeriesAnswer(Struct, forbid_unknown_fields=True):
    """Figures by time bucket."""

    bucket: Annotated[Bucket, says("Length of a bucket.", "1h")]
    by: Annotated[By, says("What the figures are of.", "worker")]
    sites: Annotated[list[SiteSeries], says("A block for each site that was asked about.")]
