"""How far back a site's data reach, and what became of the daily run that sees to it, in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

from components.wording import day, day_clock
from data_layer.horizons import first_day
from data_layer.retention.runs import Run
from data_layer.sites import Site
from metrics.units import BEGINNING


def kept_words(site: Site, run: Run | None, now: datetime, zone: ZoneInfo) -> str:
    """What has left so far, and the latest run; empty where all is kept."""
    local = now.astimezone(zone)
    horizons, said = site.horizons, []
    if horizons.sealed_before > BEGINNING:
        said.append(f"Raw events before {day(first_day(site.rules, horizons.sealed_before), local.date())} are archived: figures before it are sealed.")
    if horizons.detailed_from > BEGINNING:
        said.append(f"Before {day(first_day(site.rules, horizons.detailed_from), local.date())} only sums by hour are kept.")
    if horizons.kept_from > BEGINNING:
        said.append(f"Nothing is kept from before {day(first_day(site.rules, horizons.kept_from), local.date())}.")
    return " ".join([*said, *_run_words(run, local, zone)])


def _run_words(run: Run | None, local: datetime, zone: ZoneInfo) -> list[str]:
    if run is None:
        return []
    if run.finished is None:
        return ["What is older is being archived now; everything else goes on meanwhile."]
    at = day_clock(run.finished.astimezone(zone), local.date())
    return [f"Latest run: {at}. {run.problem}"] if run.problem else [f"Latest run: {at}, all done."]
