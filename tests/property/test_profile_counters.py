"""A counter counts what happened in its window: exactly by days, by four-week buckets beyond 90 days."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.events import Event
from engine.domain.facts import Counter
from engine.domain.profile.counters import FOUR_WEEKS, Buckets, count, plan
from engine.domain.times import DAY
from tests.support.books import DAYS, event
from tests.support.histories import totals_of

FEW = settings(max_examples=200, deadline=None)
TODAY = 20_000

days_back = st.lists(st.tuples(st.integers(0, 150), st.integers(1, 9)), max_size=25)


def visits(back: Sequence[tuple[int, int]]) -> list[Event]:
    """One search per (days ago, results)."""
    at = [(DAYS.start(TODAY - ago) + 5 * n, found) for n, (ago, found) in enumerate(back)]
    return [event(f"s{n}", "searched", time, {"results": found}) for n, (time, found) in enumerate(at)]


def counted(counter: Counter, events: Sequence[Event], now: int = DAYS.start(TODAY + 1) - 1) -> int:
    plans = plan({counter.name: counter})
    buckets: Buckets = {}
    for happened in events:
        buckets = count(buckets, happened, plans, DAYS)
    return totals_of(buckets, plans, now)[counter.name]


@FEW
@given(days_back, st.integers(1, 90), st.data())
def test_a_window_of_days_is_exact_in_any_order_of_arrival(
    back: list[tuple[int, int]], window: int, data: st.DataObject
) -> None:
    events = data.draw(st.permutations(visits(back)))
    inside = [found for ago, found in back if ago < window]
    assert counted(Counter("n", "searched", window * DAY), events) == len(inside)
    assert counted(Counter("s", "searched", window * DAY, "results"), events) == sum(inside)


@FEW
@given(days_back, st.integers(91, 400), st.data())
def test_a_longer_window_is_exact_to_within_four_weeks(
    back: list[tuple[int, int]], window: int, data: st.DataObject
) -> None:
    total = counted(Counter("n", "searched", window * DAY), data.draw(st.permutations(visits(back))))
    assert total >= sum(ago < window for ago, _ in back)
    assert total <= sum(ago < window + FOUR_WEEKS for ago, _ in back)


@FEW
@given(days_back, st.integers(1, 400), st.integers(0, 100))
def test_what_happens_today_never_lowers_a_count(back: list[tuple[int, int]], window: int, shift: int) -> None:
    counter, now = Counter("n", "searched", window * DAY), DAYS.start(TODAY + shift)
    events = visits(back)
    today = event("today", "searched", now, {"results": 1})
    assert counted(counter, [*events, today], now) == counted(counter, events, now) + 1


@FEW
@given(days_back, st.integers(1, 90))
def test_an_event_dated_past_the_next_midnight_takes_nothing_away(back: list[tuple[int, int]], window: int) -> None:
    counter = Counter("n", "searched", window * DAY)
    events = visits(back)
    ahead = event("ahead", "searched", DAYS.start(TODAY + 1), {"results": 1})
    assert counted(counter, [*events, ahead]) == counted(counter, events)


@given(st.integers(1, 90), st.integers(0, 200))
def test_a_count_falls_to_zero_when_its_window_has_passed(window: int, later: int) -> None:
    counter = Counter("n", "searched", window * DAY)
    at = TODAY + window + later
    assert counted(counter, visits([(0, 1)]), DAYS.start(at)) == 0
    assert counted(counter, visits([(0, 1)]), DAYS.start(at - later) - 1) == 1


@pytest.mark.parametrize(("where", "total"), [({"results": 0}, 1), ({"results": 3}, 2), ({"query": "pan"}, 0), ({}, 3)])
def test_a_counter_counts_only_where_the_properties_are_equal(where: dict[str, Any], total: int) -> None:
    events = [event(f"s{n}", "searched", DAYS.start(TODAY), {"results": found}) for n, found in enumerate((0, 3, 3))]
    assert counted(Counter("n", "searched", 7 * DAY, None, where), events) == total


def test_a_renamed_counter_keeps_what_it_has_counted() -> None:
    old, new = plan({"a": Counter("a", "visited", 7 * DAY)}), plan({"b": Counter("b", "visited", 7 * DAY)})
    buckets = count({}, event("v", "visited", DAYS.start(TODAY)), old, DAYS)
    assert totals_of(buckets, new, DAYS.start(TODAY)) == {"b": 1}


def test_two_counters_of_the_same_meaning_count_once_each() -> None:
    plans = plan({name: Counter(name, "visited", 7 * DAY) for name in ("a", "b")})
    buckets = count({}, event("v", "visited", DAYS.start(TODAY)), plans, DAYS)
    assert totals_of(buckets, plans, DAYS.start(TODAY)) == {"a": 1, "b": 1}


def test_a_counter_keeps_no_more_buckets_than_its_window_and_a_day() -> None:
    plans = plan({"a": Counter("a", "visited", 7 * DAY)})
    buckets: Buckets = {}
    for day in range(400):
        buckets = count(buckets, event(f"v{day}", "visited", day * DAY), plans, DAYS)
    (kept,) = buckets.values()
    assert len(kept) <= 2 * 8
    assert max(kept[::2]) == DAYS.of(399 * DAY)
