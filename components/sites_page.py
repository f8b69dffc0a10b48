"""The page of all sites: a card each with its clock, who is at work, the day's figures, and what it keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dash import dcc, html

from components import ids
from components.shell import live_stores

_TABS = {"sites": ("/sites", "Now"), "compare": ("/compare", "Comparison")}


@dataclass(frozen=True, slots=True)
class SiteFigure:
    """A figure of a card in words. meaning: for a mouse that rests on it. hint: why there is none, or what belongs to it."""

    label: str
    value: str
    unit: str = ""
    hint: str = ""
    meaning: str = ""

    def drawn(self) -> dict[str, str]:
        """What the browser draws."""
        return {name: getattr(self, name) for name in ("label", "value", "unit", "hint", "meaning")}


@dataclass(frozen=True, slots=True)
class SiteCard:
    """A site in words. clock, day: of its time now. zone: its name and how far it is from UTC. seen, keeps, forwards, shows: sentences."""

    site_id: str
    name: str
    clock: str
    day: str
    zone: str
    shift: str
    figures: Sequence[SiteFigure]
    seen: str
    keeps: str
    forwards: str = ""
    shows: str = ""
    #: Whether its overview is on this server.
    is_here: bool = True

    def drawn(self) -> dict[str, object]:
        """What the browser draws."""
        words = {name: getattr(self, name) for name in ("name", "clock", "day", "zone", "shift", "seen", "keeps", "forwards", "shows")}
        path = overview_of(self.site_id) if self.is_here else ""
        called = self.site_id if self.site_id != self.name else ""
        return {
            "id": self.site_id,
            "called": called,
            "path": path,
            "figures": [one.drawn() for one in self.figures],
            **words,
        }


def overview_of(site_id: str) -> str:
    """The address of a site's overview."""
    return f"/?{urlencode({'site': site_id})}"


def layout() -> html.Section:
    """The page with every leaf in place and no card yet."""
    note = html.P("", id=ids.SITES_NOTE, className="sites-page__note")
    alone = html.P("", id=ids.SITES_ALONE, className="card-box panel sites-page__alone")
    cards = html.Ul([], id=ids.SITES_LIST, className="site-cards")
    parts = [html.H1("Sites", className="visually-hidden"), tabs("sites"), note, cards, alone, dcc.Store(id=ids.SITES_DATA), *live_stores("sites")]
    return html.Section(parts, className="sites-page")


def tabs(page: str) -> html.Nav:
    """The ways between the pages about all sites. page: the one that is shown."""
    return html.Nav([_tab(name, page) for name in _TABS], className="ranges site-tabs", **{"aria-label": "Sites now, or compared"})


def _tab(name: str, shown: str) -> dcc.Link | html.Span:
    path, title = _TABS[name]
    if name == shown:
        return html.Span(title, className="site-tabs__tab site-tabs__tab--on", **{"aria-current": "page"})
    return dcc.Link(title, id=ids.sites_tab(name), href=path, className="site-tabs__tab")
