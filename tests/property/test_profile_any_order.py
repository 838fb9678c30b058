"""A profile is the same whatever the order in which events arrive, and however often."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.events import Event
from engine.domain.profile import Profile, apply
from engine.domain.times import DAY
from tests.support.books import CUSTOMER, DAYS, event, order
from tests.support.histories import PLANS, START, decays, histories, totals_of, without_decay

FEW = settings(max_examples=200, deadline=None)
PURCHASES = ("order_completed", "order_completed", "order_returned", "order_cancelled")


def profile_of(events: Sequence[Event]) -> Profile:
    profile = Profile(CUSTOMER)
    for happened in events:
        profile = apply(profile, happened, PLANS, DAYS)
    return profile


def assert_same(one: Profile, other: Profile) -> None:
    assert without_decay(one) == without_decay(other)
    assert decays(one.purchases)[:4] == pytest.approx(decays(other.purchases)[:4], rel=1e-6, abs=1e-9)
    # Amounts of 10^13 that were taken out again leave a rounding of a part of a cent.
    assert decays(one.purchases)[4] == pytest.approx(decays(other.purchases)[4], rel=1e-6, abs=0.1)


@FEW
@given(histories(), st.data())
def test_any_order_and_any_repetition_of_events_gives_the_same_profile(
    events: list[Event], data: st.DataObject
) -> None:
    repeated = events + data.draw(st.lists(st.sampled_from(events), max_size=10) if events else st.just([]))
    assert_same(profile_of(events), profile_of(data.draw(st.permutations(repeated))))


@FEW
@given(histories(PURCHASES, most=10), st.data())
def test_orders_returns_and_cancellations_may_arrive_in_any_order(events: list[Event], data: st.DataObject) -> None:
    assert_same(profile_of(events), profile_of(data.draw(st.permutations(events))))


@FEW
@given(histories())
def test_an_event_that_arrives_again_changes_nothing(events: list[Event]) -> None:
    profile = profile_of(events)
    for happened in events:
        assert apply(profile, happened, PLANS, DAYS) is profile


def test_an_order_sent_again_under_another_event_id_counts_once_in_everything() -> None:
    lines = ({"line_id": "1", "sku": "K-1", "category": "kitchen", "quantity": 2, "amount": 4_000},)
    once = profile_of([order("o1", START, 4_000, lines=lines)])
    again = apply(
        once,
        event("other-id", "order_completed", START, dict(order("o1", START, 4_000, lines=lines).properties)),
        PLANS,
        DAYS,
    )
    assert again.purchases == once.purchases
    assert again.categories == {"kitchen": (2, START // DAY)}
    assert again.skus == once.skus
    assert totals_of(again.counters, PLANS, START)["spend_365d"] == 4_000
