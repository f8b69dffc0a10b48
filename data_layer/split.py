"""How the hours and units of some workers divide among the stations, from rollups whatever the range.

A station's own figures are unions over its workers, which under a filter of workers are formed from each interval of the window; of one worker,
who is at one place at a time, they are plain sums.
"""

from data_layer.answer import Answer, Wanted
from data_layer.query import Row
from metrics.kpis import hours, plain
from metrics.totals import BY_STATION, TIME_SUMS, added_up, worker_times

_SUMS = ("active", "idle", "units")
SPLIT_SUMS = Wanted(workers=frozenset(_SUMS))


def split(answer: Answer) -> list[Row]:
    """A row for each station with time or units of the workers who count: what the station is, occupancy_time_hours (working and idle, added up over
    the workers) and total_units_produced."""
    live = answer.live
    times = [answer.stored.person_times(), worker_times(live.added, live.attended, answer.schedule, BY_STATION), answer.stored.outputs("station")]
    sums = added_up(times, BY_STATION, (*TIME_SUMS, "units"))
    present = sums["active"] + sums["idle"]
    # Number 0 is no station: some are absent at none.
    found = sums.assign(present=present).rows(((present != 0) | (sums["units"] != 0)) & (sums["station"] != 0))
    described = answer.registered.described("station", found["station"].tolist())
    amounts = zip(plain(hours(found["present"])), plain(found["units"]), strict=True)
    return [{**who, "occupancy_time_hours": length, "total_units_produced": units} for who, (length, units) in zip(described, amounts, strict=True)]
