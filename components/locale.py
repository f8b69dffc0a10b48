"""How the reader's browser writes numbers and dates: it says so in a cookie (`assets/15-locale.js`); words stay English."""

from contextvars import ContextVar
from datetime import date, time
from typing import Annotated
from urllib.parse import unquote

import msgspec
from msgspec import Meta, Struct

COOKIE = "factory-locale"

Symbol = Annotated[str, Meta(max_length=3)]
Name = Annotated[str, Meta(max_length=20)]
Template = Annotated[str, Meta(max_length=80)]


class Locale(Struct, frozen=True):
    """decimal, group: of numbers. weekdays: from Monday. halves: words for before and after noon, '' where a day has 24 hours.

    day, day_year, clock, clock_seconds: templates of {weekday}, {day}, {month}, {year} and {hour}, {minute}, {second}, {dayPeriod}.
    """

    decimal: Annotated[str, Meta(min_length=1, max_length=3)] = "."
    group: Symbol = ","
    weekdays: tuple[Name, Name, Name, Name, Name, Name, Name] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months: Annotated[tuple[Name, ...], Meta(min_length=12, max_length=12)] = (
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    )
    day: Template = "{weekday} {day} {month}"
    day_year: Template = "{weekday} {day} {month} {year}"
    clock: Template = "{hour}:{minute}"
    clock_seconds: Template = "{hour}:{minute}:{second}"
    halves: tuple[Name, Name] = ("", "")

    def number(self, value: float, digits: int) -> str:
        """The absolute value, grouped and rounded."""
        whole, _, rest = f"{abs(value):,.{digits}f}".partition(".")
        return whole.replace(",", self.group) + (self.decimal + rest if rest else "")

    def date(self, day: date, *, year: bool) -> str:
        """ "Thu 15 Jan" or "Thu 15 Jan 2026"."""
        values = {"weekday": self.weekdays[day.weekday()], "day": str(day.day), "month": self.months[day.month - 1], "year": str(day.year)}
        return _filled(self.day_year if year else self.day, values)

    def time(self, time: time, *, seconds: bool) -> str:
        """ "14:52", "2:52 PM", or with seconds."""
        halved = "" not in self.halves
        hour = str(time.hour % 12 or 12) if halved else f"{time.hour:02}"
        values = {"hour": hour, "minute": f"{time.minute:02}", "second": f"{time.second:02}", "dayPeriod": self.halves[time.hour // 12]}
        return _filled(self.clock_seconds if seconds else self.clock, values)


ENGLISH = Locale()
#: Made before any thread needs it: msgspec 0.22 crashes where several threads are the first to decode into a type.
_TOLD = msgspec.json.Decoder(Locale)
_IN_USE: ContextVar[Locale] = ContextVar("locale", default=ENGLISH)


def read(cookie: str | None) -> Locale:
    """The locale that a browser has told; English where it told none that can be read."""
    if not cookie:
        return ENGLISH
    try:
        return _TOLD.decode(unquote(cookie))
    except msgspec.DecodeError:
        return ENGLISH


def use(locale: Locale) -> None:
    """Write for this reader until the request ends."""
    _IN_USE.set(locale)


def current() -> Locale:
    """The locale of whoever is being answered."""
    return _IN_USE.get()


def _filled(template: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", value)
    return template
