"""What is said beside the comparison: which time it is of, what is missing from it, and when it was made."""

from collections.abc import Sequence

from callbacks.context import Context
from callbacks.many_sites import called
from components.wording import count, day, day_clock, listing
from data_layer.comparison import Comparison
from data_layer.shielding import OF_EACH

_LEADS = {
    "today": "Today so far",
    "shift": "This shift so far, or else the last one",
    "last-shift": "The last shift",
    "yesterday": "Yesterday",
    "7d": "The last 7 days",
    "all": "Everything so far",
}
_COMPARED = {
    "today": "the same part of the day before",
    "shift": "the same part of the shift before",
    "last-shift": "the shift before",
    "yesterday": "the day before",
    "7d": "the 7 days before",
}


def words(context: Context, many: int) -> str:
    """ "The last 7 days at 3 sites, each on its own clock. Changes are on the 7 days before." """
    wanted, days = context.asked.range, context.windows.days
    lead, compared = _LEADS.get(wanted, ""), _COMPARED.get(wanted, "")
    if wanted == "custom" and days is not None:
        today = context.now.astimezone(context.zone).date()
        lead = day(days[0], today) if days[0] == days[1] else f"{day(days[0], today)} to {day(days[1], today)}"
        length = (days[1] - days[0]).days + 1
        compared = "the day before" if length == 1 else f"the {count(length, 'day')} before"
    change = f" Changes are on {compared}." if compared else ""
    return f"{lead} at {count(many, 'site')}, each on its own clock and by its own shifts.{change}"


def notes(looks: Sequence[Context], found: Comparison) -> str:
    """What is missing, and why: sites that keep figures back or have not told them, and those without shifts."""
    missing = [(called(one), why_missing(one, found, place)) for place, one in enumerate(looks)]
    said = [f"{name} {why}." for name, why in missing if why]
    without = [called(one) for one, told in zip(looks, found.remote, strict=True) if not (one.site if told is None else told.account).has_schedule]
    if without:
        said.append(f"Coverage, tracked time and no signal need shifts: {listing(without)} {'has' if len(without) == 1 else 'have'} none.")
    said.append("Times, units and events of all sites add up, ratios are those of the sums, and average utilization is the mean over all workers.")
    return " ".join(said)


def why_missing(one: Context, found: Comparison, place: int) -> str:
    """Why some of a site's figures are not among those of all sites; nothing where all are."""
    told, kept = found.remote[place], found.untold[place]
    if told is not None and told.why:
        return told.why
    if told is not None and kept == OF_EACH and one.site.privacy.shows_people:
        return "tells no average utilization over several days"
    return f"shows {one.site.privacy.sentence if told is None else 'not all of its figures'}" if kept else ""


def made(context: Context, many: int) -> str:
    """The last line of the report."""
    local = context.now.astimezone(context.zone)
    return f"Made {day_clock(local)} ({context.zone.key}) from {count(many, 'site')}. Factory Productivity Dashboard."


def alone() -> str:
    """What to do where there is nothing to compare."""
    return "There is only one site to see, and nothing to compare it with. Once there are more (Settings, Sites), they stand side by side here."
