"""What workers do now: the states that run to the clock."""

import numpy as np

from data_layer.answer import Answer
from data_layer.query import CurrentState
from metrics.columns import Columns, concat, look_up, member
from metrics.intervals import ABSENT
from metrics.open_states import open_intervals
from metrics.units import Micros, to_datetime


def current_states(answer: Answer) -> dict[str, CurrentState]:
    """The state of each worker after its last event, if it runs to the clock; else no signal since that event."""
    last, running = answer.last_states, _running(answer)
    since = _since(answer, last.rows(member(last, running, ["worker"])))
    names, called = answer.registered.names, ("", *answer.registered.called)
    states = {
        called[worker]: CurrentState(called[worker], "no_signal", None, to_datetime(seen))
        for worker, seen in zip(answer.tails["worker"].tolist(), answer.tails["last_time"].tolist(), strict=True)
    }
    columns = ([called[worker] for worker in running["worker"].tolist()], names.texts("state", running["state"]), names.texts("station", running["station"]))
    for worker, state, station, begun in zip(*columns, look_up(*since, running["worker"]).tolist(), strict=True):
        states[worker] = CurrentState(worker, state, station or None, to_datetime(begun))
    return states


def _running(answer: Answer) -> Columns:
    """Last states that run to the clock: worker, state, station."""
    last, schedule, names = answer.last_states, answer.schedule, ("worker", "state", "station")
    added, _ = open_intervals(last, answer.covered, answer.clock, answer.site.rules, schedule, live=True)
    # What the clock itself has just set has not lasted yet: a camera that is a second ahead sets the clock.
    just_set = last.rows(last["timestamp"] == answer.clock)
    in_time = np.full(len(just_set), not schedule.has_schedule) | (schedule.span_of(just_set["timestamp"]) >= 0)
    just_set = just_set.rows((just_set["state"] != ABSENT) | in_time)
    return concat([added.rows(added["end"] == answer.clock).pick(*names), just_set.pick(*names)])


def _since(answer: Answer, last: Columns) -> tuple[Micros, Micros]:
    """Since when open states have lasted, by worker: a stored interval that ends in the same state where it opens belongs to it."""
    if not len(last):
        return last["worker"], last["timestamp"]
    stored = answer.frames.intervals_of(last["worker"].tolist(), [(int(last["timestamp"].min()), int(last["timestamp"].max()))])
    same = member(stored.assign(timestamp=stored["end"]), last, ["worker", "state", "station", "timestamp"])
    begun = look_up(stored["worker"][same], stored["start"][same], last["worker"], default=-1) if same.any() else last["timestamp"]
    return last["worker"], np.where(begun < 0, last["timestamp"], begun)
