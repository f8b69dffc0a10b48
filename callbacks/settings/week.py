"""The week that shifts make, by the same rules as the figures."""

from datetime import UTC, datetime

import numpy as np

from components.settings.week import Bar
from data_layer.settings_json import InvalidSettings, Json, version_from_json
from metrics.columns import Columns
from metrics.schedule import SHIFTS_A_DAY, SiteRules, build
from metrics.segments import clip, lengths
from metrics.units import DAY, HOUR, MINUTE, to_micros

#: A Monday; in UTC every week is like every other.
_MONDAY = to_micros(datetime(2001, 1, 1, tzinfo=UTC))
_DAYS = np.arange(7, dtype=np.int64) * DAY + _MONDAY


def week_of(shifts: list[Json]) -> tuple[list[Bar], int, float]:
    """What of each shift lies in each day of a week, how often one starts, and how many hours are scheduled. Shifts that can't be are left out."""
    drawn = [(place, shift) for place, shift in enumerate(shifts) if _can_be(shift)]
    version = version_from_json({"shifts": [shift for _, shift in drawn]})
    schedule = build(SiteRules("UTC", (version,)), _MONDAY, _MONDAY + 7 * DAY)
    layers = schedule.layers
    bars = [bar for lane, spans in enumerate(layers) for bar in _bars(spans, lane, len(layers), drawn)]
    starts = sum(len(shift["days"]) for _, shift in drawn)
    return bars, starts, int(lengths(clip(schedule.scheduled, _DAYS, _DAYS + DAY)).sum()) / HOUR


def _can_be(shift: Json) -> bool:
    try:
        version_from_json({"shifts": [shift]})
    except InvalidSettings:
        return False
    return True


def _bars(spans: Columns, lane: int, lanes: int, drawn: list[tuple[int, Json]]) -> list[Bar]:
    cut = clip(spans, _DAYS, _DAYS + DAY)
    begins, ends = (((cut[name] - _DAYS[cut["segment"]]) // MINUTE).tolist() for name in ("start", "end"))
    found = zip(cut["segment"].tolist(), begins, ends, (cut["shift"] % SHIFTS_A_DAY).tolist(), strict=True)
    return [Bar(day, start, end, drawn[one][0], drawn[one][1].get("name", ""), lane, lanes) for day, start, end, one in found]
