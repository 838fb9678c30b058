"""Time in the engine: whole milliseconds since 1970-01-01 UTC. Nothing here reads a clock."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def parse_rfc3339(text: str) -> int:
    """Milliseconds of an RFC 3339 time with an offset. ValueError if invalid."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset, for example 2026-03-01T10:00:00+01:00")
    return (moment - _EPOCH) // _MILLISECOND


def format_rfc3339(at: int) -> str:
    """`2026-03-01T09:00:00Z`; milliseconds only if not zero."""
    seconds, ms = divmod(at % DAY, SECOND)
    minutes, second = divmod(seconds, 60)
    text = f"{_date(at // DAY)}T{minutes // 60:02}:{minutes % 60:02}:{second:02}"
    return f"{text}.{ms:03}Z" if ms else text + "Z"


@lru_cache(maxsize=64)
def _date(day: int) -> str:
    """`2026-03-01`; cached, as a service formats few days."""
    return (_EPOCH + timedelta(days=day)).date().isoformat()


def utc_day(at: int) -> int:
    """The number of the UTC day, for what is done once a day. Customers live in `calendar.Days`."""
    return at // DAY


UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"))


def in_words(span: int) -> str:
    """`14 days`, `1 day`, `36 hours`: milliseconds in the largest unit that divides them."""
    for unit, name in UNITS:
        if span % unit == 0:
            number = span // unit
            return f"{number} {name}" if number == 1 else f"{number} {name}s"
    return f"{span} ms"
