"""Two profiles merged are the one that all their events, told about one customer, would have made."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.events import EVENT_TYPES, Event
from engine.domain.profile import Profile, apply, decode, encode
from engine.domain.profile.codec import FORMAT
from engine.domain.profile.merge import merge
from engine.domain.times import DAY
from tests.support.books import CUSTOMER, DAYS
from tests.support.histories import END, PLANS, decays, histories, totals_of, without_decay

FEW = settings(max_examples=200, deadline=None)
ANONYMOUS = "a/cookie"
PURCHASES = ("order_completed", "order_completed", "order_returned", "order_cancelled")
TYPES = tuple(kind for kind in EVENT_TYPES if kind != "consent_changed")
"""Consents are merged by the stricter, not by the later: tests/unit/engine/test_merge.py has them."""


def profile_of(events: Sequence[Event], customer: str = CUSTOMER) -> Profile:
    profile = Profile(customer)
    for happened in events:
        profile = apply(profile, happened, PLANS, DAYS)
    return profile


def halves(data: st.DataObject, events: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """Each event told about one of two, but an order that was completed twice only about one of them."""
    theirs = data.draw(st.lists(st.booleans(), min_size=len(events), max_size=len(events)))
    sides: tuple[list[Event], list[Event]] = ([], [])
    completed: dict[str, bool] = {}
    for event, is_theirs in zip(events, theirs, strict=True):
        if event.type == "order_completed":
            sides[completed.setdefault(event.properties["order_id"], is_theirs)].append(event)
        else:
            sides[is_theirs].append(event)
    return sides


def returned_once(events: Sequence[Event]) -> list[Event]:
    """No two returns of the same moment: told about both customers they would be one."""
    return [replace(e, time=e.time + n) if e.type == "order_returned" else e for n, e in enumerate(events)]


def assert_same(one: Profile, other: Profile) -> None:
    assert without_decay(replace(one, aliases=())) == without_decay(other)
    assert decays(one.purchases)[:4] == pytest.approx(decays(other.purchases)[:4], rel=1e-6, abs=1e-9)
    # Amounts of 10^13 that were taken out again leave a rounding of a part of a cent.
    assert decays(one.purchases)[4] == pytest.approx(decays(other.purchases)[4], rel=1e-6, abs=0.1)


@FEW
@given(histories(TYPES), st.data())
def test_merging_is_as_if_all_had_been_told_about_one_customer(events: list[Event], data: st.DataObject) -> None:
    events = returned_once(events)
    mine, theirs = halves(data, events)
    merged = merge(profile_of(mine), profile_of(theirs, ANONYMOUS), PLANS, DAYS)
    assert_same(merged, profile_of(data.draw(st.permutations(events))))
    assert merged.customer == CUSTOMER
    assert merged.aliases == (ANONYMOUS,)


@FEW
@given(histories(PURCHASES, most=10), st.data())
def test_what_belongs_to_one_order_may_have_been_told_about_both(events: list[Event], data: st.DataObject) -> None:
    events = returned_once(events)
    mine, theirs = halves(data, events)
    assert_same(merge(profile_of(mine), profile_of(theirs), PLANS, DAYS), profile_of(events))


@FEW
@given(histories(PURCHASES, most=10), histories(PURCHASES, most=10))
def test_an_order_that_both_know_counts_once(events: list[Event], more: list[Event]) -> None:
    one, other = profile_of(events), profile_of(events)
    assert_same(merge(one, other, PLANS, DAYS).but(counters={}, categories={}, skus={}), bare(one))
    both = merge(one, profile_of(more), PLANS, DAYS).purchases
    completed = {e.properties["order_id"] for e in (*events, *more) if e.type == "order_completed"}
    cancelled = {e.properties["order_id"] for e in (*events, *more) if e.type == "order_cancelled"}
    assert both.order_count == len(completed - cancelled)


def bare(profile: Profile) -> Profile:
    return profile.but(counters={}, categories={}, skus={})


@FEW
@given(histories(TYPES), histories(TYPES), histories(TYPES))
def test_several_may_be_merged_in_any_order(known: list[Event], one: list[Event], other: list[Event]) -> None:
    renamed = [
        [replace(e, id=f"{who}{e.id}", properties={**e.properties, **own(e, who)}) for e in events]
        for who, events in (("k", known), ("a", one), ("b", other))
    ]
    k, a, b = (profile_of(events) for events in renamed)
    this_way = merge(merge(k, a, PLANS, DAYS), b, PLANS, DAYS)
    that_way = merge(merge(k, b, PLANS, DAYS), a, PLANS, DAYS)
    assert_same(this_way, that_way.but(aliases=()))


def own(event: Event, who: str) -> dict[str, str]:
    """The order under a name that only this customer has."""
    return {"order_id": who + event.properties["order_id"]} if "order_id" in event.properties else {}


@FEW
@given(histories(TYPES), st.data())
def test_what_was_stored_in_between_merges_alike(events: list[Event], data: st.DataObject) -> None:
    mine, theirs = (profile_of(side) for side in halves(data, events))
    assert_same(
        merge(decode(encode(mine, FORMAT)), decode(encode(theirs, FORMAT)), PLANS, DAYS),
        merge(mine, theirs, PLANS, DAYS).but(aliases=()),
    )


@FEW
@given(histories(TYPES), st.data(), st.integers(0, 400))
def test_counters_count_on_after_a_merge(events: list[Event], data: st.DataObject, ago: int) -> None:
    mine, theirs = halves(data, events)
    now = max((e.time for e in events), default=END) + ago * DAY
    merged = merge(profile_of(mine), profile_of(theirs), PLANS, DAYS)
    assert totals_of(merged.counters, PLANS, now) == totals_of(profile_of(events).counters, PLANS, now)
