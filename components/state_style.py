"""How each worker state looks: colour, icon and word, never colour alone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StateStyle:
    """color: at least 3:1 on white and on #212529; `assets/90-app.css` carries the same. icon: a Bootstrap icon."""

    word: str
    icon: str
    color: str


STATE_STYLE = {
    "working": StateStyle("Working", "play-fill", "#009E73"),
    "idle": StateStyle("Idle", "pause-fill", "#D55E00"),
    "absent": StateStyle("Absent", "person-dash", "#CC79A7"),
    "no_signal": StateStyle("No signal", "wifi-off", "#767676"),
}
NOBODY = StateStyle("Nobody here", "circle", "#767676")

AT_WORK = ("working", "idle")
PRECEDENCE = ("working", "idle", "absent", "no_signal")
"""Which state a station shows when several people are at it: the busiest."""


def state_style(state: str | None) -> StateStyle:
    """The style of a state; None, or a state that we don't know, is nobody."""
    return STATE_STYLE.get(state or "", NOBODY)
