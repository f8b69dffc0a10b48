"""The floor now: a tile a station with its state, who is there, and for how long."""

from collections import Counter
from dataclasses import asdict, dataclass

from dash import html

from components import ids
from components.state_style import PRECEDENCE, state_style
from components.wording import count

PARTS = ("box", "icon", "word", "since", "name", "who", "units")


@dataclass(frozen=True, slots=True)
class Tile:
    """A station's tile in words. state: None when nobody is there."""

    station_id: str
    state: str | None
    name: str
    who: str
    since: str = ""
    units: str = ""

    def leaves(self) -> dict[str, str]:
        """What callbacks write into the tile, by part; the order of PARTS doesn't matter."""
        style = state_style(self.state)
        words = asdict(self)
        return {
            "box": f"tile tile--{self.state or 'nobody'}",
            "icon": f"bi bi-{style.icon}",
            "word": style.word,
            **{part: words[part] for part in ("since", "name", "who", "units")},
        }


def floor_tile(tile: Tile) -> html.Li:
    """A tile, filled; later changes go to its leaves."""
    leaves = tile.leaves()

    def leaf(part: str, *, className: str = "") -> html.Span:  # noqa: N803 (Dash's own name)
        return html.Span(leaves[part], id=ids.tile(tile.station_id, part), className=className)

    return html.Li(
        [
            html.Div(
                [
                    html.Span(
                        [html.I(id=ids.tile(tile.station_id, "icon"), className=leaves["icon"], **{"aria-hidden": "true"}), leaf("word")],
                        className="tile__state",
                    ),
                    leaf("since", className="tile__since"),
                ],
                className="tile__line",
            ),
            leaf("name", className="tile__name"),
            html.Div([leaf("who", className="tile__who"), leaf("units")], className="tile__line tile__line--soft"),
        ],
        id=ids.tile(tile.station_id, "box"),
        className=leaves["box"],
    )


def floor_note(tiles: list[Tile]) -> str:
    """ "6 stations · 3 working · 1 idle · 2 with nobody"."""
    states = Counter(tile.state for tile in tiles)
    parts = [count(len(tiles), "station")]
    parts += [f"{states[state]} {state_style(state).word.lower()}" for state in PRECEDENCE if states[state]]
    if states[None]:
        parts.append(f"{states[None]} with nobody")
    return " · ".join(parts)


def floor_panel() -> html.Section:
    """The panel around the tiles."""
    return html.Section(
        [
            html.Header([html.H2("The floor now"), html.Span("", id=ids.FLOOR_NOTE, className="panel__note")], className="panel__head"),
            html.Ul([], id=ids.FLOOR, className="tiles"),
            html.P("", id=ids.FLOOR_ELSEWHERE, className="panel__foot"),
        ],
        className="card-box panel",
    )
