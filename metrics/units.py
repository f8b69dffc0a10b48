"""Integer microseconds: the one unit of time inside the metrics (metrics.md rule 4: division comes last).

Every instant is an `int64` of microseconds since the epoch in UTC, every span an `int64` of microseconds. Integers add up to the
same sum in any order, which is what makes the metrics bit-identical whatever the order of arrival.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

Micros = npt.NDArray[np.int64]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

#: Bounds that stand for "always" and "for ever": the years 1970 and 2270, wide enough for every event that is accepted.
BEGINNING = 0
FOREVER = 9_467_000_000 * SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since the epoch of an aware datetime, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(micros: int) -> datetime:
    """The aware UTC datetime of a number of microseconds since the epoch."""
    return _EPOCH + timedelta(microseconds=int(micros))


def to_datetimes(micros: Micros) -> list[datetime]:
    """As `to_datetime`, for many at once."""
    moments: list[datetime] = micros.astype("datetime64[us]").tolist()
    return [moment.replace(tzinfo=UTC) for moment in moments]


def to_texts(micros: Micros) -> list[str]:
    """Instants as RFC 3339 in UTC, for tens of thousands at once: what making datetimes of them would cost ten times."""
    moments = micros.astype("datetime64[us]")
    texts = np.datetime_as_string(moments, unit="us", timezone="UTC")
    whole = micros % SECOND == 0
    texts[whole] = np.datetime_as_string(moments[whole], unit="s", timezone="UTC")
    return list(texts.tolist())
