"""Who is at work now: the workers whose state of the moment is working or idle."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from data_layer.answer import Answer
from data_layer.current import current_states
from data_layer.explaining.bounds import Bounds
from data_layer.explanation import ExplainQuery, LeftOut, Part
from data_layer.query import CurrentState, MetricsQuery
from metrics.columns import Columns
from metrics.intervals import IDLE, KINDS, WORKING
from metrics.units import to_micros

_AT_WORK = (KINDS[WORKING], KINDS[IDLE])


def at_work(answer: Answer, query: ExplainQuery) -> tuple[tuple[Part, ...], tuple[LeftOut, ...]]:
    """A part for each worker at work at this moment (`as_of`, else the site's last event), whatever the window; and what the others do."""
    now = replace(answer, query=query.plain(MetricsQuery, start=query.as_of, end=None, worker_ids=(), station_ids=(), station_types=(), shift=None))
    shown = {answer.registered.called[number - 1] for number in answer.shown("worker")}
    states = [state for worker, state in sorted(current_states(now).items()) if worker in shown]
    here = [state for state in states if state.state in _AT_WORK and _is_among(answer, state)]
    others = Counter(state.state for state in states if state.state not in _AT_WORK)
    others["elsewhere"] = sum(state.state in _AT_WORK for state in states) - len(here)
    others["no_signal"] += len(shown) - len(states)
    return tuple(_parts(now, here)), tuple(LeftOut(name, "workers", others[key], sentence) for key, (name, sentence) in _OTHERS.items() if others[key])


_OTHERS = {
    "absent": ("Absent", "Their last state is absent."),
    "no_signal": ("No signal", "Nothing has been heard of them for longer than the site’s signal timeout, or since the shift ended."),
    "elsewhere": ("At other stations", "They are at work at a station that the filter leaves out."),
}


def _is_among(answer: Answer, state: CurrentState) -> bool:
    """Whether a state is at a station that the filters let through."""
    chosen = answer.filters.stations
    return chosen is None or state.station_id in {answer.registered.names.stations[number - 1] for number in chosen}


def _parts(now: Answer, states: Sequence[CurrentState]) -> Sequence[Part]:
    numbers = {called: number for number, called in enumerate(now.registered.called, start=1)}
    workers = np.array([numbers[state.worker_id] for state in states], dtype=np.int64)
    since = [to_micros(state.since) if state.since else 0 for state in states]
    bounds = Bounds(now, Columns({"worker": workers, "at": np.array(since, dtype=np.int64)}))
    return [
        Part(
            amount=1,
            what=state.state,
            worker_ids=(state.worker_id,),
            station_id=state.station_id,
            start=state.since,
            begins=bounds.event([worker], at),
        )
        for state, worker, at in zip(states, workers.tolist(), since, strict=True)
    ]
