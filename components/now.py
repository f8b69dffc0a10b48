"""What is going on at this moment, in words: of a worker, and of a station and those who are at it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from components.state_style import AT_WORK, PRECEDENCE, state_style
from components.wording import duration, listing
from data_layer.query import CurrentState


@dataclass(frozen=True, slots=True)
class Now:
    """state: None when nobody is there. words: what stands beside the state's own word."""

    state: str | None
    words: str

    def leaves(self) -> dict[str, str]:
        """What callbacks write into a header: its class, its icon, and the state with all that is known of it."""
        style = state_style(self.state)
        return {
            "state": f"now now--{self.state or 'nobody'}",
            "icon": f"bi bi-{style.icon}",
            "word": style.word,
            "words": self.words,
        }


def worker_now(state: CurrentState | None, names: Mapping[str, str], now: datetime) -> Now:
    """ "Working" "at Assembly Line 1 for 42 min". names: of the stations, by id. state: None for somebody who was never seen."""
    if state is None or (state.state == "no_signal" and state.since is None):
        return Now("no_signal", "was never seen")
    where = f"at {names.get(state.station_id, state.station_id)} " if state.station_id and state.state in AT_WORK else ""
    return Now(state.state, where + _lasting(state.since, now))


def station_now(here: list[CurrentState], names: Mapping[str, str], now: datetime) -> Now:
    """ "Working" "for 42 min: Alice Johnson". here: who is at the station, the busiest first. names: of the workers, by id."""
    if not here:
        return Now(None, "")
    people = listing([names.get(one.worker_id, one.worker_id) for one in here], most=3)
    return Now(here[0].state, f"{_lasting(here[0].since, now)}: {people}")


def by_station(states: Iterable[CurrentState]) -> dict[str, list[CurrentState]]:
    """Who is at each station, the busiest first; a station shows what that one does."""
    found: dict[str, list[CurrentState]] = {}
    for state in sorted(states, key=lambda one: (_rank(one.state), one.worker_id)):
        if state.station_id:
            found.setdefault(state.station_id, []).append(state)
    return found


def _rank(state: str) -> int:
    return PRECEDENCE.index(state) if state in PRECEDENCE else len(PRECEDENCE)


def _lasting(since: datetime | None, now: datetime) -> str:
    length = now - since if since else timedelta()
    return "since just now" if length < timedelta(minutes=1) else f"for {duration(length)}"
