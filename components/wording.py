"""Figures in words: numbers, changes, durations, counts and dates as people read them, in their browser's own way of writing."""

from datetime import date, datetime, timedelta

from components import locale

NO_DATA = "—"


def number(value: float | None, digits: int = 0) -> str:
    """A number with thousands separators; None is an em dash: no data is not zero."""
    if value is None:
        return NO_DATA
    text = locale.current().number(value, digits)
    return f"−{text}" if round(value, digits) < 0 else text


def signed(value: float, digits: int = 0) -> str:
    """A difference with its sign, "±0" when it rounds to nothing."""
    rounded = round(value, digits)
    if rounded == 0:
        return "±0"
    return ("+" if rounded > 0 else "−") + locale.current().number(rounded, digits)


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
    return f"{number(amount)} {one if amount == 1 else many or one + 's'}"


def listing(names: list[str], most: int = 6) -> str:
    """Names in a row; the ones past `most` are counted."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def day(date_: date, today: date | None = None) -> str:
    """ "Thu 15 Jan", with the year where it isn't today's."""
    return locale.current().date(date_, year=today is None or date_.year != today.year)


def clock(local: datetime, *, seconds: bool = False) -> str:
    """ "14:52" of a time on the site's clock, or "14:52:10"."""
    return locale.current().time(local.timetz(), seconds=seconds)


def day_clock(local: datetime, today: date | None = None, *, seconds: bool = False) -> str:
    """ "Thu 15 Jan, 14:52" of a time on the site's clock; of today the clock time alone."""
    time_ = clock(local, seconds=seconds)
    return time_ if local.date() == today else f"{day(local.date(), today)}, {time_}"
