"""Sums over a window, before any division: what each worker and each station comes to."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.intervals import ABSENT, IDLE, PRODUCT_COUNT, WORKING
from metrics.schedule import Schedule
from metrics.segments import clip, union
from metrics.window import Window

TIME_COLUMNS = ["active", "idle", "absent"]
STATE_COLUMN = {WORKING: "active", IDLE: "idle", ABSENT: "absent"}


@dataclass(frozen=True)
class Totals:
    """Sums of a site over a window; times in µs.

    workers:  index worker; active, idle, absent, units, events, tracked, signal. '' stands for events without a worker.
    stations: index station; occupancy, working, occupied (occupancy inside scheduled time), units, events.
    scheduled: scheduled time of the window. elapsed: its length up to the clock. has_schedule: whether the site has one.
    by_station: whether a station filter is at work, under which tracked time means nothing.
    """

    workers: pd.DataFrame
    stations: pd.DataFrame
    scheduled: int
    elapsed: int
    has_schedule: bool
    by_station: bool


def lengths(frame: pd.DataFrame) -> pd.Series:
    """Length of each row in µs."""
    return frame["end"] - frame["start"]


def worker_times(counted: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Active, idle and absent time by the columns `by` of intervals that don't overlap within a worker."""
    spent = lengths(counted)
    state = counted["state"]
    columns = {column: spent.where(state == name, 0) for name, column in STATE_COLUMN.items()}
    return counted[by].assign(**columns).groupby(by)[TIME_COLUMNS].sum()


def station_times(counted: pd.DataFrame, schedule: Schedule, by: list[str]) -> pd.DataFrame:
    """Occupancy, working and occupied scheduled time by `by` (which holds station): unions over the workers."""
    present = counted[(counted["state"] != ABSENT).to_numpy()]
    occupancy = union(present, by)
    within = clip(occupancy, schedule.scheduled["start"].to_numpy(), schedule.scheduled["end"].to_numpy())
    working = union(present[(present["state"] == WORKING).to_numpy()], by)
    sums = {name: frame.assign(length=lengths(frame)).groupby(by)["length"].sum() for name, frame in (("occupancy", occupancy), ("working", working), ("occupied", within))}
    return pd.DataFrame(sums, index=sums["occupancy"].index).fillna(0).astype(np.int64)


def tracked_spans(attended: pd.DataFrame, schedule: Schedule) -> pd.DataFrame:
    """Tracked time of each worker: the union of the spans of the shifts attended. attended: worker, shift."""
    return union(attended.merge(schedule.spans, on="shift"), ["worker"])


def within_tracked(counted: pd.DataFrame, attended: pd.DataFrame, schedule: Schedule) -> pd.DataFrame:
    """What of each interval lies in its worker's tracked time: there is a signal then."""
    pieces = []
    for layer in schedule.layers:
        cut = clip(counted, layer["start"].to_numpy(), layer["end"].to_numpy())
        cut["shift"] = layer["shift"].to_numpy()[cut.pop("segment")]
        pieces.append(cut.merge(attended, on=["worker", "shift"]).drop(columns="shift"))
    if not pieces:
        return counted.iloc[:0]
    # One moment may lie in the spans of two attended shifts that overlap; it has one signal all the same.
    return pieces[0] if len(pieces) == 1 else union(pd.concat(pieces), [column for column in counted.columns if column not in ("start", "end")])


def outputs(events: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Units and events by `by`. events: worker, station, event_type, count."""
    units = events["count"].where(events["event_type"] == PRODUCT_COUNT, 0)
    return events[by].assign(units=units, events=1).groupby(by)[["units", "events"]].sum()


def totals(counted: pd.DataFrame, attended: pd.DataFrame, events: pd.DataFrame, schedule: Schedule, window: Window) -> Totals:
    """Sums over a window from whole intervals (those that count) and visible events: the plain way, without rollups."""
    clipped = window.filters.keep(clip(counted, window.starts, window.ends).drop(columns="segment"))
    elapsed = window.elapsed
    tracked = clip(tracked_spans(attended, schedule), elapsed["start"].to_numpy(), elapsed["end"].to_numpy())
    signal = within_tracked(clipped, attended, schedule)
    seen = window.filters.keep(events[window.counts(events["timestamp"].to_numpy())])
    return assemble(
        worker_times(clipped, ["worker"]),
        tracked.assign(tracked=lengths(tracked)).groupby("worker")["tracked"].sum(),
        signal.assign(signal=lengths(signal)).groupby("worker")["signal"].sum(),
        station_times(clipped, schedule, ["station"]),
        outputs(seen, ["worker"]),
        outputs(seen, ["station"]),
        schedule,
        window,
    )


def assemble(
    times: pd.DataFrame,
    tracked: pd.Series,
    signal: pd.Series,
    stations: pd.DataFrame,
    worker_outputs: pd.DataFrame,
    station_outputs: pd.DataFrame,
    schedule: Schedule,
    window: Window,
) -> Totals:
    """Put sums from wherever they come into one place."""
    return Totals(
        workers=_joined([times, worker_outputs, tracked, signal]),
        stations=_joined([stations, station_outputs]),
        scheduled=window.scheduled_time(schedule),
        elapsed=int(lengths(window.elapsed).sum()),
        has_schedule=schedule.has_schedule,
        by_station=window.filters.stations is not None,
    )


def _joined(frames: list[pd.DataFrame | pd.Series]) -> pd.DataFrame:
    return pd.concat(frames, axis=1).fillna(0).astype(np.int64)
