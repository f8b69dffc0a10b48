"""How much of the machine other processes took meanwhile: figures measured beside them are no figures of an idle machine."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

_STAT = Path("/proc/stat")
_IDLE, _WAITING, _GUEST = 3, 4, 8


@dataclass(frozen=True)
class Others:
    """Watches from its making on."""

    _began: float = field(default_factory=perf_counter)
    _busy: float | None = field(default_factory=lambda: _busy_seconds())
    _own: float = field(default_factory=lambda: _own_seconds())

    def cores(self) -> float | None:
        """Cores that others kept busy on average; None where /proc can't tell. Of our own children, only those that ended are known."""
        busy = _busy_seconds()
        if self._busy is None or busy is None:
            return None
        return max(0.0, (busy - self._busy - _own_seconds() + self._own) / (perf_counter() - self._began))


def _busy_seconds() -> float | None:
    """CPU seconds that all cores have worked since the machine started; a guest's are in the user's already."""
    try:
        fields = [int(text) for text in _STAT.read_text(encoding="utf-8").splitlines()[0].split()[1:]]
    except OSError:
        return None
    return (sum(fields[:_GUEST]) - fields[_IDLE] - fields[_WAITING]) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    """CPU seconds of this process and its ended children."""
    return sum(os.times()[:4])
