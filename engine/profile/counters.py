"""Counters that marketers declare: sums per bucket, kept as long as their window.

Windows up to 90 days have day buckets; longer ones four-week buckets, so they are exact to within four weeks.
"""

from collections.abc import Mapping
from functools import cache

from engine.events import Event
from engine.ids import digest6
from engine.rulebook.model import Counter
from engine.times import DAY, day_of

FOUR_WEEKS = 28
DAY_BUCKETS_UP_TO = 90

Buckets = Mapping[str, Mapping[int, int]]


def key_of(counter: Counter) -> str:
    """What a counter is stored under: by its meaning, so that a renamed one keeps what it has counted."""
    where = sorted(f"{name}={value!r}" for name, value in counter.where.items())
    return _short(f"{counter.event}/{counter.sums}/{where}/{counter.within}")


@cache
def _short(text: str) -> str:
    return digest6(text).hex()[:5]


def width(counter: Counter) -> int:
    """Days in one bucket."""
    return 1 if counter.within <= DAY_BUCKETS_UP_TO * DAY else FOUR_WEEKS


def count(have: Buckets, event: Event, counters: Mapping[str, Counter]) -> Buckets:
    """Add an event to the counters that count it."""
    out: dict[str, Mapping[int, int]] | None = None
    for counter in counters.values():
        if counter.event == event.type and _fits(counter, event):
            out = dict(have) if out is None else out
            key = key_of(counter)
            out[key] = _added(out.get(key, {}), event, counter)
    return have if out is None else out


def _fits(counter: Counter, event: Event) -> bool:
    return all(event.properties.get(name) == value for name, value in counter.where.items())


def _added(buckets: Mapping[int, int], event: Event, counter: Counter) -> Mapping[int, int]:
    bucket = day_of(event.time) // width(counter)
    amount = 1 if counter.sums is None else event.properties.get(counter.sums) or 0
    out = {**buckets, bucket: buckets.get(bucket, 0) + amount}
    oldest = max(out) - counter.within // DAY // width(counter)
    return {at: value for at, value in out.items() if at >= oldest}


def total(have: Buckets, counter: Counter, now: int) -> int:
    """What was counted in the window that ends now; today and the last day of the window count whole."""
    buckets = have.get(key_of(counter))
    if not buckets:
        return 0
    wide = width(counter)
    newest = day_of(now) // wide
    oldest = (day_of(now) - counter.within // DAY + 1) // wide
    return sum(value for at, value in buckets.items() if oldest <= at <= newest)
