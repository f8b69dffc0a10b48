"""Between written times and integer microseconds since 1970 in UTC."""

from datetime import UTC, date, datetime, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000
FOREVER = 2**62


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def parse(text: str, zone: tzinfo) -> int:
    """Microseconds of an RFC 3339 time; without an offset it is local time of the zone, fold=0."""
    moment = datetime.fromisoformat(text)
    return microseconds(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def local(instant: int, zone: tzinfo) -> datetime:
    """What the site's clock shows at an instant."""
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone)


def local_day(instant: int, zone: tzinfo) -> date:
    """The site's calendar day at an instant."""
    return local(instant, zone).date()
