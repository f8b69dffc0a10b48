"""Units and events by local hour, counted from raw events; those of the hours under way are remembered by ten seconds.

Each round of the refresher counts the hours that it touches anew. Late in an hour of a fast feed that would be millions of events,
of which all but the last few seconds' were counted a moment ago:

    hour     ├──┬──┬──┬──┬──┬──┬──┬──┬──┬──┬ ─ ─ ─ ─ ┤
    touched                          ╎✱   ✱╎
             └── remembered ─────────┘     └ remembered: nothing

Nothing is added to what is remembered: a cell that an event touches is counted anew.
"""

from dataclasses import dataclass, field

import numpy as np

from data_layer.frames import Frames, Range
from data_layer.names import Names
from metrics.columns import Columns, concat, empty, sum_by
from metrics.schedule import SiteRules
from metrics.units import HOUR, SECOND, Micros

_CELL = 10 * SECOND
#: Longer stretches are old events or new settings, and are counted once.
_LONGEST = 2 * HOUR
_SUMS = ("units", "events")
_NOTHING = empty("cell", "worker", "station", *_SUMS)


@dataclass
class HourCounts:
    """What one site's refresher remembers between its rounds.

    It holds for the revision that the site's last pass left: whoever else changes what events say, changes that. cells: those
    that were counted, empty ones with them; rows: cell, worker, station, units, events.
    """

    revision: int | None = None
    _names: Names | None = None
    _cells: Micros = field(default_factory=lambda: np.array([], dtype=np.int64))
    _rows: Columns = _NOTHING

    def open(self, revision: int, names: Names) -> None:
        """Begin a pass on a snapshot: what is remembered of another revision, or by other numbers, is forgotten."""
        if revision != self.revision or self._names is None or (names.workers, names.stations) != (self._names.workers, self._names.stations):
            self._forget_all()
        self.revision, self._names = revision, names

    def left(self, revision: int) -> None:
        """The pass has written; the site's revision since. Whoever else wrote since the snapshot, wrote what isn't known here."""
        if self.revision is None or revision != self.revision + 1:
            self._forget_all()
        self.revision = revision

    def by_hour(self, frames: Frames, workers: list[int], bounds: Micros, rules: SiteRules, touched: Range) -> Columns:
        """As `Frames.output_by_hour` between hours' bounds. touched: the hull of the events that came, went or changed since the last pass (inclusive)."""
        low, high = int(bounds[0]), int(bounds[-1])
        remembered = self._cells * _CELL
        is_older = len(remembered) and high <= remembered[-1] and low < remembered[0]
        self._forget(touched)
        if high - low > _LONGEST or is_older:
            return frames.output_by_hour(workers, low, high, rules)
        self._count(frames, low // _CELL, high // _CELL, rules)
        counted = self._rows.rows(np.isin(self._rows["worker"], workers))
        hours = bounds[np.searchsorted(bounds, counted["cell"] * _CELL, side="right") - 1]
        return sum_by(counted.assign(bucket=hours), ["bucket", "worker", "station"], _SUMS)

    def _forget_all(self) -> None:
        self._cells, self._rows = _NOTHING["cell"], _NOTHING

    def _forget(self, touched: Range) -> None:
        first, last = touched[0] // _CELL, touched[1] // _CELL
        self._cells = self._cells[(self._cells < first) | (self._cells > last)]
        self._rows = self._rows.rows((self._rows["cell"] < first) | (self._rows["cell"] > last))

    def _count(self, frames: Frames, first: int, last: int, rules: SiteRules) -> None:
        """Let the cells from `first` to before `last` be all that is remembered."""
        wanted = np.arange(first, last)
        missing = wanted[~np.isin(wanted, self._cells)]
        edges = np.flatnonzero(np.diff(missing) != 1) + 1
        ranges = [(int(part[0]) * _CELL, (int(part[-1]) + 1) * _CELL) for part in np.split(missing, edges) if len(part)]
        counted = frames.outputs_by_cell(ranges, _CELL, rules) if ranges else _NOTHING
        kept = (self._rows["cell"] >= first) & (self._rows["cell"] < last)
        self._cells, self._rows = wanted, concat([self._rows.rows(kept), counted])
