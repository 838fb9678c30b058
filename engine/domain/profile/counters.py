"""Counters that marketers declare: sums per bucket, kept as long as their window.

Windows up to 90 days have day buckets; longer ones four-week buckets, so they are exact to within four weeks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.domain.calendar import Days
from engine.domain.events import Event
from engine.domain.facts import Counter
from engine.domain.ids import digest6
from engine.domain.times import DAY

FOUR_WEEKS = 28
DAY_BUCKETS_UP_TO = 90

Buckets = Mapping[str, list[int]]
"""Counter key -> bucket, sum, bucket, sum, ... by bucket: the stored form, because most pass through unchanged."""


@dataclass(frozen=True, slots=True)
class CounterPlan:
    """A compiled counter. `key`: its key in storage; `days` its window, `width` the days in one bucket.

    `kept`: how many buckets before the newest. Rounded up: a window of partial buckets reaches into one more,
    and an event dated a few minutes past midnight must not remove today's oldest day.
    """

    name: str
    key: str
    days: int
    width: int
    kept: int
    sums: str | None
    where: tuple[tuple[str, Any], ...]


Plans = Mapping[str, tuple[CounterPlan, ...]]
"""Event type -> the counters that count it."""


def plan(counters: Mapping[str, Counter]) -> Plans:
    """Every counter by the event type that it counts."""
    plans: dict[str, list[CounterPlan]] = {}
    for counter in counters.values():
        plans.setdefault(counter.event, []).append(_planned(counter))
    return {event: tuple(planned) for event, planned in plans.items()}


def _planned(counter: Counter) -> CounterPlan:
    """Stored under a digest of its meaning, so that a renamed counter keeps its counts."""
    where = tuple(sorted(counter.where.items()))
    days = counter.within // DAY
    key = digest6(f"{counter.event}/{counter.sums}/{where}/{days}").hex()[:8]
    width = 1 if days <= DAY_BUCKETS_UP_TO else FOUR_WEEKS
    return CounterPlan(
        name=counter.name,
        key=key,
        days=days,
        width=width,
        kept=-(-days // width),
        sums=counter.sums,
        where=where,
    )


def count(have: Buckets, event: Event, plans: Plans, days: Days) -> Buckets:
    """Add an event to the counters that count it, on its day in the zone of `days`."""
    counting = [c for c in plans.get(event.type, ()) if all(event.properties.get(n) == v for n, v in c.where)]
    if not counting:
        return have
    day = days.of(event.time)
    return {**have, **{c.key: _added(have.get(c.key, []), event, c, day) for c in counting}}


def _added(flat: list[int], event: Event, counter: CounterPlan, day: int) -> list[int]:
    bucket = day // counter.width
    amount = 1 if counter.sums is None else event.properties.get(counter.sums) or 0
    if not flat or bucket > flat[-2]:  # most events are the newest
        start = 0
        while start < len(flat) and flat[start] < bucket - counter.kept:
            start += 2
        return [*flat[start:], bucket, amount]
    sums = _sums(flat)
    sums[bucket] = sums.get(bucket, 0) + amount
    return _flat(sums, counter)


def _flat(sums: Mapping[int, int], counter: CounterPlan) -> list[int]:
    """The stored form, without buckets outside the window."""
    oldest = max(sums) - counter.kept
    return [number for at in sorted(sums) if at >= oldest for number in (at, sums[at])]


def merge(known: Buckets, other: Buckets, plans: Plans) -> Buckets:
    """The sum of both. Counters removed from the rulebook stay as in `known`."""
    merged = dict(known)
    for counter in {c.key: c for counting in plans.values() for c in counting}.values():
        if counter.key in other:
            sums = _sums(known.get(counter.key, []))
            for bucket, amount in _sums(other[counter.key]).items():
                sums[bucket] = sums.get(bucket, 0) + amount
            merged[counter.key] = _flat(sums, counter)
    return merged


def _sums(flat: list[int]) -> dict[int, int]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def totals(have: Buckets, counters: Iterable[CounterPlan], today: int) -> dict[str, int]:
    """Per counter name, the total of the window that ends today; its first day and today count whole."""
    return {counter.name: _total(have.get(counter.key), counter, today) for counter in counters}


def _total(flat: list[int] | None, counter: CounterPlan, today: int) -> int:
    if not flat:
        return 0
    newest = today // counter.width
    oldest = (today - counter.days + 1) // counter.width
    return sum([flat[n + 1] for n in range(0, len(flat), 2) if oldest <= flat[n] <= newest])
