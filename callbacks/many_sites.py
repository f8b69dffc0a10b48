"""All sites that the reader may see, at one moment, each looked at on its own clock and by its own shifts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from callbacks.context import Context
from callbacks.filters import Filters
from callbacks.window import Window
from data_layer.comparison import Comparison
from data_layer.query import MetricsQuery, Row


def each_site(context: Context, wanted: str | None = None) -> list[Context]:
    """A look at each site, by name. wanted: the range, if not the one that the address names.

    Filters by worker or station are a site's own, and are left out.
    """
    asked = context.asked
    sites = sorted(context.services.sites.list(), key=lambda site: (site.name.casefold(), site.site_id))
    kept = Filters(range=wanted or asked.range, first=asked.first, last=asked.last, metric=asked.metric)
    return [replace(context, site=site, asked=replace(kept, site_id=site.site_id)) for site in sites]


def called(context: Context) -> str:
    """What a site is called."""
    return context.site.name or context.site.site_id


def compared(looks: Sequence[Context]) -> Comparison:
    """The figures of some sites in the windows that are looked at."""
    found: Comparison = looks[0].services.screens.compare(*(_question(one, one.window) for one in looks))
    return found


def _question(one: Context, window: Window) -> MetricsQuery:
    return MetricsQuery(site_id=one.site.site_id, start=window.start, end=window.end, as_of=one.now)


@dataclass(frozen=True, slots=True)
class Before:
    """Figures of the equal windows before. rows: by site, of those where anything was in it. together: over all sites, where they are the same ones as now."""

    rows: Mapping[str, Row]
    together: Row


NOTHING_BEFORE = Before({}, {})


def before(looks: Sequence[Context], now: Comparison) -> Before:
    """What the figures are compared with. Over all sites only what is of as many of them as it is now: else a site more would look like progress."""
    asked = [_question(one, one.previous) for one in looks if one.previous]
    if not asked:
        return NOTHING_BEFORE
    found: Comparison = looks[0].services.screens.compare(*asked)
    rows = {query.site_id: row for query, row in zip(asked, found.rows, strict=True) if row["total_events"]}
    alike = found.together["total_events"] and len(asked) == len(looks)
    together = {name: found.together[name] for name, many in now.counted.items() if found.counted[name] == many} if alike else {}
    return Before(rows, together)
