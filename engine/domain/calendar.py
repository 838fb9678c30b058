"""Days, weeks, months and years of a time zone, as intervals of milliseconds.

A day begins at the first moment whose local time is midnight or later, and lasts until the next one begins. So days
are contiguous even if the clock is set back over midnight, or if midnight does not exist.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from engine.domain import times
from engine.domain.times import SECOND

DAY, WEEK, MONTH, YEAR = "day", "week", "month", "year"


_EPOCH = date(1970, 1, 1).toordinal()
_LAST = date.max.toordinal() - _EPOCH - 1


@cache
def zone_info(name: str) -> ZoneInfo:
    """The zone of an existing IANA name."""
    return ZoneInfo(name)


@lru_cache(maxsize=1_024)
def is_zone(name: str) -> bool:
    """Whether this machine knows the zone: a stored name may come from a newer database."""
    try:
        zone_info(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


class Days:
    """The days of a zone, by number: day 0 is 1970-01-01 there.

    `of` gives the number of the day of a moment (ms), `start` the moment at which a day begins. Both remember their
    results, because a decision asks for the same few moments again and again.
    """

    of: Callable[[int], int]
    start: Callable[[int], int]

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self.start = lru_cache(maxsize=8_192)(self._start)
        self.of = lru_cache(maxsize=8_192)(self._of)
        self._offset = -self.start(0)

    def _of(self, at: int) -> int:
        day = (at + self._offset) // times.DAY
        while at < self.start(day):
            day -= 1
        while at >= self.start(day + 1):
            day += 1
        return day

    def _start(self, day: int) -> int:
        if not -_EPOCH < day < _LAST:  # before or after all dates
            return day * times.DAY - self._offset
        return _begin(_EPOCH + day, self._zone)


@cache
def days_of(zone: str) -> Days:
    """The days of an existing IANA zone."""
    return Days(zone)


def period_key(at: int, period: str | None, zone: str) -> str:
    """The calendar period of a moment (ms): `2026-11-21`, `2026-W47` (ISO), `2026-11`, `2026`; "" for no period."""
    return "" if period is None else _span(period, _day(at, zone), zone)[0]


def bounds(at: int, period: str, zone: str) -> tuple[int, int]:
    """Start (included) and end (not included) of the calendar period around a moment, in ms."""
    _, start, end = _span(period, _day(at, zone), zone)
    return start, end


def wall(at: int, zone: str) -> datetime:
    """The local time there, to the second; without a zone."""
    return datetime.fromtimestamp(at // SECOND, zone_info(zone)).replace(tzinfo=None)


def moment(clock: datetime, zone: str, after: int | None = None) -> int:
    """The first moment (ms), after `after` if given, whose local time there is this or later."""
    info = zone_info(zone)
    first = clock.replace(tzinfo=info)
    found = int(first.timestamp())
    if wall(found * SECOND, zone) != clock:
        return _end_of_gap(clock, zone, int(first.replace(fold=1).timestamp()), found)
    if after is not None and found * SECOND <= after:
        return int(first.replace(fold=1).timestamp()) * SECOND
    return found * SECOND


def _end_of_gap(clock: datetime, zone: str, before: int, after: int) -> int:
    """When the clock is set forward over `clock`: between two moments (s), before and after the change."""
    while after - before > 1:
        middle = (before + after) // 2
        if wall(middle * SECOND, zone) < clock:
            before = middle
        else:
            after = middle
    return after * SECOND


def _day(at: int, zone: str) -> int:
    """The ordinal of the day: a clock set back over midnight does not return to yesterday."""
    ordinal = datetime.fromtimestamp(at // SECOND, zone_info(zone)).toordinal()
    return ordinal + 1 if at >= _begin(ordinal + 1, zone) else ordinal


@lru_cache(maxsize=8_192)
def _begin(ordinal: int, zone: str) -> int:
    day = date.fromordinal(ordinal)
    return moment(datetime(day.year, day.month, day.day), zone)


@lru_cache(maxsize=8_192)
def _span(period: str, ordinal: int, zone: str) -> tuple[str, int, int]:
    """Key, start and end of the period of a day."""
    day = date.fromordinal(ordinal)
    if period == DAY:
        key, first, following = day.isoformat(), day, day + timedelta(days=1)
    elif period == WEEK:
        year, week, weekday = day.isocalendar()
        first = day - timedelta(days=weekday - 1)
        key, following = f"{year}-W{week:02}", first + timedelta(days=7)
    elif period == MONTH:
        first = day.replace(day=1)
        key, following = f"{day.year}-{day.month:02}", (first + timedelta(days=31)).replace(day=1)
    else:
        key, first, following = str(day.year), date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return key, _begin(first.toordinal(), zone), _begin(following.toordinal(), zone)
