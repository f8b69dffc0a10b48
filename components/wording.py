"""Figures in words: numbers, changes, durations and counts as people read them.

The page speaks English, so numbers do too (1,234.5), here as in `assets/30-grid.js`.
"""

from datetime import timedelta

NO_DATA = "—"


def number(value: float | None, digits: int = 0) -> str:
    """A number with thousands separators; None is an em dash: no data is not zero."""
    if value is None:
        return NO_DATA
    return f"{value:,.{digits}f}".replace("-", "−")


def signed(value: float, digits: int = 0) -> str:
    """A difference with its sign, "±0" when it rounds to nothing."""
    rounded = round(value, digits)
    if rounded == 0:
        return "±0"
    return ("+" if rounded > 0 else "−") + f"{abs(rounded):,.{digits}f}"


def duration(length: timedelta) -> str:
    """A length of time as one glances at it: "42 min", "1 h 12", "3 d 4 h"; a negative one (clocks differ) is "now"."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d}"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def count(amount: int, one: str, many: str | None = None) -> str:
    """ "1 worker", "6 workers"."""
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"


def listing(names: list[str], most: int = 6) -> str:
    """Names in a row; the ones past `most` are counted."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
