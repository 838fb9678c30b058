"""Time as the engine knows it: whole milliseconds since 1970-01-01 UTC. Nothing here reads a clock."""

from datetime import UTC, datetime, timedelta

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_rfc3339(text: str) -> int:
    """Milliseconds of an RFC 3339 time with an offset. ValueError when it is not one."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset, for example 2026-03-01T10:00:00+01:00")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def format_rfc3339(at: int) -> str:
    """`2026-03-01T09:00:00Z`; milliseconds are written only where there are some."""
    moment = _EPOCH + timedelta(milliseconds=at)
    text = moment.isoformat(timespec="milliseconds" if at % SECOND else "seconds")
    return text.replace("+00:00", "Z")


def day_of(at: int) -> int:
    """The UTC day number of a moment: days since 1970-01-01."""
    return at // DAY
