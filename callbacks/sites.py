"""The page of all sites, each on its own day, by its own clock."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State

from access.roles import EVERYWHERE, Role
from access.web.gate import principal
from callbacks.cards import KEPT_BACK
from callbacks.context import Context
from callbacks.live import live
from callbacks.many_sites import called, compared, each_site
from callbacks.site_words import forwards, freshness, keeps, offset, shift_now, shows, told_by
from components import ids
from components.kpi_card import AT_WORK_NOW, KPIS, Kpi
from components.leaf import Leaf
from components.sites_page import SiteCard, SiteFigure
from components.state_style import AT_WORK
from components.wording import NO_DATA, clock, count, day, number
from data_layer.elsewhere import Elsewhere
from data_layer.query import Row

OUTPUTS = {"cards": Output(ids.SITES_DATA, "data"), "note": Leaf(ids.SITES_NOTE, "children"), "alone": Leaf(ids.SITES_ALONE, "children")}
#: As a card has room for.
_SHORTER = {"productive": "Productive", "utilization": "Avg. utilization"}
_NOTHING_YET = {"rate": "no work seen yet", "utilization": "no work seen yet", "coverage": "no shift attended yet"}


def register(app: Dash, services: Any) -> None:
    """Fill the page; the browser draws its cards, and keeps the links between the pages about all sites on the filters."""
    live(app, services, name="sites", page="sites", outputs=OUTPUTS)(sites)
    app.clientside_callback(_function("drawCards"), Input(ids.SITES_DATA, "data"), State(ids.SITES_LIST, "id"))
    for page in ("sites", "compare"):
        app.clientside_callback(_function("linkTab"), Output(ids.sites_tab(page), "href"), Input(ids.FILTERS, "data"), State(ids.sites_tab(page), "id"))


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction(namespace="sites", function_name=name)


def sites(context: Context) -> dict[str, Any]:
    """A card a site, and what to do where there is one alone."""
    looks = each_site(context, "today")
    found = compared(looks)
    cards = [site_card(one, *about) for one, *about in zip(looks, found.rows, found.untold, found.remote, strict=True)]
    return {"cards": [card.drawn() for card in cards], "note": note(len(looks)), "alone": alone(looks)}


def note(many: int) -> str:
    """What "today" means here."""
    return f"{count(many, 'site')}. Today is each site’s own day: from its midnight until its time now."


def alone(looks: list[Context]) -> str:
    """What to do where only one site is seen; nothing where there are more."""
    if len(looks) > 1:
        return ""
    if principal().may(Role.ADMINISTRATOR, EVERYWHERE):
        return "This is the only site so far. Make another one on the page Settings, under Sites: then they stand side by side here, and can be compared."
    return f"You see {called(looks[0])} alone. Whoever administers all sites can show you others, and then they stand side by side here."


def site_card(one: Context, row: Row, untold: frozenset[str], told: Elsewhere | None) -> SiteCard:
    """A site in words. row: its figures of its day so far. untold: those that it keeps back. told: what its own server says, if it has one."""
    local = one.now.astimezone(one.zone)
    figures = [figure(kpi, row[kpi.field], why_none(one, kpi, told, kept_back=kpi.field in untold)) for kpi in KPIS]
    return SiteCard(
        one.site.site_id,
        called(one),
        clock(local),
        day(local.date(), local.date()),
        f"{one.zone.key}, {offset(local)}" if one.zone.key != "UTC" else "UTC",
        shift_now(one),
        [at_work(one, told), *figures],
        freshness(one) if told is None else f"Its own server: {told_by(one, told)}",
        keeps(one.site.retention) if told is None else "Only sums of days are here",
        forwards(one),
        shows(one),
        is_here=told is None,
    )


def at_work(one: Context, told: Elsewhere | None = None) -> SiteFigure:
    """How many are at work at this moment, where the site shows people, and is not told by another server."""
    label, meaning = AT_WORK_NOW.label, "Workers who are working or idle at this moment, of all workers of the site."
    if told is not None:
        return SiteFigure(label, NO_DATA, hint="only its own server knows", meaning=meaning)
    if not one.site.privacy.shows_people:
        return SiteFigure(label, NO_DATA, hint=KEPT_BACK, meaning=meaning)
    states = one.current_states()
    if not states:
        return SiteFigure(label, NO_DATA, hint="no workers yet", meaning=meaning)
    return SiteFigure(label, number(sum(state.state in AT_WORK for state in states)), f"of {number(len(states))}", meaning=meaning)


def figure(kpi: Kpi, value: float | None, why_none: str) -> SiteFigure:
    """A figure of the day with its unit, or why there is none."""
    return SiteFigure(
        _SHORTER.get(kpi.key, kpi.label),
        number(value, kpi.digits),
        kpi.unit if value is not None else "",
        why_none if value is None else "",
        kpi.meaning,
    )


def why_none(one: Context, kpi: Kpi, told: Elsewhere | None, *, kept_back: bool) -> str:
    """Why there is no figure, where there is none."""
    if told is not None and told.why:
        return "not known"
    if kpi.key == "coverage" and not (one.site if told is None else told.account).has_schedule:
        return "needs shifts"
    return KEPT_BACK if kept_back else _NOTHING_YET.get(kpi.key, "")
