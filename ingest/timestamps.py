"""RFC 3339 times as integer microseconds since 1970-01-01 UTC."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from metrics.units import to_micros

_COLONLESS_SIGN = -5  # where the sign stands in "+0100"


def read_time(text: str, timezone: str) -> int:
    """An RFC 3339 time in microseconds since the epoch; digits beyond the microsecond are rounded.

    timezone: the IANA zone of a time without an offset; what daylight saving skips or repeats reads as fold=0.
    Raises ValueError if it is no RFC 3339 time. A leap second is refused too: nothing here can hold it.
    """
    moment = msgspec.convert(text, datetime)
    # msgspec takes "+0100"; RFC 3339 wants the colon. In no other valid time can a sign stand there.
    if text[_COLONLESS_SIGN] in "+-":
        raise ValueError(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(timezone))
    return to_micros(moment)
