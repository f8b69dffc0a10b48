"""What stands around every page: the sentence, the choices of the filters, and what the badge knows."""

import time
from typing import Any

from dash import Dash, Input, Output, State, no_update

from access.roles import EVERYWHERE, Role
from access.web.gate import principal
from callbacks.context import Context
from callbacks.filters import Filters
from callbacks.gate import callback
from callbacks.live import live
from callbacks.sentence import sentence
from components import ids
from components.filter_bar import named_options, site_options, type_options
from components.leaf import Leaf
from data_layer.refreshing import Refreshing

#: Figures so many seconds behind the events are worth a word on the badge; less is the normal way of an event.
_BEHIND_SECONDS = 3.0
#: Pages with cards, which compare with the window before, besides the drill-downs.
_WITH_CARDS = ("overview", "wall")

OPTIONS = {
    "stations": Output(ids.STATIONS, "options"),
    "types": Output(ids.STATION_TYPES, "options"),
    "workers": Output(ids.WORKERS, "options"),
}
OUTPUTS: dict[str, Any] = {
    "lead": Leaf(ids.SENTENCE_LEAD, "children"),
    "when": Leaf(ids.SENTENCE_WHEN, "children"),
    "rest": Leaf(ids.SENTENCE_REST, "children"),
    "stamp": Output(ids.STAMP, "data"),
    **OPTIONS,
}
STATES = {"shown": {name: State(output.component_id, "options") for name, output in OPTIONS.items()}, "view": State(ids.VIEW, "data")}


def register(app: Dash, services: Any) -> None:
    """Keep the frame in step with every page."""
    live(app, services, name="frame", page=None, outputs=OUTPUTS, states=STATES)(frame)

    # By itself, for it has an answer at a site that doesn't exist, too.
    @callback(app, Output(ids.SITE, "options"), Input(ids.FILTERS, "data"), Input(ids.NUDGE, "data"), State(ids.SITE, "options"), role=Role.VIEWER)
    def sites(search: str | None, _nudge: Any, shown: list[dict[str, Any]]) -> Any:
        return _unless_shown(choice_of_sites(services, search), shown)


def frame(context: Context, shown: dict[str, Any], view: dict[str, Any]) -> dict[str, Any]:
    """Sentence, choices and stamp."""
    lead, when, rest = sentence(context, compared=_compares(context, view))
    options = {
        "stations": named_options((row["station_id"], row["name"]) for row in context.stations),
        "types": type_options(row["type"] for row in context.stations),
        "workers": named_options((row["worker_id"], row["name"]) for row in context.workers),
    }
    # An open list of choices would close if it were handed the same options again.
    return {"lead": lead, "when": when, "rest": rest, "stamp": stamp(context), **{name: _unless_shown(found, shown[name]) for name, found in options.items()}}


def _compares(context: Context, view: dict[str, Any]) -> bool:
    """Whether the page shows changes against the window before. Without data in that there are none; the cards have read it already."""
    return view["id"] is not None or (view["page"] in _WITH_CARDS and context.read_previous() is not None)


def stamp(context: Context) -> dict[str, Any]:
    """What the badge must know: how far the figures are, and the site's own day."""
    refresher: Refreshing = context.services.refresher
    progress = refresher.progress(context.site.site_id)
    return {
        "site": context.site.site_id,
        "revision": context.revision,
        "answer": time.time_ns(),  # each differs, for the badge to age it
        "behind": refresher.lags().get(context.site.site_id, 0.0) > _BEHIND_SECONDS,
        "progress": list(progress) if progress else None,
        "now": context.now.isoformat(),  # whose figures an explanation is of
        "today": context.now.astimezone(context.zone).date().isoformat(),
        "may": roles_at(context.site.site_id),
        "shows": context.site.privacy.level,
        "many": len(context.services.sites.known) > 1,
    }


def roles_at(site_id: str) -> list[str]:
    """What the reader may at a site, for the page to offer nothing else; `everywhere` besides for who administers all sites."""
    asking = principal()
    held = [str(role) for role in (Role.VIEWER, Role.SUPERVISOR, Role.ADMINISTRATOR) if asking.may(role, site_id)]
    return held + (["everywhere"] if asking.may(Role.ADMINISTRATOR, EVERYWHERE) else [])


def choice_of_sites(services: Any, search: str | None) -> list[dict[str, Any]]:
    """The sites to choose from; one that the address names and nobody knows stands among them, since a select would show another in its place."""
    known = {site.site_id: site.name for site in services.sites.list()}
    asked = Filters.from_query(search).site_id
    return site_options(sorted(known.items()), unknown=None if asked in known else asked)


def _unless_shown(options: list[dict[str, Any]], shown: Any) -> Any:
    return no_update if options == shown else options
