"""The floor now: a tile a station with its state, who is there, and for how long."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from dash import dcc, html

from components import ids
from components.state_style import PRECEDENCE, state_style
from components.wording import count, number


@dataclass(frozen=True, slots=True)
class Tile:
    """A station's tile in words. state: None when nobody is there."""

    station_id: str
    state: str | None
    name: str
    who: str
    since: str = ""
    units: str = ""

    def drawn(self) -> dict[str, str]:
        """What the browser draws; it adds the query string to the link, since it has it."""
        style = state_style(self.state)
        words = {name: getattr(self, name) for name in ("name", "who", "since", "units")}
        look = {"look": f"tile tile--{self.state or 'nobody'}", "icon": f"bi bi-{style.icon}", "word": style.word}
        return {"id": self.station_id, "path": f"/stations/{quote(self.station_id, safe='')}", **look, **words}


def floor_note(tiles: Sequence[Tile]) -> str:
    """ "6 stations · 3 working · 1 idle · 2 with nobody"."""
    states = Counter(tile.state for tile in tiles)
    parts = [count(len(tiles), "station")]
    parts += [f"{number(states[state])} {state_style(state).word.lower()}" for state in PRECEDENCE if states[state]]
    if states[None]:
        parts.append(f"{number(states[None])} with nobody")
    return " · ".join(parts)


def floor_list(on: str) -> html.Ul:
    """The list that the browser draws the tiles into, by itself: nine components a station would take Dash ten seconds for a hundred of them."""
    return html.Ul([], id=ids.floor_part(on, "list"), className="tiles")


def floor_panel(on: str) -> html.Section:
    """The panel around the tiles."""
    return html.Section(
        [
            html.Header([html.H2("The floor now"), html.Span("", id=ids.floor_part(on, "note"), className="panel__note")], className="panel__head"),
            floor_list(on),
            dcc.Store(id=ids.floor(on)),
            html.P("", id=ids.floor_part(on, "elsewhere"), className="panel__foot"),
        ],
        className="card-box panel overview__floor of-moments",
    )
